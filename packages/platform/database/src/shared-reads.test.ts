import { describe, expect, it } from 'vitest';
import type { Transaction } from './open-transaction.ts';
import { createSharedReads } from './shared-reads.ts';

/** Transactions that read when the test says so. */
function transactions() {
  const begun: { orgId: string; go: () => void }[] = [];
  const read = createSharedReads(async (orgId, work) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    begun.push({ orgId, go: resolve });
    await promise;
    await work({} as Transaction);
  });
  return { begun, read };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('reads of one organisation', () => {
  it('share a transaction when they come at the same moment, and each thing is read once', async () => {
    const { begun, read } = transactions();
    let reads = 0;
    const answers = Promise.all(
      [1, 2, 3].map((own) =>
        read('ours', async ({ once }) => [own, await once('thing', async () => (reads += 1))]),
      ),
    );
    await turn();
    begun[0]?.go();
    expect(await answers).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
    ]);
    expect(begun).toHaveLength(1);
  });

  it('are never answered by what was read before they came', async () => {
    const { begun, read } = transactions();
    let truth = 'before';
    const { promise: looked, resolve: look } = Promise.withResolvers<void>();
    const first = read('ours', async ({ once }) => {
      const seen = await once('thing', async () => truth);
      await looked;
      return seen;
    });
    await turn();
    begun[0]?.go();
    await turn();
    truth = 'after';
    const second = read('ours', ({ once }) => once('thing', async () => truth));
    await turn();
    // It waits for a transaction of its own, which begins when the first has read.
    expect(begun).toHaveLength(1);
    look();
    expect(await first).toBe('before');
    await turn();
    begun[1]?.go();
    expect(await second).toBe('after');
  });

  it('share nothing with those of another organisation', async () => {
    const { begun, read } = transactions();
    const answers = Promise.all(
      ['ours', 'theirs'].map((orgId) => read(orgId, ({ once }) => once('thing', async () => orgId))),
    );
    await turn();
    expect(begun.map(({ orgId }) => orgId)).toEqual(['ours', 'theirs']);
    for (const { go } of begun) go();
    expect(await answers).toEqual(['ours', 'theirs']);
  });

  it('that fail spoil no other: each reads again alone', async () => {
    const { begun, read } = transactions();
    const good = read('ours', async () => 'good');
    const bad = read('ours', async () => {
      throw new Error('bad');
    });
    const told = expect(bad).rejects.toThrow('bad');
    // The shared transaction, then one for each.
    for (const place of [0, 1, 2]) {
      await turn();
      begun[place]?.go();
    }
    expect(await good).toBe('good');
    await told;
  });

  it('are all refused at once while the database is away, and are read again afterwards', async () => {
    const { begun, read } = transactions();
    const away = Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' });
    const lost = [1, 2, 3].map(() =>
      read('ours', async () => {
        throw away;
      }),
    );
    const told = Promise.all(lost.map((one) => expect(one).rejects.toBe(away)));
    await turn();
    begun[0]?.go();
    await told;
    expect(begun).toHaveLength(1);
    const later = read('ours', async () => 'back');
    await turn();
    begun[1]?.go();
    expect(await later).toBe('back');
  });
});
