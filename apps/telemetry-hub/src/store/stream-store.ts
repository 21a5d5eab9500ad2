import type { Database } from '@spectra/database';
import { sql } from 'drizzle-orm';
import type { StreamEntry } from '../stream/run-stream.ts';
import { createAppender, type Appender, type IngestPosition } from './append-messages.ts';

/** A piece of a run's stream as stored, and where the whole stands. A run without messages stands at 0. */
export type StreamPage = {
  entries: StreamEntry[];
  lastSeq: number;
  /** First number that is still stored; `lastSeq + 1` when nothing is. */
  firstSeq: number;
  ended: boolean;
  /** When the newest message was made, UTC; null when there is none. */
  newestAt: string | null;
};

/** Which messages of a run's stream are wanted. */
export type StreamRange = {
  fromSeq: number;
  limit: number;
  type?: StreamEntry['type'];
  exceptType?: StreamEntry['type'];
};

type TelemetryEntry = Extract<StreamEntry, { type: 'telemetry' }>;

/** The hub's records in Postgres. */
export type StreamStore = {
  /** Stores messages with the position they were read up to; null for messages of the hub itself. */
  append: Appender;
  readPosition(stream: string): Promise<IngestPosition | null>;
  /** Messages `fromSeq …`, oldest first; of one type only, or of all but one, when one is named. */
  read(run: { orgId: string; runId: string }, range: StreamRange): Promise<StreamPage>;
  /** The newest telemetry of a run; null when nothing is stored of it. */
  newestTelemetry(run: { orgId: string; runId: string }): Promise<TelemetryEntry | null>;
  /** Marks a ticket as used; false when it was used before. */
  useTicket(orgId: string, ticket: { id: string; expiresAtMs: number }): Promise<boolean>;
  /** Deletes at most `limit` messages stored before the time, and tickets that could not be used any more. */
  sweep(before: { messagesMs: number; ticketsMs: number; limit: number }): Promise<number>;
};

/** Opens the records; every reader's query runs inside its organisation. */
export function createStreamStore(database: Database): StreamStore {
  return {
    append: createAppender(database),
    readPosition: (stream) => readPosition(database, stream),
    read: (run, range) => readPage(database, run, range),
    newestTelemetry: (run) => readNewest(database, run),
    useTicket: (orgId, ticket) =>
      database.withOrg(orgId, async (tx) => {
        const added = await tx.execute(sql`
          insert into used_tickets (org_id, ticket_id, expires_at)
          values (${orgId}, ${ticket.id}, to_timestamp(${ticket.expiresAtMs / 1000}))
          on conflict do nothing`);
        return added.rowCount === 1;
      }),
    sweep: (before) =>
      database.withSystem(async (tx) => {
        await tx.execute(
          sql`delete from used_tickets where expires_at < to_timestamp(${before.ticketsMs / 1000})`,
        );
        const removed = await tx.execute(sql`
          delete from stream_messages where ctid in (
            select ctid from stream_messages
             where stored_at < to_timestamp(${before.messagesMs / 1000}) limit ${before.limit})`);
        return removed.rowCount ?? 0;
      }),
  };
}

async function readPosition(database: Database, stream: string): Promise<IngestPosition | null> {
  const found = await database.withSystem((tx) =>
    tx.execute<{ stream_created: string; sequence: string }>(
      sql`select stream_created, sequence from ingest_positions where stream = ${stream}`,
    ),
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return { stream, created: row.stream_created, sequence: Number(row.sequence) };
}

async function readNewest(
  database: Database,
  { orgId, runId }: { orgId: string; runId: string },
): Promise<TelemetryEntry | null> {
  const found = await database.withOrg(orgId, (tx) =>
    tx.execute<{ body: string }>(sql`
      select body from stream_messages
       where org_id = ${orgId} and run_id = ${runId} and type = 'telemetry' order by seq desc limit 1`),
  );
  const [row] = found.rows;
  return row === undefined ? null : { ...(JSON.parse(row.body) as TelemetryEntry), text: row.body };
}

type PageRow = {
  last_seq: string;
  ended: boolean;
  first_seq: string | null;
  newest_at: Date | string | null;
};

async function readPage(
  database: Database,
  run: { orgId: string; runId: string },
  range: StreamRange,
): Promise<StreamPage> {
  const ofRun = sql`org_id = ${run.orgId} and run_id = ${run.runId}`;
  const ofType = range.type === undefined ? sql`` : sql`and type = ${range.type}`;
  const notOfType = range.exceptType === undefined ? sql`` : sql`and type <> ${range.exceptType}`;
  return database.withOrg(run.orgId, async (tx) => {
    // The standing is read first: messages that come in between are then on the next page, not lost.
    const standing = await tx.execute<PageRow>(sql`
      select last_seq, ended,
             (select min(seq) from stream_messages where ${ofRun}) as first_seq,
             (select at from stream_messages where ${ofRun} order by seq desc limit 1) as newest_at
        from run_streams where ${ofRun}`);
    const found = await tx.execute<{ seq: string; body: string }>(sql`
      select seq, body from stream_messages
       where ${ofRun} and seq >= ${range.fromSeq} ${ofType} ${notOfType} order by seq limit ${range.limit}`);
    const entries = found.rows.map(({ body }) => ({ ...(JSON.parse(body) as StreamEntry), text: body }));
    const [row] = standing.rows;
    if (row === undefined) return { entries, lastSeq: 0, firstSeq: 1, ended: false, newestAt: null };
    const lastSeq = Number(row.last_seq);
    const firstSeq = row.first_seq === null ? lastSeq + 1 : Number(row.first_seq);
    const newestAt = row.newest_at === null ? null : new Date(row.newest_at).toISOString();
    return { entries, lastSeq, firstSeq, ended: row.ended, newestAt };
  });
}
