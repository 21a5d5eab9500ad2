import type { Clock, Logger } from '@spectra/service-kit';
import type { Channel, RunRecord, StreamQuery } from '@spectra/schemas';
import type { OpenedStream } from '../access/open-stream.ts';
import type { StreamPage, StreamStore } from '../store/stream-store.ts';
import { encodeStreamMessage } from '../stream/run-stream.ts';
import type { Connection } from './connection.ts';
import { frameOf } from './frames.ts';
import type { LiveRuns } from './live-runs.ts';
import { ViewerSession } from './viewer-session.ts';
import { createViewer } from './viewer.ts';

/** What waits for a slow viewer at most, in characters: telemetry is dropped past the first, the viewer past the second. */
const queueLimits = { droppableCharsMax: 512 * 1024, requiredCharsMax: 4 * 1024 * 1024 };

export type ViewerParts = {
  store: Pick<StreamStore, 'read'>;
  liveRuns: LiveRuns;
  /** Channels of a process, as its service describes them; none when it cannot be asked. */
  channelsOf: (process: string) => Promise<readonly Channel[]>;
  clock: Clock;
  logger: Logger;
  /** Called for each viewer of a stream that has not ended: perhaps its run has. */
  onOpenStream: (run: RunRecord, hasEnded: () => boolean) => void;
};

type Wanted = Pick<StreamQuery, 'from' | 'mode' | 'max_rate_hz'>;

/** Serves one reader: `connected` first, then the stored messages from where it asked, then the live ones. */
export async function startViewer(
  parts: ViewerParts,
  opened: OpenedStream,
  wanted: Wanted,
  connection: Connection,
): Promise<void> {
  const { store, liveRuns, clock, logger } = parts;
  const run = { orgId: opened.run.org_id, runId: opened.run.run_id };
  // Entered before the store is read, so that nothing committed meanwhile goes unnoticed.
  const entered = liveRuns.enter(run, connection);
  let gone = false;
  connection.onClose(() => {
    gone = true;
    entered.leave();
  });
  try {
    const [channels, page] = await Promise.all([
      parts.channelsOf(opened.run.process),
      store.read(run, { fromSeq: 0, limit: 0 }),
    ]);
    if (gone) return;
    entered.learn(page, progressOf(opened.run), new Date(clock.nowMs()).toISOString());
    const start = startOf(wanted.from, page);
    const session = new ViewerSession({
      run,
      viewer: createViewer({
        nextSeq: start.nextSeq,
        mode: wanted.mode,
        maxRateHz: wanted.max_rate_hz,
        limits: queueLimits,
      }),
      connection,
      store,
      live: entered.position,
      logger,
    });
    const { sessionEndsAtMs, caller } = opened;
    entered.add(session, { sessionEndsAtMs, userId: caller.userId });
    const text = connectedText({ run: opened.run, channels, page, start, nowMs: clock.nowMs() });
    connection.write(frameOf(connection.kind, { text, seq: null }));
    session.begin();
    if (!page.ended) parts.onOpenStream(opened.run, () => entered.position().ended);
  } catch (error) {
    logger.error({ err: error, run_id: run.runId }, 'a viewer could not be started');
    connection.close('failed');
  }
}

type Start = { nextSeq: number; reset: boolean };

/** `latest` starts with the newest message, so that a reader has something to show before the next one comes. */
function startOf(from: StreamQuery['from'], { lastSeq }: StreamPage): Start {
  if (from === 'start') return { nextSeq: 1, reset: false };
  if (from === 'latest') return { nextSeq: Math.max(1, lastSeq), reset: false };
  return from > lastSeq ? { nextSeq: 1, reset: true } : { nextSeq: from + 1, reset: false };
}

function connectedText(facts: {
  run: RunRecord;
  channels: readonly Channel[];
  page: StreamPage;
  start: Start;
  nowMs: number;
}): string {
  const { run, channels, page, start, nowMs } = facts;
  const data = {
    run_id: run.run_id,
    status: run.status,
    progress: run.progress,
    current_step: run.current_step,
    last_seq: page.lastSeq,
    first_seq: page.firstSeq,
    next_seq: start.nextSeq,
    age_ms: page.newestAt === null ? null : Math.max(0, nowMs - Date.parse(page.newestAt)),
    channels,
    limits: limitsOf(channels),
    replay: page.ended,
    reset: start.reset,
  };
  const timestamp = new Date(nowMs).toISOString();
  return encodeStreamMessage({ type: 'connected', seq: start.nextSeq - 1, timestamp, data });
}

function limitsOf(channels: readonly Channel[]): Record<string, { low?: number; high?: number }> {
  const limited = channels.filter(({ low, high }) => low !== undefined || high !== undefined);
  return Object.fromEntries(
    limited.map(({ id, low, high }) => [
      id,
      { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) },
    ]),
  );
}

function progressOf(run: RunRecord) {
  const { progress, current_step, status, eta_s, attempt } = run;
  return { progress, current_step, status, eta_s, attempt };
}
