import { expect, it } from 'vitest';
import { readEvents } from './read-events.ts';

async function dataOf(text: string, cutAt: number[]): Promise<string[]> {
  const bytes = new TextEncoder().encode(text);
  const edges = [0, ...cutAt, bytes.length];
  async function* pieces() {
    for (const [index, end] of edges.entries()) yield bytes.subarray(edges[index - 1] ?? 0, end);
  }
  const found: string[] = [];
  for await (const data of readEvents(pieces())) found.push(data);
  return found;
}

const stream =
  ': hello\n\nid: 1\ndata: {"a":"ä"}\n\nretry: 5\n\ndata:two\ndata: lines\r\n\r\ndata: unfinished';

it('gives the data of each whole event, wherever the bytes are cut', async () => {
  const length = new TextEncoder().encode(stream).length;
  for (let cut = 0; cut <= length; cut += 1) {
    expect(await dataOf(stream, [cut])).toEqual(['{"a":"ä"}', 'two\nlines']);
  }
});
