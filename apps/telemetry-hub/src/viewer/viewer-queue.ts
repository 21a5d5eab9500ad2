/** One message on its way to a viewer. */
export type QueuedMessage = {
  seq: number;
  /** First number that it stands for; less than `seq` when a mode or a rate joined several messages. */
  fromSeq: number;
  /** Messages of the stream that it stands for. */
  standsFor: number;
  timestamp: string;
  text: string;
  /** A slow viewer may lose it: telemetry and profiles, never an event or an alarm. */
  droppable: boolean;
};

/** Numbers `fromSeq … toSeq` reach this viewer no more; `dropped` messages among them were lost. */
export type Gap = { fromSeq: number; toSeq: number; dropped: number; timestamp: string };

export type Outgoing = { kind: 'message'; message: QueuedMessage } | { kind: 'gap'; gap: Gap };

export type QueueLimits = {
  /** Characters of droppable messages that wait at most; the oldest go first. */
  droppableCharsMax: number;
  /** Characters of messages that must not be dropped; past it the viewer is lost. */
  requiredCharsMax: number;
};

/** What waits for one viewer whose connection is slower than its run. */
export type ViewerQueue = {
  /** Puts a message at the end; `overflow` when even the messages that must not be dropped are too many. */
  offer(message: QueuedMessage): 'queued' | 'overflow';
  /** Takes from the front until about `charsMax` characters are out, at least one entry when there is one. */
  take(charsMax: number): Outgoing[];
  isEmpty(): boolean;
  /** Messages dropped so far. */
  dropped(): number;
};

/**
 * Dropping takes the oldest droppable message and leaves a gap in its place, so the viewer still gets everything in
 * order and learns of each lost number. `settled` holds what precedes the oldest droppable message: gaps, merged
 * with their neighbours, and required messages; so a stalled viewer costs no more than its limits.
 */
export function createViewerQueue(limits: QueueLimits): ViewerQueue {
  const settled = fifo<Outgoing>();
  const recent = fifo<QueuedMessage>();
  let droppableChars = 0;
  let requiredChars = 0;
  let droppedCount = 0;

  function settle(message: QueuedMessage): void {
    if (!message.droppable) {
      settled.push({ kind: 'message', message });
      return;
    }
    droppableChars -= message.text.length;
    droppedCount += message.standsFor;
    const last = settled.last();
    if (last?.kind === 'gap') {
      last.gap.toSeq = message.seq;
      last.gap.dropped += message.standsFor;
      last.gap.timestamp = message.timestamp;
      return;
    }
    const { fromSeq, seq, standsFor, timestamp } = message;
    settled.push({ kind: 'gap', gap: { fromSeq, toSeq: seq, dropped: standsFor, timestamp } });
  }

  function takeOne(): Outgoing | undefined {
    const old = settled.shift();
    if (old !== undefined) {
      if (old.kind === 'message') requiredChars -= old.message.text.length;
      return old;
    }
    const message = recent.shift();
    if (message === undefined) return undefined;
    if (message.droppable) droppableChars -= message.text.length;
    else requiredChars -= message.text.length;
    return { kind: 'message', message };
  }

  return {
    offer(message) {
      recent.push(message);
      if (message.droppable) droppableChars += message.text.length;
      else requiredChars += message.text.length;
      while (droppableChars > limits.droppableCharsMax) {
        const oldest = recent.shift();
        if (oldest === undefined) break;
        settle(oldest);
      }
      return requiredChars > limits.requiredCharsMax ? 'overflow' : 'queued';
    },
    take(charsMax) {
      const taken: Outgoing[] = [];
      for (let chars = 0; chars < charsMax || taken.length === 0; ) {
        const next = takeOne();
        if (next === undefined) break;
        chars += next.kind === 'message' ? next.message.text.length : 0;
        taken.push(next);
      }
      return taken;
    },
    isEmpty: () => settled.isEmpty() && recent.isEmpty(),
    dropped: () => droppedCount,
  };
}

type Fifo<Item> = {
  push(item: Item): void;
  shift(): Item | undefined;
  last(): Item | undefined;
  isEmpty(): boolean;
};

/** A queue whose shift costs the same however long it is (an array's own shift moves all the rest). */
function fifo<Item>(): Fifo<Item> {
  let items: Item[] = [];
  let head = 0;
  return {
    push: (item) => void items.push(item),
    shift() {
      const item = items[head];
      if (item === undefined) return undefined;
      head += 1;
      if (head > 64 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    last: () => (head < items.length ? items.at(-1) : undefined),
    isEmpty: () => head >= items.length,
  };
}
