import { accept, refuse, type Caller, type Result, type telemetryRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { StreamStore } from './store/stream-store.ts';
import type { StreamEntry } from './stream/run-stream.ts';

type Wanted = z.output<typeof telemetryRpc.messages.request>;
type Page = z.input<typeof telemetryRpc.messages.reply>;

const pageSize = 500;
/** Characters of one answer at most: what fits a NATS message of 1 MiB with room to spare. */
const charactersMax = 500_000;

const messageKinds = {
  telemetry: { type: 'telemetry' },
  alerts: { type: 'alert' },
  others: { exceptType: 'telemetry' },
} as const;

/** A page of a run's stored messages: its frames, its alerts, or all but the frames. Nothing is thinned out. */
export async function readMessages(
  store: Pick<StreamStore, 'read'>,
  caller: Caller | undefined,
  { run_id: runId, from_seq: fromSeq, only }: Wanted,
): Promise<Result<Page>> {
  if (caller === undefined) return refuse('unauthenticated', 'Messages are read on behalf of a caller.');
  const page = await store.read(
    { orgId: caller.orgId, runId },
    { fromSeq, limit: pageSize, ...messageKinds[only] },
  );
  const fitting = fittingEntries(page.entries);
  const last = fitting.at(-1);
  const more =
    last !== undefined && (page.entries.length === pageSize || fitting.length < page.entries.length);
  return accept({
    messages: fitting.map(({ type, seq, timestamp, data }) => ({ type, seq, timestamp, data: { ...data } })),
    first_seq: page.firstSeq,
    last_seq: page.lastSeq,
    next_seq: more ? last.seq + 1 : null,
  });
}

/** The first of them that fit one answer together; one by itself always goes. */
function fittingEntries(entries: readonly StreamEntry[]): readonly StreamEntry[] {
  let characters = 0;
  const end = entries.findIndex((entry) => {
    characters += entry.text.length;
    return characters > charactersMax;
  });
  return end === -1 ? entries : entries.slice(0, Math.max(1, end));
}
