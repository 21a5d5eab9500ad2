import type { Channel } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import type { AppendedRun } from './store/append-messages.ts';
import type { RunAddress, RunMessage, StreamEntry } from './stream/run-stream.ts';
import {
  checkSilence,
  observeBatch,
  unwatched,
  type Staleness,
  type StalenessChange,
  type StalenessRules,
} from './stream/staleness.ts';

/** A sensor may miss ten samples; a running run that sent telemetry may pause this long. */
const periodsMissedMax = 10;
const silentAfterMs = 5_000;
const checkEveryMs = 1_000;

type Watched = {
  run: RunAddress;
  equipmentId: string;
  running: boolean;
  staleness: Staleness;
  lastSeq: number;
  periodS: StalenessRules['periodS'];
};

/** Decides for every running run which channels are stale, and tells it as alerts in the run's own stream. */
export type StalenessWatch = {
  observe(runs: readonly AppendedRun[]): void;
  start(): void;
  stop(): void;
};

type WatchOptions = {
  clock: Clock;
  channelsOf(process: string): Promise<readonly Channel[]>;
  /** Puts the alert into the run's stream, like one that a publisher sent. */
  tell(message: RunMessage): void;
};

/** Follows what was committed; runs that ended are forgotten. */
export function watchStaleness({ clock, channelsOf, tell }: WatchOptions): StalenessWatch {
  const watched = new Map<string, Watched>();
  let cancel: () => void = () => undefined;

  function observe(runs: readonly AppendedRun[]): void {
    for (const appended of runs) {
      const key = `${appended.orgId}/${appended.runId}`;
      if (appended.position.ended) {
        watched.delete(key);
        continue;
      }
      const run = watched.get(key) ?? add(key, appended);
      run.lastSeq = appended.position.lastSeq;
      for (const entry of appended.entries) observeEntry(run, entry);
    }
  }

  function add(key: string, { orgId, process, runId }: AppendedRun): Watched {
    const run: Watched = {
      run: { orgId, process, runId },
      equipmentId: '',
      running: true,
      staleness: unwatched,
      lastSeq: 0,
      periodS: new Map(),
    };
    watched.set(key, run);
    void channelsOf(process).then((channels) => {
      run.periodS = new Map(channels.map(({ id, period_s }) => [id, period_s]));
    });
    return run;
  }

  function observeEntry(run: Watched, entry: StreamEntry): void {
    if (entry.type === 'progress') {
      run.running = entry.data.status === 'running';
      // Between attempts nothing is expected; the next attempt starts afresh.
      if (!run.running) run.staleness = unwatched;
    }
    if (entry.type === 'alert' && entry.data.equipment_id !== '') run.equipmentId = entry.data.equipment_id;
    if (entry.type !== 'telemetry') return;
    const { after, changes } = observeBatch(run.staleness, entry.data, clock.monotonicMs(), rulesOf(run));
    run.staleness = after;
    for (const change of changes) tellChange(run, change);
  }

  function check(): void {
    for (const run of watched.values()) {
      if (!run.running) continue;
      const { after, changes } = checkSilence(run.staleness, clock.monotonicMs(), rulesOf(run));
      run.staleness = after;
      for (const change of changes) tellChange(run, change);
    }
    cancel = clock.after(checkEveryMs, check);
  }

  function tellChange(run: Watched, change: StalenessChange): void {
    const at = new Date(clock.nowMs()).toISOString();
    const { parameter, state, ageS, limitS } = change;
    const alarmId = `stale:${parameter}`;
    const message =
      state === 'raised'
        ? `${parameter} is stale: no value for more than ${limitS} s`
        : `${parameter} has values again`;
    tell({
      ...run.run,
      messageId: `hub:${alarmId}:${state}:${run.lastSeq}`,
      storedAt: at,
      payload: {
        kind: 'alert',
        alert: {
          alarm_id: alarmId,
          run_id: run.run.runId,
          equipment_id: run.equipmentId,
          parameter,
          message,
          severity: 'warning',
          state,
          value: Math.round(ageS * 1000) / 1000,
          limit: limitS,
          time_s: run.staleness.newestTimeS,
          at,
        },
      },
    });
  }

  return {
    observe,
    start: () => {
      cancel = clock.after(checkEveryMs, check);
    },
    stop: () => cancel(),
  };
}

function rulesOf(run: Watched): StalenessRules {
  return { periodS: run.periodS, periodsMissedMax, silentAfterMs };
}
