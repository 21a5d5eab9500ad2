import type { Alert, Channel } from '@spectra/schemas';
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

type WatchOptions = {
  clock: Clock;
  channelsOf: (process: string) => Promise<readonly Channel[]>;
  /** Puts the alert into the run's stream, like one that a publisher sent. */
  tell: (message: RunMessage) => void;
};

/**
 * Decides for every running run which channels are stale, and tells it as alerts in the run's own stream. It follows
 * what was committed; runs that ended are forgotten.
 */
export class StalenessWatch {
  readonly #options: WatchOptions;
  readonly #watched = new Map<string, Watched>();
  #cancel: () => void = () => undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#cancel = this.#options.clock.after(checkEveryMs, () => {
      this.#checkSilence();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  observe(runs: readonly AppendedRun[]): void {
    for (const appended of runs) {
      const key = `${appended.orgId}/${appended.runId}`;
      if (appended.position.ended) {
        this.#watched.delete(key);
        continue;
      }
      const run = this.#watched.get(key) ?? this.#add(key, appended);
      run.lastSeq = appended.position.lastSeq;
      for (const entry of appended.entries) this.#observeEntry(run, entry);
    }
  }

  #add(key: string, { orgId, process, runId }: AppendedRun): Watched {
    const run: Watched = {
      run: { orgId, process, runId },
      equipmentId: '',
      running: true,
      staleness: unwatched,
      lastSeq: 0,
      periodS: new Map(),
    };
    this.#watched.set(key, run);
    void this.#options.channelsOf(process).then((channels) => {
      const sensed = channels.filter(({ pauses }) => pauses !== true);
      run.periodS = new Map(sensed.map(({ id, period_s }) => [id, period_s]));
    });
    return run;
  }

  #observeEntry(run: Watched, entry: StreamEntry): void {
    if (entry.type === 'progress') {
      run.running = entry.data.status === 'running';
      // Between attempts nothing is expected; the next attempt starts afresh.
      if (!run.running) run.staleness = unwatched;
    }
    if (entry.type === 'alert' && entry.data.equipment_id !== '') run.equipmentId = entry.data.equipment_id;
    if (entry.type !== 'telemetry') return;
    const nowMs = this.#options.clock.monotonicMs();
    this.#adopt(run, observeBatch(run.staleness, entry.data, nowMs, rulesOf(run)));
  }

  #checkSilence(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const run of this.#watched.values()) {
      if (run.running) this.#adopt(run, checkSilence(run.staleness, nowMs, rulesOf(run)));
    }
  }

  #adopt(run: Watched, told: { after: Staleness; changes: StalenessChange[] }): void {
    run.staleness = told.after;
    const at = new Date(this.#options.clock.nowMs()).toISOString();
    for (const change of told.changes) this.#options.tell(alertOf(run, change, at));
  }
}

function alertOf(run: Watched, change: StalenessChange, at: string): RunMessage {
  const { parameter, state, ageS, limitS } = change;
  const { runId } = run.run;
  const source = `stale.${parameter}`;
  const alert: Alert = {
    // Silence is of the run's link, not of the tool: each run has its own.
    alarm_id: `${run.run.process}.${runId}.${source}`,
    run_id: runId,
    equipment_id: run.equipmentId,
    source,
    parameter,
    message:
      state === 'raised'
        ? `${parameter} is stale: no value for more than ${limitS} s`
        : `${parameter} has values again`,
    severity: 'warning',
    state,
    value: Math.round(ageS * 1000) / 1000,
    limit: limitS,
    time_s: run.staleness.newestTimeS,
    at,
  };
  const messageId = `hub:${source}:${state}:${run.lastSeq}`;
  return { ...run.run, messageId, storedAt: at, payload: { kind: 'alert', alert } };
}

function rulesOf(run: Watched): StalenessRules {
  return { periodS: run.periodS, periodsMissedMax, silentAfterMs };
}
