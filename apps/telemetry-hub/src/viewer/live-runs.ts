import type { Clock } from '@spectra/service-kit';
import type { StreamMessage } from '@spectra/schemas';
import type { AppendedRun } from '../store/append-messages.ts';
import { encodeStreamMessage } from '../stream/run-stream.ts';
import { createBlock } from './frames.ts';
import type { LivePosition, ViewerSession } from './viewer-session.ts';

type Progress = Extract<StreamMessage, { type: 'progress' }>['data'];

/** A running run that says nothing for this long is told again, so that a viewer sees the link is alive. */
const repeatAfterMs = 1_000;
const repeatCheckMs = 250;
const pingEveryMs = 30_000;
/** Well under the 30 s within which a connection must end after its token. */
const expiryCheckMs = 5_000;

type LiveRun = {
  position: LivePosition;
  progress: { data: Progress; timestamp: string; seenAtMs: number } | null;
  sessions: Map<ViewerSession, { sessionEndsAtMs: number; userId: string }>;
  /** Viewers that entered and have not left; with the last one the run is forgotten. */
  entered: number;
};

/** The runs that somebody watches at the moment. */
export type LiveRuns = {
  /** Spreads what was committed to the viewers of each run. */
  publish(runs: readonly AppendedRun[]): void;
  /** Enters a run for one viewer; its position is kept up to date from now on, until the last viewer leaves. */
  enter(run: { orgId: string; runId: string }): EnteredRun;
  countViewers(): number;
  countViewersOf(userId: string): number;
  /** Messages dropped for slow viewers so far, those gone included. */
  countDropped(): number;
  start(): void;
  /** Ends every connection; its reader can resume elsewhere. */
  stop(): void;
};

export type EnteredRun = {
  position(): LivePosition;
  /** Tells what the store says of the run; newer news from the live stream stays. */
  learn(position: LivePosition, progress: Progress, timestamp: string): void;
  /** The viewer's session; it gets the live stream until `leave`. */
  add(session: ViewerSession, owner: { sessionEndsAtMs: number; userId: string }): void;
  /** Leaving twice is fine. */
  leave(): void;
};

export function createLiveRuns(clock: Clock): LiveRuns {
  const runs = new Map<string, LiveRun>();
  const timers = new Set<() => void>();
  let droppedByGone = 0;

  function publish(appended: readonly AppendedRun[]): void {
    for (const { orgId, runId, entries, position } of appended) {
      const run = runs.get(`${orgId}/${runId}`);
      if (run === undefined) continue;
      run.position = position;
      const progress = entries.findLast((entry) => entry.type === 'progress');
      if (progress?.type === 'progress') {
        const { data, timestamp } = progress;
        run.progress = { data, timestamp, seenAtMs: clock.monotonicMs() };
      }
      const block = createBlock(entries);
      for (const session of run.sessions.keys()) session.deliver(block);
    }
  }

  function enter({ orgId, runId }: { orgId: string; runId: string }): EnteredRun {
    const key = `${orgId}/${runId}`;
    const run = runs.get(key) ?? newRun();
    runs.set(key, run);
    run.entered += 1;
    let session: ViewerSession | null = null;
    let left = false;
    return {
      position: () => run.position,
      learn(position, data, timestamp) {
        if (position.lastSeq > run.position.lastSeq) run.position = position;
        run.progress ??= { data, timestamp, seenAtMs: clock.monotonicMs() };
      },
      add(added, owner) {
        session = added;
        run.sessions.set(added, owner);
      },
      leave() {
        if (left) return;
        left = true;
        if (session !== null && run.sessions.delete(session)) droppedByGone += session.dropped();
        run.entered -= 1;
        if (run.entered === 0) runs.delete(key);
      },
    };
  }

  function repeatProgress(): void {
    const nowMs = clock.monotonicMs();
    for (const run of runs.values()) {
      const { progress, position } = run;
      if (progress === null || position.ended || progress.data.status !== 'running') continue;
      if (nowMs - progress.seenAtMs < repeatAfterMs) continue;
      progress.seenAtMs = nowMs;
      const text = encodeStreamMessage({
        type: 'progress',
        seq: position.lastSeq,
        timestamp: progress.timestamp,
        data: { ...progress.data, repeated: true },
      });
      for (const session of run.sessions.keys()) session.deliverAside(text, position.lastSeq);
    }
  }

  function ping(): void {
    for (const session of allSessions()) {
      if (session.connection.ping() === 'dead') session.connection.destroy();
    }
  }

  function endExpired(): void {
    for (const run of runs.values()) {
      for (const [session, { sessionEndsAtMs }] of run.sessions) {
        if (clock.nowMs() >= sessionEndsAtMs) session.close('expired');
      }
    }
  }

  function allSessions(): ViewerSession[] {
    return [...runs.values()].flatMap((run) => [...run.sessions.keys()]);
  }

  function every(periodMs: number, work: () => void): void {
    const again = (): void => {
      timers.delete(cancel);
      work();
      every(periodMs, work);
    };
    const cancel = clock.after(periodMs, again);
    timers.add(cancel);
  }

  return {
    publish,
    enter,
    countViewers: () => [...runs.values()].reduce((sum, run) => sum + run.sessions.size, 0),
    countViewersOf: (userId) =>
      [...runs.values()].reduce(
        (sum, run) => sum + [...run.sessions.values()].filter((owner) => owner.userId === userId).length,
        0,
      ),
    countDropped: () => allSessions().reduce((sum, session) => sum + session.dropped(), droppedByGone),
    start() {
      every(repeatCheckMs, repeatProgress);
      every(pingEveryMs, ping);
      every(expiryCheckMs, endExpired);
    },
    stop() {
      for (const cancel of timers) cancel();
      timers.clear();
      for (const session of allSessions()) session.close('stopping');
    },
  };
}

function newRun(): LiveRun {
  return { position: { lastSeq: 0, ended: false }, progress: null, sessions: new Map(), entered: 0 };
}
