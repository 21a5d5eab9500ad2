import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { RefusedMessages } from './store/refused-messages.ts';
import type { StreamStore } from './store/stream-store.ts';

const sweepEveryMs = 3_600_000;
const firstSweepAfterMs = 60_000;
/** Rows of one transaction, so that a sweep never holds others up. */
const rowsAtOnce = 5_000;
const dayMs = 86_400_000;

/** Deletes stream messages past their time; what a run was stays with the orchestrator and its artifacts. */
export function createSweeper(options: {
  store: Pick<StreamStore, 'sweep'>;
  refused: Pick<RefusedMessages, 'sweep'>;
  retentionDays: number;
  clock: Clock;
  logger: Logger;
}): Part & { sweep(): Promise<number> } {
  const { store, refused, clock, logger, retentionDays } = options;
  let cancel: () => void = () => undefined;
  let stopped = true;

  async function sweep(): Promise<number> {
    const messagesMs = clock.nowMs() - retentionDays * dayMs;
    let removed = await refused.sweep({ refusedMs: messagesMs, limit: rowsAtOnce });
    for (let count = rowsAtOnce; count === rowsAtOnce; removed += count) {
      if (stopped) break;
      count = await store.sweep({ messagesMs, ticketsMs: clock.nowMs() - dayMs, limit: rowsAtOnce });
    }
    return removed;
  }

  function schedule(delayMs: number): void {
    cancel = clock.after(delayMs, () => {
      sweep()
        .then(
          (removed) => removed > 0 && logger.info({ removed, retentionDays }, 'old messages were removed'),
        )
        .catch((error: unknown) => logger.error({ err: error }, 'old messages could not be removed'))
        .finally(() => !stopped && schedule(sweepEveryMs));
    });
  }

  return {
    name: 'sweeper',
    sweep,
    async start() {
      stopped = false;
      schedule(firstSweepAfterMs);
    },
    async stop() {
      stopped = true;
      cancel();
    },
  };
}
