import { describe, expect, it } from 'vitest';
import type { Transaction } from './open-transaction.ts';
import { createSharedReads } from './shared-reads.ts';

/** Transactions that begin when they are asked for and end when the test says so. */
function transactions() {
  const begun: { orgId: string; end: () => void }[] = [];
  const read = createSharedReads(async (orgId, work) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    begun.push({ orgId, end: resolve });
    await work({} as Transaction);
    await promise;
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
    begun[0]?.end();
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
    const look = () => read('ours', ({ once }) => once('thing', async () => truth));
    const first = look();
    await turn();
    truth = 'after';
    const second = look();
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    expect(await first).toBe('before');
    await turn();
    begun[1]?.end();
    expect(await second).toBe('after');
  });

  it('share nothing with those of another organisation', async () => {
    const { begun, read } = transactions();
    const answers = Promise.all(
      ['ours', 'theirs'].map((orgId) => read(orgId, ({ once }) => once('thing', async () => orgId))),
    );
    await turn();
    expect(begun.map(({ orgId }) => orgId)).toEqual(['ours', 'theirs']);
    for (const { end } of begun) end();
    expect(await answers).toEqual(['ours', 'theirs']);
  });

  it('that fail spoil no other: each reads again alone', async () => {
    const { begun, read } = transactions();
    const good = read('ours', async () => 'good');
    const bad = read('ours', async () => {
      throw new Error('bad');
    });
    const told = expect(bad).rejects.toThrow('bad');
    await turn();
    // The shared transaction failed before its end; that of the good one waits for it.
    await turn();
    for (const { end } of begun) end();
    expect(await good).toBe('good');
    await told;
  });
});
