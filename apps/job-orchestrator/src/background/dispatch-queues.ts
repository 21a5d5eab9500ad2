import type { Foundation } from '../context.ts';
import { pickJobs } from '../core/dispatcher.ts';
import { estimateStart, type EstimateOf } from '../core/estimate.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';
import { markDispatched, readQueues, returnUnclaimed, type OccupiedSlot } from '../store/dispatch-rows.ts';

/** Starts what may start, whenever something changed. */
export type DispatchLoop = WakeLoop & { estimate: EstimateOf };

/**
 * Reads the front of the queues, lets the pure dispatcher pick, and hands the picks out, all in one
 * transaction. It wakes when a job is created or a slot becomes free, and by itself when a retry comes due.
 */
export function createDispatchLoop(foundation: Foundation, dispatched: () => void): DispatchLoop {
  const { database, clock, logger, settings } = foundation;
  const { limits } = settings;
  const perLane = Math.max(limits.otherQueue, ...Object.values(limits.perQueue));
  let seen: { slots: OccupiedSlot[]; atMs: number } = { slots: [], atMs: clock.monotonicMs() };

  let lookedMs = -Infinity;
  /** Unclaimed jobs are looked for a few times within their limit, not with every wake-up. */
  const isDue = (): boolean => {
    const due = clock.monotonicMs() - lookedMs >= settings.claimWithinMs / 10;
    if (due) lookedMs = clock.monotonicMs();
    return due;
  };

  const round = async (): Promise<void> => {
    const result = await database.withSystem(async (tx) => {
      const returned = isDue() ? await returnUnclaimed(tx, settings.claimWithinMs) : 0;
      const queues = await readQueues(tx, perLane);
      const picks = pickJobs({ ...queues, limits });
      return { ...queues, picks, returned, marked: await markDispatched(tx, picks) };
    });
    const started = result.picks.flatMap((pick): OccupiedSlot[] => {
      const job = result.waiting.find((waiting) => waiting.jobId === pick.jobId);
      return job === undefined ? [] : [{ ...job, ...pick, remainingS: job.expectedS }];
    });
    seen = { slots: [...result.active, ...started], atMs: clock.monotonicMs() };
    if (result.returned > 0)
      logger.warn({ jobs: result.returned }, 'dispatched jobs were not claimed in time');
    if (result.marked > 0) dispatched();
    // Somebody changed a picked job meanwhile: what it left free may be another's.
    if (result.marked < result.picks.length) loop.wake();
    if (result.nextDueMs !== null) loop.wakeAfter(result.nextDueMs - result.nowMs);
  };
  const loop = createWakeLoop({
    clock,
    pollMs: settings.pollMs,
    round,
    onError: (error) => logger.error({ err: error }, 'dispatching failed; it tries again'),
  });
  return {
    ...loop,
    estimate: (query) => {
      const goneS = (clock.monotonicMs() - seen.atMs) / 1000;
      const inQueue = seen.slots.filter((slot) => slot.queue === query.queue);
      const onTools = inQueue.filter(
        (slot) =>
          slot.orgId === query.orgId &&
          slot.equipmentId !== null &&
          query.equipmentIds.includes(slot.equipmentId),
      );
      const common = { ahead: query.ahead, typicalS: query.expectedS };
      const left = (slots: readonly OccupiedSlot[]) => slots.map((slot) => slot.remainingS - goneS);
      const byQueue = estimateStart({
        ...common,
        slots: limits.perQueue[query.queue] ?? limits.otherQueue,
        remainingS: left(inQueue),
      });
      const toolCount = query.equipmentIds.length;
      if (toolCount === 0) return byQueue;
      const byTools = estimateStart({ ...common, slots: toolCount, remainingS: left(onTools) });
      return byTools.startsInS > byQueue.startsInS ? byTools : byQueue;
    },
  };
}
