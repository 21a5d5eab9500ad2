import { sql } from 'drizzle-orm';
import type { CommandDesk } from '../command-desk.ts';
import type { Foundation } from '../context.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';
import { watchAttempt } from '../core/watch-attempt.ts';

/** No attempt of any kind of job is asked to stop sooner. */
const softLimitMinMs = 30 * 60_000;

/**
 * Finds attempts whose worker is gone or whose time is up. After a start, and after NATS was away, it waits
 * one lease first: the workers could not renew their leases meanwhile, and most of them are alive.
 */
export function createReaper(foundation: Foundation, commands: CommandDesk): WakeLoop {
  const { database, messaging, clock, logger, settings } = foundation;
  let heardSinceMs = clock.monotonicMs();
  return createWakeLoop({
    clock,
    pollMs: settings.pollMs,
    round: async () => {
      if (!messaging.isConnected()) heardSinceMs = clock.monotonicMs();
      if (clock.monotonicMs() - heardSinceMs < settings.leaseTtlMs) return;
      const jobIds = await database.withSystem(async (tx) => {
        const overdue = await tx.execute<{ job_id: string }>(sql`
          select job_id from jobs
          where dispatched_at is not null and status = 'running'
            and (lease_expires_at <= clock_timestamp()
              or attempt_started_at <= clock_timestamp() - make_interval(secs => ${softLimitMinMs / 1000}))`);
        return overdue.rows.map((row) => row.job_id);
      });
      await Promise.all(
        jobIds.map(async (jobId) => {
          const seen = await commands.asSystem({ jobId, decide: watchAttempt });
          if (seen !== null && seen !== 'fine') logger.warn({ jobId, seen }, 'an attempt was broken off');
        }),
      );
    },
    onError: (error) => logger.error({ err: error }, 'watching the attempts failed; it tries again'),
  });
}
