import type { Transaction } from '@spectra/database';
import { streams } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { Foundation } from '../context.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';

const pollMs = 5_000;
/** Events of this age were read by everybody who reads, unless they were away longer. */
const republishedAgeS = 3_600;

/**
 * Notices when the stream store was wiped (the stream is gone, or younger than the one last seen) and puts
 * back the events of the last hour under their old ids. The jobs do not need it: their line is in Postgres.
 */
export function createStreamReconciler(foundation: Foundation, restored: () => void): WakeLoop {
  const { database, messaging, clock, logger } = foundation;
  return createWakeLoop({
    clock,
    pollMs,
    round: async () => {
      if (!messaging.isConnected()) return;
      for (const { name } of Object.values(streams)) {
        const createdAt = await streamCreatedAt(foundation, name);
        const wiped = await database.withSystem((tx) => restoreIfWiped(tx, name, createdAt));
        if (!wiped) continue;
        logger.warn({ stream: name }, 'the stream was made anew; what is due is published again');
        restored();
      }
    },
    onError: (error) => logger.warn({ err: error }, 'the streams could not be looked at; it tries again'),
  });
}

async function streamCreatedAt({ messaging }: Foundation, name: string): Promise<string> {
  try {
    return (await messaging.manager.streams.info(name)).created;
  } catch {
    await messaging.ensureStreams();
    return (await messaging.manager.streams.info(name)).created;
  }
}

async function restoreIfWiped(tx: Transaction, name: string, createdAt: string): Promise<boolean> {
  const marked = await tx.execute<{ known: boolean; wiped: boolean }>(sql`
    with before as (select stream_created_at from stream_marks where stream = ${name} for update),
    kept as (
      insert into stream_marks (stream, stream_created_at) values (${name}, ${createdAt})
      on conflict (stream) do update set stream_created_at = excluded.stream_created_at)
    select exists (
      select 1 from before where stream_created_at <> ${createdAt}::timestamptz) as wiped`);
  if (marked.rows[0]?.wiped !== true) return false;
  await republishEvents(tx);
  return true;
}

async function republishEvents(tx: Transaction): Promise<void> {
  await tx.execute(sql`
    update outbox set published_at = null
    where published_at > clock_timestamp() - make_interval(secs => ${republishedAgeS})
      and subject like 'fab.%'`);
}
