import { accept, refuse, type Caller, type Result, type telemetryRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { StreamStore } from './store/stream-store.ts';
import { joinColumns, pickChannels, type Columns } from './stream/columns.ts';
import { binColumns } from './stream/decimate.ts';

type Wanted = z.output<typeof telemetryRpc.history.request>;
type History = z.input<typeof telemetryRpc.history.reply>;

const pageSize = 500;
/** Numbers of one answer at most: what fits a NATS message of 1 MiB with room to spare. */
const numbersMax = 40_000;

/**
 * Stored telemetry of a run. `last_seq` is the number up to which the answer is complete: a stream opened with
 * `from=last_seq` goes on without a hole or a double. What would not fit one answer is binned even when not asked for,
 * which `minimum` and `maximum` then show.
 */
export async function readHistory(
  store: Pick<StreamStore, 'read'>,
  caller: Caller | undefined,
  wanted: Wanted,
): Promise<Result<History>> {
  if (caller === undefined) return refuse('unauthenticated', 'History is read on behalf of a caller.');
  const { columns, lastSeq } = await readColumns(store, caller.orgId, wanted);
  const facts = { run_id: wanted.run_id, last_seq: lastSeq };
  const bins = binsFor(columns, wanted.bins);
  if (bins === null) return accept({ ...facts, ...columns });
  return accept({ ...facts, ...binColumns(columns, bins) });
}

async function readColumns(
  store: Pick<StreamStore, 'read'>,
  orgId: string,
  wanted: Wanted,
): Promise<{ columns: Columns; lastSeq: number }> {
  const blocks: Columns[] = [];
  const run = { orgId, runId: wanted.run_id };
  for (let fromSeq = 1; ; ) {
    const page = await store.read(run, { fromSeq, limit: pageSize, type: 'telemetry' });
    for (const entry of page.entries) {
      if (entry.type !== 'telemetry') continue;
      const { time_s, channels } = entry.data;
      blocks.push(inRange(pickChannels({ time_s, channels }, wanted.channels), wanted));
    }
    const lastRead = page.entries.at(-1)?.seq ?? 0;
    if (page.entries.length < pageSize) {
      return { columns: joinColumns(blocks), lastSeq: Math.max(page.lastSeq, lastRead) };
    }
    fromSeq = lastRead + 1;
  }
}

function inRange(columns: Columns, { from_s, to_s }: Wanted): Columns {
  if (from_s === undefined && to_s === undefined) return columns;
  const chosen = columns.time_s.flatMap((time, index) =>
    time >= (from_s ?? Number.NEGATIVE_INFINITY) && time <= (to_s ?? Number.POSITIVE_INFINITY) ? [index] : [],
  );
  const pick = <Value>(values: readonly Value[]): Value[] => chosen.map((index) => values[index] as Value);
  const channels = Object.entries(columns.channels).map(([name, values]) => [name, pick(values)] as const);
  return { time_s: pick(columns.time_s), channels: Object.fromEntries(channels) };
}

function binsFor(columns: Columns, asked: number | undefined): number | null {
  const channels = Object.keys(columns.channels).length;
  const fitting = Math.max(1, Math.floor(numbersMax / (1 + 3 * channels)));
  if (asked !== undefined) return Math.min(asked, fitting);
  return columns.time_s.length * (1 + channels) > numbersMax ? fitting : null;
}
