import type { MissedPolicy } from '@spectra/schemas';
import type { CronTimes } from './cron.ts';

/** Up to this age a due time is kept as usual; past it, nobody was there and it counts as missed. */
export const lateMs = 60_000;
/** Missed times beyond this many are not counted one by one. */
const countedMax = 1_000;

/** What is to be done about a schedule that is due. */
export type FiringPlan = {
  /** The due time that is kept, or written off; it names the firing. */
  dueMs: number;
  /** Whether the request is carried out for it. */
  fires: boolean;
  /** Due times before it that passed unkept. */
  missed: number;
  /** When the schedule is due next; null when never. */
  nextDueMs: number | null;
};

/**
 * Decides about a schedule at an instant; null while it is not due. The latest due time alone can fire: when it is
 * on time, or when it was missed and the policy says that missed times are made up for once. All before it are
 * counted, not repeated.
 */
export function planFiring(
  schedule: { times: CronTimes; missed: MissedPolicy; nextDueMs: number },
  nowMs: number,
): FiringPlan | null {
  if (schedule.nextDueMs > nowMs) return null;
  const { times, missed: policy } = schedule;
  let dueMs = schedule.nextDueMs;
  let missed = 0;
  let nextDueMs = times.nextAfter(dueMs);
  while (nextDueMs !== null && nextDueMs <= nowMs) {
    // Far behind: go on from where the next one may still be on time.
    const from = missed < countedMax ? dueMs : Math.max(dueMs, nowMs - lateMs - 1);
    const later: number | null = missed < countedMax ? nextDueMs : times.nextAfter(from);
    if (later === null || later > nowMs) {
      nextDueMs = later;
      break;
    }
    dueMs = later;
    missed += 1;
    nextDueMs = times.nextAfter(dueMs);
  }
  const onTime = nowMs - dueMs <= lateMs;
  return { dueMs, fires: onTime || policy === 'once', missed, nextDueMs };
}
