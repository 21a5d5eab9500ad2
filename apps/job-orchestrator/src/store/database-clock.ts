import type { Transaction } from '@spectra/database';
import { readClock } from './job-rows.ts';

/**
 * The database's time without asking for it: what it told last and what has passed here since it was asked. So it is
 * never behind the database, and ahead by no more than that answer was on its way: a lease that starts by it never ends
 * before its worker thinks. Only what passed is measured here, whatever the machine's own clock says.
 */
export type DatabaseClock = {
  /** Null when the last word is too old; then ask. */
  nowMs(): number | null;
  ask(tx: Transaction): Promise<number>;
  /** Asks along with what else is sent when the last word grows old, so that nobody has to wait for the next. */
  askInTime(tx: Transaction): Promise<void>;
};

/** A word older than this is forgotten: somebody may have set the database's clock meanwhile. */
const wordMaxMs = 1_000;
const wordOldMs = 250;

/** Opens a clock that knows nothing yet. */
export function createDatabaseClock(
  monotonicMs: () => number,
  read: (tx: Transaction) => Promise<number> = readClock,
): DatabaseClock {
  let last: { toldMs: number; askedMs: number } | null = null;
  const ask = async (tx: Transaction): Promise<number> => {
    const askedMs = monotonicMs();
    const toldMs = await read(tx);
    last = { toldMs, askedMs };
    return toldMs;
  };
  return {
    nowMs: () => {
      if (last === null) return null;
      const passedMs = monotonicMs() - last.askedMs;
      return passedMs > wordMaxMs ? null : Math.floor(last.toldMs + passedMs);
    },
    ask,
    askInTime: async (tx) => {
      if (last === null || monotonicMs() - last.askedMs > wordOldMs) await ask(tx);
    },
  };
}
