import { readySubject } from '@spectra/schemas';
import type { Foundation } from '../context.ts';
import { estimateStart, type EstimateOf } from '../core/estimate.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';
import { readQueueState, type OccupiedSlot } from '../store/queue-state.ts';

/** Tells the workers that jobs of a queue may start. */
export type ReadyTeller = WakeLoop & {
  /** Jobs came to these queues, or something became free for those that are held back: whoever has slots shall ask. */
  tell(queues: Iterable<string>): void;
  /** Jobs of this queue wait for a limit: they hear of the next change in any queue. */
  heldBack(queue: string): void;
  estimate: EstimateOf;
};

/**
 * A word on the wire after each commit that lets jobs start; nothing is kept of it. The net below: each poll looks
 * which queues have jobs that may start, and whether a retry comes due, and tells of them again.
 */
export function createReadyTeller(foundation: Foundation): ReadyTeller {
  const { database, messaging, clock, logger, settings } = foundation;
  const { limits } = settings;
  let seen: { slots: OccupiedSlot[]; atMs: number } = { slots: [], atMs: clock.monotonicMs() };
  const waitingForLimits = new Set<string>();

  const tell = (queues: Iterable<string>): void => {
    const all = new Set([...queues, ...waitingForLimits]);
    waitingForLimits.clear();
    if (!messaging.isConnected()) return;
    for (const queue of all) messaging.connection.publish(readySubject(queue));
  };
  const loop = createWakeLoop({
    clock,
    pollMs: settings.pollMs,
    round: async () => {
      const state = await database.withSystem(readQueueState);
      seen = { slots: state.active, atMs: clock.monotonicMs() };
      tell(state.waitingQueues);
      if (state.nextDueMs !== null) loop.wakeAfter(state.nextDueMs - state.nowMs);
    },
    onError: (error) => logger.error({ err: error }, 'looking at the queues failed; it tries again'),
  });
  return {
    ...loop,
    tell,
    heldBack: (queue) => void waitingForLimits.add(queue),
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
