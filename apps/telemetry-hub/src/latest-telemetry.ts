import { accept, refuse, type Caller, type LatestTelemetry, type Result } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import type { StreamStore } from './store/stream-store.ts';

/** The newest frame of a run of the caller's organisation, with its age; null before the first one. */
export async function readLatest(
  { store, clock }: { store: Pick<StreamStore, 'newestTelemetry'>; clock: Pick<Clock, 'nowMs'> },
  caller: Caller | undefined,
  runId: string,
): Promise<Result<{ frame: LatestTelemetry | null }>> {
  if (caller === undefined) return refuse('unauthenticated', 'Telemetry is read on behalf of a caller.');
  const newest = await store.newestTelemetry({ orgId: caller.orgId, runId });
  if (newest === null) return accept({ frame: null });
  const { seq, timestamp, data } = newest;
  const values = Object.entries(data.channels).map(
    ([name, column]) => [name, column.at(-1) ?? null] as const,
  );
  return accept({
    frame: {
      seq,
      at: timestamp,
      age_ms: Math.max(0, clock.nowMs() - Date.parse(timestamp)),
      wafer_index: data.wafer_index,
      time_s: data.time_s.at(-1) ?? 0,
      values: Object.fromEntries(values),
    },
  });
}
