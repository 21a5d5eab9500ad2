import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGroupCommit } from './group-commit.ts';

/** A write that a test lets go by hand. */
function heldWrites() {
  const groups: { items: readonly number[]; go: () => void }[] = [];
  const write = (items: readonly number[]): Promise<readonly number[]> =>
    new Promise((resolve) => {
      groups.push({ items, go: () => resolve(items.map((item) => item * 10)) });
    });
  return { groups, write };
}

const isAway = () => false;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  test('writes a lone item at once, and what comes meanwhile together', async () => {
    const { groups, write } = heldWrites();
    const desk = createGroupCommit({ itemsMax: 100, waitingMax: 100, isAway, write });
    const first = desk.submit(1);
    await turn();
    const rest = [2, 3, 4].map((item) => desk.submit(item));
    await turn();
    expect(groups.map((group) => group.items)).toEqual([[1]]);
    groups[0]?.go();
    expect(await first).toBe(10);
    await turn();
    expect(groups[1]?.items).toEqual([2, 3, 4]);
    groups[1]?.go();
    expect(await Promise.all(rest)).toEqual([20, 30, 40]);
    await desk.drain();
  });

  test('answers every item with its own answer, in groups no larger than allowed, one at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), async (items, itemsMax) => {
        let writing = 0;
        const desk = createGroupCommit({
          itemsMax,
          waitingMax: 1000,
          isAway,
          write: async (group: readonly number[]) => {
            writing += 1;
            expect(writing).toBe(1);
            expect(group.length).toBeLessThanOrEqual(itemsMax);
            await Promise.resolve();
            writing -= 1;
            return group.map((item) => item * 10);
          },
        });
        const answers = await Promise.all(items.map((item) => desk.submit(item)));
        expect(answers).toEqual(items.map((item) => item * 10));
      }),
    );
  });

  test('one bad item fails alone', async () => {
    const desk = createGroupCommit({
      itemsMax: 10,
      waitingMax: 10,
      isAway,
      write: async (items: readonly number[]) => {
        if (items.includes(13)) throw new Error('thirteen');
        return items;
      },
    });
    const answers = await Promise.allSettled([1, 13, 2].map((item) => desk.submit(item)));
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('once an item fails alone because the database is away, those behind it are refused without a wait of their own', async () => {
    const away = new Error('away');
    const written: number[][] = [];
    const desk = createGroupCommit({
      itemsMax: 10,
      waitingMax: 10,
      isAway: (error) => error === away,
      write: async (items: readonly number[]) => {
        written.push([...items]);
        if (items.length > 1 || items[0] === 2) throw away;
        return items;
      },
    });
    const answers = await Promise.allSettled([1, 2, 3, 4].map((item) => desk.submit(item)));
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(written).toEqual([[1, 2, 3, 4], [1], [2]]);
  });

  test('refuses rather than queues without bound', async () => {
    const { groups, write } = heldWrites();
    const desk = createGroupCommit({ itemsMax: 1, waitingMax: 2, isAway, write });
    const first = desk.submit(1);
    await turn();
    const kept = [desk.submit(2), desk.submit(3)];
    await expect(desk.submit(4)).rejects.toThrow('more than 2');
    for (let index = 0; index < 3; index += 1) {
      groups[index]?.go();
      await turn();
    }
    expect(await Promise.all([first, ...kept])).toEqual([10, 20, 30]);
  });
});
