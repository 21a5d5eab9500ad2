import { can } from '@spectra/policy';
import { telemetryRpc, type JobStatus, type LatestTelemetry, type RunRecord } from '@spectra/schemas';
import type { Ask } from './ask.ts';
import type { ProcessDoor } from './process-doors.ts';

/** A status is asked for often and answered soon, also while the hub is slow. */
const withinMs = 500;

/** Without telemetry before their start; a completed one has metrics in its place. */
const withoutFrames: ReadonlySet<JobStatus> = new Set(['blocked', 'queued', 'completed']);

/** Where the telemetry of a run stands; null when it has none, the caller may not see it, or the hub does not answer. */
export async function latestTelemetry(
  ask: Ask,
  asker: Parameters<Ask>[0],
  { run, door }: { run: RunRecord; door: ProcessDoor },
): Promise<LatestTelemetry | null> {
  const { caller } = asker.principal;
  if (withoutFrames.has(run.status) || !can(caller, door.permissions.viewTelemetry)) return null;
  const found = await ask(asker, {
    service: 'telemetry',
    contract: telemetryRpc.latest,
    body: { run_id: run.run_id },
    timeoutMs: withinMs,
  });
  return found.ok ? found.value.frame : null;
}
