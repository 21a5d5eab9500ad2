import { encodeStreamMessage, isEnding, type StreamEntry } from '../stream/run-stream.ts';
import { joinColumns, sliceColumns, type Columns } from '../stream/columns.ts';
import { decimateColumns } from '../stream/decimate.ts';
import type { QueuedMessage } from './viewer-queue.ts';

/** How a viewer wants its telemetry: every sample, only the newest, or thinned with spikes kept. */
export type ViewerMode = 'all' | 'latest' | 'decimated';

/** Telemetry messages a second of a viewer that names no rate. */
const defaultRateHz = { latest: 10, decimated: 2 } as const;

/** Bins of one decimated message; each gives two samples. */
const binsPerMessage = 10;

/** Makes of a run's messages those that one viewer wants. */
export type Conflation = (entry: StreamEntry) => QueuedMessage[];

/**
 * Time is the stream's own (`timestamp`), so a replay thins exactly as the live stream did. A window of telemetry is
 * sent when its first message is one period old and another one arrives, when the wafer changes and before the run's
 * end. Mode `all` loses no sample: a rate only joins messages, and an event lets the window go first. In the other
 * modes an event passes a waiting window; the window then carries the number of the newest message in the stream, so
 * numbers never fall.
 */
export function createConflation(mode: ViewerMode, maxRateHz: number | undefined): Conflation {
  if (mode === 'all' && maxRateHz === undefined) return (entry) => [unchanged(entry)];
  const periodMs = 1000 / (maxRateHz ?? defaultRateHz[mode === 'all' ? 'latest' : mode]);
  let window: StreamEntry[] = [];
  let windowFromMs = Number.NEGATIVE_INFINITY;
  let lastSeq = 0;

  function release(): QueuedMessage[] {
    const message = joinWindow(window, mode, lastSeq);
    window = [];
    if (message !== null) lastSeq = message.seq;
    return message === null ? [] : [message];
  }

  function telemetry(entry: StreamEntry): QueuedMessage[] {
    const released = startsNewWafer(window, entry) ? release() : [];
    const nowMs = Date.parse(entry.timestamp);
    window.push(entry);
    // A clock that went back must not hold the window for ever.
    if (Math.abs(nowMs - windowFromMs) < periodMs) return released;
    windowFromMs = nowMs;
    return [...released, ...release()];
  }

  return (entry) => {
    if (entry.type === 'telemetry') return telemetry(entry);
    const passes = mode !== 'all' && !isEnding(entry.type);
    const released = passes ? [] : release();
    lastSeq = Math.max(lastSeq, entry.seq);
    return [...released, unchanged(entry)];
  };
}

/** A message as it is, for the queue of a viewer. */
function unchanged(entry: StreamEntry): QueuedMessage {
  const droppable = entry.type === 'telemetry' || entry.type === 'profile';
  const { seq, timestamp, text } = entry;
  return { seq, fromSeq: seq, standsFor: 1, timestamp, text, droppable };
}

function startsNewWafer(window: readonly StreamEntry[], entry: StreamEntry): boolean {
  const last = window.at(-1);
  if (last?.type !== 'telemetry' || entry.type !== 'telemetry') return false;
  return last.data.wafer_index !== entry.data.wafer_index;
}

function joinWindow(
  window: readonly StreamEntry[],
  mode: ViewerMode,
  seqAtLeast: number,
): QueuedMessage | null {
  const last = window.at(-1);
  if (last?.type !== 'telemetry') return null;
  const fromSeq = window[0]?.seq ?? last.seq;
  if (mode === 'all' && window.length === 1) return unchanged(last);
  const seq = Math.max(last.seq, seqAtLeast);
  const blocks = window.flatMap((entry) => (entry.type === 'telemetry' ? [entry.data] : []));
  const data = { wafer_index: last.data.wafer_index, ...thin(blocks, mode) };
  const text = encodeStreamMessage({ type: 'telemetry', seq, timestamp: last.timestamp, data });
  return { seq, fromSeq, standsFor: window.length, timestamp: last.timestamp, text, droppable: true };
}

function thin(blocks: readonly Columns[], mode: ViewerMode): Columns {
  if (mode === 'latest') {
    const newest = blocks.at(-1) ?? { time_s: [], channels: {} };
    return sliceColumns(newest, Math.max(0, newest.time_s.length - 1), newest.time_s.length);
  }
  const { time_s, channels } = joinColumns(blocks);
  return mode === 'all' ? { time_s, channels } : decimateColumns({ time_s, channels }, binsPerMessage);
}
