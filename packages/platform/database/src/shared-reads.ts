import { isDatabaseAway } from './is-database-away.ts';
import type { Transaction } from './open-transaction.ts';

/** A transaction in which several requests of one organisation read. */
export type SharedRead = {
  tx: Transaction;
  /** Reads a thing once for all requests that share the transaction. What it answers belongs to all of them. */
  once: <Value>(name: string, read: () => Promise<Value>) => Promise<Value>;
};

type Read<Value> = (shared: SharedRead) => Promise<Value>;
type Waiting = {
  read: Read<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
};

/** So many requests share a transaction at most. */
const readersMax = 100;

/**
 * Lets requests of one organisation that come together read together: one transaction, and each thing once. A request
 * that comes alone reads at once; those that come meanwhile share the next transaction, so that nobody is answered by
 * what was read before it came. When one fails, each reads again alone, so that a bad request spoils no other.
 */
export function createSharedReads(
  within: (orgId: string, work: (tx: Transaction) => Promise<void>) => Promise<void>,
): <Value>(orgId: string, read: Read<Value>) => Promise<Value> {
  const organisations = new Map<string, Waiting[]>();

  const readTogether = (orgId: string, group: readonly Waiting[]): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const reading = within(orgId, async (tx) => {
        const shared = sharedRead(tx);
        // Nothing was written, so nobody waits for the end of the transaction.
        resolve(await allOf(group.map(({ read }) => read(shared))));
      });
      reading.catch(reject);
    });
  const readGroup = async (orgId: string, group: readonly Waiting[]): Promise<void> => {
    try {
      const answers = await readTogether(orgId, group);
      for (const [index, { resolve }] of group.entries()) resolve(answers[index]);
    } catch (error) {
      // Once the database is away for one of them, it is for all.
      if (group.length === 1 || isDatabaseAway(error)) for (const { reject } of group) reject(error);
      else await Promise.all(group.map((one) => readGroup(orgId, [one])));
    }
  };
  const readAll = async (orgId: string, waiting: Waiting[]): Promise<void> => {
    while (waiting.length > 0) await readGroup(orgId, waiting.splice(0, readersMax));
    organisations.delete(orgId);
  };

  return <Value>(orgId: string, read: Read<Value>) =>
    new Promise<Value>((resolve, reject) => {
      const reader = { read, resolve: resolve as Waiting['resolve'], reject };
      const waiting = organisations.get(orgId);
      if (waiting !== undefined) {
        waiting.push(reader);
        return;
      }
      const started = [reader];
      organisations.set(orgId, started);
      // One turn of the microtask queue lets the requests of the same moment join.
      void Promise.resolve().then(() => readAll(orgId, started));
    });
}

function sharedRead(tx: Transaction): SharedRead {
  const known = new Map<string, Promise<unknown>>();
  return {
    tx,
    once: <Value>(name: string, read: () => Promise<Value>) => {
      const reading = known.get(name) ?? read();
      known.set(name, reading);
      // One name stands for one thing, so it is what this reader would have read.
      return reading as Promise<Value>;
    },
  };
}

/** All answers, or the first fault once nothing of the group is under way any more. */
async function allOf(reads: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(reads);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
