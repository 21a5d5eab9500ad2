import type { Asked, ServiceContext } from '@spectra/process-host';
import type { RtpTypes } from '@spectra/rtp-process';
import { accept, processRpc, refuse } from '@spectra/schemas';
import type { AnnealRequest, Result } from '@spectra/schemas';

/** What the named upstream run really left on its wafer; undefined when no run is named. */
export async function sourceRecord(
  { definition, messaging }: Pick<ServiceContext<RtpTypes>, 'definition' | 'messaging'>,
  { caller, traceparent, body }: Asked<Pick<AnnealRequest, 'source_run_id'>>,
): Promise<Result<Record<string, unknown> | undefined>> {
  const runId = body.source_run_id;
  const upstream = definition.upstreamProcess;
  if (runId === undefined || upstream === null) return accept(undefined);
  const found = await messaging.call(upstream, processRpc.waferRecord, {
    caller,
    traceparent,
    body: { run_id: runId },
  });
  if (!found.ok) return found;
  const { record } = found.value;
  if (record) return accept(record.outcome);
  return refuse('source_run_unusable', `Run ${runId} has recorded no wafer`, [
    { path: 'source_run_id', message: 'has recorded no wafer', value: runId },
  ]);
}
