import { Counter, Gauge, type Registry } from '@spectra/service-kit';
import type { Ingest } from './ingest/ingest.ts';
import type { LiveRuns } from './viewer/live-runs.ts';

/** Enters the hub's figures into the registry; each is read when Prometheus asks. */
export function registerHubMetrics(
  registry: Registry,
  parts: { liveRuns: LiveRuns; ingest: Pick<Ingest, 'counts' | 'lag'> },
): void {
  const registers = [registry];
  const { liveRuns, ingest } = parts;
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  };
  const counter = (name: string, help: string, read: () => number): void => {
    let told = 0;
    new Counter({
      name,
      help,
      registers,
      collect() {
        const now = read();
        this.inc(now - told);
        told = now;
      },
    });
  };
  gauge('spectra_hub_viewers', 'Open streams', () => liveRuns.countViewers());
  gauge('spectra_hub_lag_messages', 'Messages in the stream server that the hub has not read', async () => {
    return (await ingest.lag()) ?? Number.NaN;
  });
  gauge('spectra_hub_waiting_messages', 'Messages read and not yet committed', () => ingest.counts().waiting);
  counter('spectra_hub_dropped_total', 'Telemetry messages dropped for slow viewers', () =>
    liveRuns.countDropped(),
  );
  counter('spectra_hub_stored_total', 'Run messages stored', () => ingest.counts().stored);
  counter(
    'spectra_hub_repeated_total',
    'Run messages that came again and were left out',
    () => ingest.counts().repeated,
  );
  counter('spectra_hub_refused_total', 'Run messages that were not valid', () => ingest.counts().refused);
}
