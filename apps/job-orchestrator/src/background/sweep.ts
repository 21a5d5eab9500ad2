import { sql } from 'drizzle-orm';
import type { Foundation } from '../context.ts';
import { expireToolJobs } from './expire-tool-jobs.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';

const pollMs = 60_000;
const rowsMax = 5_000;

/** Removes published messages, idempotency keys and tools' jobs past their time, a few thousand at once. */
export function createSweeper({ database, clock, logger, settings, dropFile }: Foundation): WakeLoop {
  const loop = createWakeLoop({
    clock,
    pollMs,
    round: async () => {
      const swept = await database.withSystem(async (tx) => {
        const messages = await tx.execute(sql`
          delete from outbox where sequence in (
            select sequence from outbox
            where published_at < now() - make_interval(secs => ${settings.outboxKeptMs / 1000})
            limit ${rowsMax})`);
        const keys = await tx.execute(sql`
          delete from idempotency_keys where (org_id, user_id, key) in (
            select org_id, user_id, key from idempotency_keys
            where created_at < now() - make_interval(secs => ${settings.idempotencyKeptMs / 1000})
            limit ${rowsMax})`);
        return Math.max(messages.rowCount ?? 0, keys.rowCount ?? 0);
      });
      const expired = await expireToolJobs(database, dropFile);
      if (expired > 0) logger.info({ jobs: expired }, 'jobs past their time were removed');
      if (swept === rowsMax || expired > 0) loop.wake();
    },
    onError: (error) => logger.error({ err: error }, 'sweeping failed; it tries again'),
  });
  return loop;
}
