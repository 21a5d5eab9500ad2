import type { Foundation } from '../context.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';
import { sumUpCounts } from '../store/job-counts.ts';

/** At a thousand changes a second, a list adds up some thousand rows at most. */
const pollMs = 3_000;

/** Keeps the counts of jobs short to add up. */
export function createCountKeeper({ database, clock, logger }: Foundation): WakeLoop {
  return createWakeLoop({
    clock,
    pollMs,
    round: () => database.withSystem(sumUpCounts),
    onError: (error) => logger.error({ err: error }, 'summing up the counts failed; it tries again'),
  });
}
