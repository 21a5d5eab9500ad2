import type { Database, Transaction } from '@spectra/database';
import { sql, type SQL } from 'drizzle-orm';
import { recordAlerts } from '../alarms/record-alerts.ts';
import { sqlStateOf } from './sql-state.ts';
import {
  appendToRunStream,
  emptyPosition,
  type RunAddress,
  type RunMessage,
  type StreamEntry,
  type StreamPosition,
} from '../stream/run-stream.ts';

/** How far the hub has read a stream of the server; `created` tells a wiped and made-anew stream from the old one. */
export type IngestPosition = { stream: string; created: string; sequence: number };

/** What one run's stream gained. */
export type AppendedRun = RunAddress & { entries: StreamEntry[]; position: StreamPosition };

type RunBatch = RunAddress & { messages: RunMessage[] };
type Numbered = AppendedRun & { messageIds: string[]; repeated: number };

/** Runs whose position is remembered at most; the longest unused goes first. */
const rememberedRunsMax = 2_000;

/** Stores messages of any runs and answers what each run's stream gained. */
export type Appender = (
  messages: readonly RunMessage[],
  position: IngestPosition | null,
) => Promise<{ runs: AppendedRun[]; repeated: number }>;

/**
 * Numbers and stores messages in one transaction, with the position they were read up to. Where the streams stand is
 * remembered from the last commit, which makes the usual commit a single statement. When that is not known, or the
 * table's keys say that it is not true any more (a message that came again, another writer), the runs' rows are
 * locked, in one order, and read: the keys alone guarantee that no number and no message is stored twice.
 */
export function createAppender(database: Pick<Database, 'withSystem'>): Appender {
  const remembered = new Map<string, StreamPosition>();

  async function append(
    batches: readonly RunBatch[],
    position: IngestPosition | null,
    known: (tx: Transaction) => Promise<KnownStreams>,
  ) {
    const numbered = await database.withSystem(async (tx) => {
      const { positions, ids } = await known(tx);
      const all = batches.map((batch) => numberRun(batch, positions, ids));
      const grown = all.filter((run) => run.entries.length > 0);
      if (grown.length > 0) await insertMessages(tx, grown, position);
      else if (position !== null) await tx.execute(savePosition(position));
      for (const run of grown) await recordAlerts(tx, run);
      return all;
    });
    for (const run of numbered) remember(keyOf(run), run.position);
    return {
      runs: numbered.filter((run) => run.entries.length > 0).map(withoutIds),
      repeated: numbered.reduce((sum, run) => sum + run.repeated, 0),
    };
  }

  function remember(key: string, position: StreamPosition): void {
    remembered.delete(key);
    remembered.set(key, position);
    const oldest = remembered.keys().next();
    if (remembered.size > rememberedRunsMax && oldest.value !== undefined) remembered.delete(oldest.value);
  }

  return async (messages, position) => {
    const batches = groupByRun(messages);
    const readAll = async (tx: Transaction): Promise<KnownStreams> => ({
      positions: await lockPositions(tx, batches),
      ids: await findKnownIds(tx, messages),
    });
    const allRemembered = batches.every((batch) => remembered.has(keyOf(batch)));
    let known = allRemembered ? async () => ({ positions: remembered, ids: new Map() }) : readAll;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await append(batches, position, known);
      } catch (error) {
        if (attempt >= attemptsMax || !anotherWriter.has(sqlStateOf(error) ?? '')) throw error;
        known = readAll;
      }
    }
  };
}

/** Writers at the same runs can stand in each other's way this often before it is a fault. */
const attemptsMax = 10;
/** Postgres' codes for a key that is there already and for a deadlock: both undo everything, so both may be tried again. */
const anotherWriter: ReadonlySet<string> = new Set(['23505', '40P01']);

type KnownStreams = {
  positions: ReadonlyMap<string, StreamPosition>;
  ids: ReadonlyMap<string, ReadonlySet<string>>;
};

function numberRun(
  batch: RunBatch,
  positions: KnownStreams['positions'],
  ids: KnownStreams['ids'],
): Numbered {
  const { orgId, process, runId, messages } = batch;
  const key = keyOf(batch);
  const result = appendToRunStream(positions.get(key) ?? emptyPosition, ids.get(key) ?? new Set(), messages);
  const entries = result.appended.map(({ entry }) => entry);
  const messageIds = result.appended.map(({ messageId }) => messageId);
  return { orgId, process, runId, entries, messageIds, position: result.position, repeated: result.repeated };
}

