import type { Caller } from '@spectra/schemas';
import { expect, it } from 'vitest';
import { readMessages } from './read-messages.ts';
import type { StreamRange, StreamStore } from './store/stream-store.ts';
import type { StreamEntry } from './stream/run-stream.ts';

const caller: Caller = { orgId: '11111111-1111-4111-8111-111111111111', userId: 'u', role: 'viewer' };

/** A store of a run with these messages, each of so many characters. */
function storeOf(lengths: readonly number[], asked: StreamRange[] = []): Pick<StreamStore, 'read'> {
  const entries = lengths.map((length, index) => entry(index + 1, length));
  return {
    read: async (_run, range) => {
      asked.push(range);
      const page = entries.filter(({ seq }) => seq >= range.fromSeq).slice(0, range.limit);
      return { entries: page, lastSeq: entries.length, firstSeq: 1, ended: true, newestAt: null };
    },
  };
}

function entry(seq: number, length: number): StreamEntry {
  const data = { wafer_index: 0, time_s: [seq], channels: {} };
  return { type: 'telemetry', seq, timestamp: '2026-01-01T00:00:00.000Z', data, text: 'x'.repeat(length) };
}

async function readAll(store: Pick<StreamStore, 'read'>): Promise<number[][]> {
  const pages: number[][] = [];
  for (let fromSeq: number | null = 1; fromSeq !== null; ) {
    const wanted = { run_id: 'ION-1', from_seq: fromSeq, only: 'telemetry' } as const;
    const page = await readMessages(store, caller, wanted);
    if (!page.ok) throw new Error(page.refusal.detail);
    pages.push(page.value.messages.map(({ seq }) => seq));
    fromSeq = page.value.next_seq;
  }
  return pages;
}

it('turns pages by number and by size, without hole or double', async () => {
  const many = await readAll(storeOf(Array.from({ length: 1201 }, () => 10)));
  expect(many.map((page) => page.length)).toEqual([500, 500, 201]);
  expect(many.flat()).toEqual(Array.from({ length: 1201 }, (_, index) => index + 1));
  const large = await readAll(storeOf([200_000, 200_000, 200_000, 900_000, 10]));
  expect(large).toEqual([[1, 2], [3], [4], [5]]);
});

it('of a run without messages is one empty page', async () => {
  expect(await readAll(storeOf([]))).toEqual([[]]);
});

it('asks the store for frames, or for everything else', async () => {
  const asked: StreamRange[] = [];
  const wanted = { run_id: 'ION-1', from_seq: 1 };
  await readMessages(storeOf([], asked), caller, { ...wanted, only: 'telemetry' });
  await readMessages(storeOf([], asked), caller, { ...wanted, only: 'others' });
  expect(asked).toEqual([
    { fromSeq: 1, limit: 500, type: 'telemetry' },
    { fromSeq: 1, limit: 500, exceptType: 'telemetry' },
  ]);
});

it('is refused without a caller', async () => {
  const answer = await readMessages(storeOf([]), undefined, { run_id: 'x', from_seq: 1, only: 'others' });
  expect(answer).toMatchObject({ refusal: { code: 'unauthenticated' } });
});
