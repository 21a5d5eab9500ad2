import { encodeStreamMessage, type StreamEntry } from '../stream/run-stream.ts';
import { createConflation, type ViewerMode } from './conflate.ts';
import { createViewerQueue, type Gap, type QueueLimits } from './viewer-queue.ts';

export type ViewerOptions = {
  /** Number of the first message that this viewer shall get. */
  nextSeq: number;
  mode: ViewerMode;
  maxRateHz: number | undefined;
  limits: QueueLimits;
};

/**
 * `taken`: it stands in the queue. `old`: the viewer had it already. `hole`: messages before it are missing, read them
 * from the store first. `overflow`: the viewer is too slow even for what must not be dropped; close it.
 */
type Accepted = 'taken' | 'old' | 'hole' | 'overflow';

/** A message ready to be written: its place in the stream and its text. */
type ViewerMessage = { seq: number; text: string };

/** What the hub knows of one reader, apart from its connection. */
export type Viewer = {
  accept(entry: StreamEntry): Accepted;
  /** Numbers `nextSeq … toSeq` cannot be had any more: tells the viewer and goes on after them. */
  skip(toSeq: number, timestamp: string): void;
  /** Takes what may be written now, about `charsMax` characters of it. */
  take(charsMax: number): ViewerMessage[];
  /** True when a block of messages that starts at `fromSeq` may be written as it is, past the queue. */
  mayPass(fromSeq: number): boolean;
  /** A block up to `toSeq` was written past the queue. */
  passed(toSeq: number): void;
  nextSeq(): number;
  isEmpty(): boolean;
  dropped(): number;
};

/** Follows one run's stream: every number reaches the viewer once, in a message or in a told gap. */
export function createViewer(options: ViewerOptions): Viewer {
  const conflate = createConflation(options.mode, options.maxRateHz);
  const queue = createViewerQueue(options.limits);
  const takesAll = options.mode === 'all' && options.maxRateHz === undefined;
  let nextSeq = options.nextSeq;

  return {
    accept(entry) {
      if (entry.seq < nextSeq) return 'old';
      if (entry.seq > nextSeq) return 'hole';
      nextSeq += 1;
      const outcomes = conflate(entry).map((message) => queue.offer(message));
      return outcomes.includes('overflow') ? 'overflow' : 'taken';
    },
    skip(toSeq, timestamp) {
      if (toSeq < nextSeq) return;
      const gap = { fromSeq: nextSeq, toSeq, dropped: toSeq - nextSeq + 1, timestamp };
      queue.offer({ ...gap, ...toGapMessage(gap), standsFor: gap.dropped, droppable: false });
      nextSeq = toSeq + 1;
    },
    take: (charsMax) =>
      queue
        .take(charsMax)
        .map((out) =>
          out.kind === 'gap' ? toGapMessage(out.gap) : { seq: out.message.seq, text: out.message.text },
        ),
    mayPass: (fromSeq) => takesAll && fromSeq === nextSeq && queue.isEmpty(),
    passed(toSeq) {
      nextSeq = toSeq + 1;
    },
    nextSeq: () => nextSeq,
    isEmpty: () => queue.isEmpty(),
    dropped: () => queue.dropped(),
  };
}

/** A gap stands where its last lost message would have stood, so a resume after it does not ask for it again. */
function toGapMessage(gap: Gap): ViewerMessage {
  const { fromSeq, toSeq, dropped, timestamp } = gap;
  const data = { from_seq: fromSeq, to_seq: toSeq, dropped };
  return { seq: toSeq, text: encodeStreamMessage({ type: 'gap', seq: toSeq, timestamp, data }) };
}