function withoutIds({ orgId, process, runId, entries, position }: Numbered): AppendedRun {
  return { orgId, process, runId, entries, position };
}

function groupByRun(messages: readonly RunMessage[]): RunBatch[] {
  const batches = new Map<string, RunBatch>();
  for (const message of messages) {
    const key = keyOf(message);
    const batch = batches.get(key);
    if (batch !== undefined) batch.messages.push(message);
    else {
      const { orgId, process, runId } = message;
      batches.set(key, { orgId, process, runId, messages: [message] });
    }
  }
  return [...batches.values()];
}

function keyOf(run: { orgId: string; runId: string }): string {
  return `${run.orgId}/${run.runId}`;
}

async function lockPositions(
  tx: Transaction,
  batches: readonly RunBatch[],
): Promise<Map<string, StreamPosition>> {
  const found = await tx.execute<{ org_id: string; run_id: string; last_seq: string; ended: boolean }>(sql`
    select org_id, run_id, last_seq, ended from run_streams
     where (org_id, run_id) in (
       select * from unnest(${column(batches.map(({ orgId }) => orgId))}::uuid[],
                            ${column(batches.map(({ runId }) => runId))}::text[]))
     order by org_id, run_id for update`);
  return new Map(
    found.rows.map((row) => [
      keyOf({ orgId: row.org_id, runId: row.run_id }),
      { lastSeq: Number(row.last_seq), ended: row.ended },
    ]),
  );
}

async function findKnownIds(
  tx: Transaction,
  messages: readonly RunMessage[],
): Promise<Map<string, Set<string>>> {
  const found = await tx.execute<{ org_id: string; run_id: string; message_id: string }>(sql`
    select org_id, run_id, message_id from stream_messages
     where (org_id, run_id, message_id) in (
       select * from unnest(${column(messages.map(({ orgId }) => orgId))}::uuid[],
                            ${column(messages.map(({ runId }) => runId))}::text[],
                            ${column(messages.map(({ messageId }) => messageId))}::text[]))`);
  const known = new Map<string, Set<string>>();
  for (const row of found.rows) {
    const key = keyOf({ orgId: row.org_id, runId: row.run_id });
    known.set(key, (known.get(key) ?? new Set()).add(row.message_id));
  }
  return known;
}

/** One statement for all messages of all runs, for where their streams now stand and for what was read. */
async function insertMessages(
  tx: Transaction,
  runs: readonly Numbered[],
  position: IngestPosition | null,
): Promise<void> {
  const rows = runs.flatMap((run) =>
    run.entries.map((entry, index) => ({ run, entry, messageId: run.messageIds[index] ?? '' })),
  );
  // JSON text holds no line break, so all bodies travel as one parameter, without an array's escaping.
  const bodies = rows.map(({ entry }) => entry.text).join('\n');
  await tx.execute(sql`
    with moved as (
      insert into run_streams (org_id, run_id, process, last_seq, ended)
      select * from unnest(${column(runs.map(({ orgId }) => orgId))}::uuid[],
                           ${column(runs.map(({ runId }) => runId))}::text[],
                           ${column(runs.map(({ process }) => process))}::text[],
                           ${column(runs.map(({ position }) => position.lastSeq))}::bigint[],
                           ${column(runs.map(({ position }) => position.ended))}::boolean[])
      on conflict (org_id, run_id) do update
        set last_seq = excluded.last_seq, ended = excluded.ended, updated_at = now())
    ${position === null ? sql`` : sql`, saved as (${savePosition(position)})`}
    insert into stream_messages (org_id, run_id, seq, message_id, type, at, body)
    select * from unnest(${column(rows.map(({ run }) => run.orgId))}::uuid[],
                         ${column(rows.map(({ run }) => run.runId))}::text[],
                         ${column(rows.map(({ entry }) => entry.seq))}::bigint[],
                         ${column(rows.map(({ messageId }) => messageId))}::text[],
                         ${column(rows.map(({ entry }) => entry.type))}::text[],
                         ${column(rows.map(({ entry }) => entry.timestamp))}::timestamptz[],
                         string_to_array(${bodies}, ${'\n'}))`);
}

function savePosition(position: IngestPosition): SQL {
  return sql`
    insert into ingest_positions (stream, stream_created, sequence)
    values (${position.stream}, ${position.created}, ${position.sequence})
    on conflict (stream) do update
      set stream_created = excluded.stream_created, sequence = excluded.sequence`;
}

/** A whole column as one parameter; drizzle would spread a bare array into a list. */
function column(values: readonly (string | number | boolean)[]): ReturnType<typeof sql.param> {
  return sql.param(values);
}
