import type { Database } from '@spectra/database';
import type { RefusedMessage } from '@spectra/schemas';
import { sql } from 'drizzle-orm';

/** A message that the ingest could not use, and where in the stream it stood. */
export type Refused = {
  orgId: string;
  created: string;
  sequence: number;
  subject: string;
  reason: string;
  payload: Uint8Array;
};

/** The dead letters of the stream: what was refused, whole, so that it can be sent again once the cause is gone. */
export type RefusedMessages = {
  /** Keeps each once, however often it is read. */
  keep(refused: readonly Refused[]): Promise<void>;
  list(
    orgId: string,
    page: { limit: number; offset: number },
  ): Promise<{ items: RefusedMessage[]; total: number }>;
  /** Notes that it is sent again, and answers what to send; null when the organisation has no such message. */
  takeForRedrive(
    orgId: string,
    refusedId: string,
  ): Promise<{ subject: string; payload: string; messageId: string } | null>;
  /** Deletes at most `limit` that were refused before the time. */
  sweep(before: { refusedMs: number; limit: number }): Promise<number>;
};

const reasonCharsMax = 500;

export function createRefusedMessages(database: Database): RefusedMessages {
  return {
    keep: (refused) =>
      database.withSystem(async (tx) => {
        for (const { orgId, created, sequence, subject, reason, payload } of refused)
          await tx.execute(sql`
            insert into refused_messages (org_id, stream_created, sequence, subject, reason, payload)
            values (${orgId}, ${created}, ${sequence}, ${subject}, ${reason.slice(0, reasonCharsMax)},
                    ${Buffer.from(payload)})
            on conflict (stream_created, sequence) do nothing`);
      }),
    list: (orgId, page) => list(database, orgId, page),
    takeForRedrive: (orgId, refusedId) =>
      database.withOrg(orgId, async (tx) => {
        const taken = await tx.execute<{ subject: string; payload: Buffer; redrives: number }>(sql`
          update refused_messages set redriven_at = clock_timestamp(), redrives = redrives + 1
           where org_id = ${orgId} and refused_id = ${refusedId} returning subject, payload, redrives`);
        const row = taken.rows[0];
        if (row === undefined) return null;
        // Its own id would be swallowed by the dedupe window.
        const messageId = `redrive:${refusedId}:${row.redrives}`;
        return { subject: row.subject, payload: row.payload.toString('utf8'), messageId };
      }),
    sweep: ({ refusedMs, limit }) =>
      database.withSystem(async (tx) => {
        const removed = await tx.execute(sql`
          delete from refused_messages where refused_id in (
            select refused_id from refused_messages
             where refused_at < to_timestamp(${refusedMs / 1000}) limit ${limit})`);
        return removed.rowCount ?? 0;
      }),
  };
}

type Row = {
  refused_id: string;
  subject: string;
  reason: string;
  size_bytes: number;
  refused_at: Date | string;
  redriven_at: Date | string | null;
};

async function list(
  database: Database,
  orgId: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ items: RefusedMessage[]; total: number }> {
  return database.withOrg(orgId, async (tx) => {
    const found = await tx.execute<Row>(sql`
      select refused_id, subject, reason, length(payload) as size_bytes, refused_at, redriven_at
        from refused_messages where org_id = ${orgId}
       order by refused_at desc, refused_id limit ${limit} offset ${offset}`);
    const counted = await tx.execute<{ total: string }>(
      sql`select count(*) as total from refused_messages where org_id = ${orgId}`,
    );
    const items = found.rows.map((row) => ({
      ...row,
      refused_at: new Date(row.refused_at).toISOString(),
      redriven_at: row.redriven_at === null ? null : new Date(row.redriven_at).toISOString(),
    }));
    return { items, total: Number(counted.rows[0]?.total ?? 0) };
  });
}
