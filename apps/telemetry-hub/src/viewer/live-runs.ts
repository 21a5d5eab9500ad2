import type { StreamMessage } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import type { AppendedRun } from '../store/append-messages.ts';
import { encodeStreamMessage } from '../stream/run-stream.ts';
import type { Connection } from './connection.ts';
import { createBlock } from './frames.ts';
import type { LivePosition, ViewerSession } from './viewer-session.ts';

type Progress = Extract<StreamMessage, { type: 'progress' }>['data'];

/** A running run that says nothing for this long is told again: both together keep a viewer's wait below a second. */
const repeatAfterMs = 750;
const repeatCheckMs = 200;
const pingEveryMs = 30_000;
/** Well under the 30 s within which a connection must end after its token. */
const expiryCheckMs = 5_000;

/** Whose session it is, and until when it may last. */
type SessionOwner = { sessionEndsAtMs: number; userId: string };

type LiveRun = {
  position: LivePosition;
  progress: { data: Progress; timestamp: string; seenAtMs: number } | null;
  sessions: Map<ViewerSession, SessionOwner>;
  /** Viewers that entered and have not left; with the last one the run is forgotten. */
  entered: number;
};

/** One viewer's place in a live run. */
export type EnteredRun = {
  position: () => LivePosition;
  /** Tells what the store says of the run; newer news from the live stream stays. */
  learn: (position: LivePosition, progress: Progress, timestamp: string) => void;
  /** The viewer's session; it gets the live stream until `leave`. */
  add: (session: ViewerSession, owner: SessionOwner) => void;
  /** Leaving twice is fine. */
  leave: () => void;
};

/** The runs that somebody watches at the moment, and all who watch them. */
export class LiveRuns {
  readonly #clock: Clock;
  readonly #runs = new Map<string, LiveRun>();
  readonly #timers = new Set<() => void>();
  /** All connections, also those whose session is still being prepared. */
  readonly #connections = new Set<Connection>();
  #stopped = false;
  #droppedByGone = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#every(repeatCheckMs, () => this.#repeatProgress());
    this.#every(pingEveryMs, () => this.#ping());
    this.#every(expiryCheckMs, () => this.#endExpired());
  }

  /** Ends every connection; its reader can resume elsewhere. */
  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#stopped = true;
    for (const session of this.#sessions()) session.close('stopping');
    for (const connection of this.#connections) connection.close('stopping');
  }

  /** Spreads what was committed to the viewers of each run. */
  publish(appended: readonly AppendedRun[]): void {
    for (const { orgId, runId, entries, position } of appended) {
      const run = this.#runs.get(`${orgId}/${runId}`);
      if (run === undefined) continue;
      run.position = position;
      const progress = entries.findLast((entry) => entry.type === 'progress');
      if (progress?.type === 'progress') {
        const { data, timestamp } = progress;
        run.progress = { data, timestamp, seenAtMs: this.#clock.monotonicMs() };
      }
      const block = createBlock(entries);
      for (const session of run.sessions.keys()) session.deliver(block);
    }
  }

  /** Enters a run for one viewer; its position is kept up to date from now on, until the last viewer leaves. */
  enter({ orgId, runId }: { orgId: string; runId: string }, connection: Connection): EnteredRun {
    this.#connections.add(connection);
    if (this.#stopped) connection.close('stopping');
    const key = `${orgId}/${runId}`;
    const run = this.#runs.get(key) ?? newRun();
    this.#runs.set(key, run);
    run.entered += 1;
    let session: ViewerSession | null = null;
    let left = false;
    return {
      position: () => run.position,
      learn: (position, data, timestamp) => {
        if (position.lastSeq > run.position.lastSeq) run.position = position;
        run.progress ??= { data, timestamp, seenAtMs: this.#clock.monotonicMs() };
      },
      add: (added, owner) => {
        session = added;
        run.sessions.set(added, owner);
      },
      leave: () => {
        if (left) return;
        left = true;
        this.#connections.delete(connection);
        if (session !== null && run.sessions.delete(session)) this.#droppedByGone += session.dropped();
        run.entered -= 1;
        if (run.entered === 0) this.#runs.delete(key);
      },
    };
  }

  countViewers(): number {
    return this.#sessions().length;
  }

  countViewersOf(userId: string): number {
    const owners = [...this.#runs.values()].flatMap((run) => [...run.sessions.values()]);
    return owners.filter((owner) => owner.userId === userId).length;
  }

  /** Messages dropped for slow viewers so far, those gone included. */
  countDropped(): number {
    return this.#sessions().reduce((sum, session) => sum + session.dropped(), this.#droppedByGone);
  }

  #sessions(): ViewerSession[] {
    return [...this.#runs.values()].flatMap((run) => [...run.sessions.keys()]);
  }

  #repeatProgress(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const { progress, position, sessions } of this.#runs.values()) {
      if (progress === null || position.ended || progress.data.status !== 'running') continue;
      if (nowMs - progress.seenAtMs < repeatAfterMs) continue;
      progress.seenAtMs = nowMs;
      const { data, timestamp } = progress;
      const seq = position.lastSeq;
      const text = encodeStreamMessage({
        type: 'progress',
        seq,
        timestamp,
        data: { ...data, repeated: true },
      });
      for (const session of sessions.keys()) session.deliverAside(text, seq);
    }
  }

  #ping(): void {
    for (const session of this.#sessions()) {
      if (session.connection.ping() === 'dead') session.connection.destroy();
    }
  }

  #endExpired(): void {
    const nowMs = this.#clock.nowMs();
    for (const run of this.#runs.values()) {
      for (const [session, { sessionEndsAtMs }] of run.sessions) {
        if (nowMs >= sessionEndsAtMs) session.close('expired');
      }
    }
  }

  #every(periodMs: number, work: () => void): void {
    const cancel = this.#clock.after(periodMs, () => {
      this.#timers.delete(cancel);
      work();
      this.#every(periodMs, work);
    });
    this.#timers.add(cancel);
  }
}

function newRun(): LiveRun {
  return { position: { lastSeq: 0, ended: false }, progress: null, sessions: new Map(), entered: 0 };
}
