import { processRpc } from '@spectra/schemas';
import type { RunSpec } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { ServiceContext } from '../service-context.ts';

/**
 * Per wafer, what the upstream process recorded for it: of the run that was named as source, else of the wafer's last
 * run there. Null when it has none. Throws when the other service does not answer: a guess would be a false record.
 */
export async function upstreamRecords<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
): Promise<(Readonly<Record<string, unknown>> | null)[]> {
  const upstream = context.definition.upstreamProcess;
  if (upstream === null) return spec.wafers.map(() => null);
  const find = async (wanted: { wafer_id?: string; run_id?: string }) => {
    const answer = await context.messaging.call(upstream, processRpc.waferRecord, {
      caller: { orgId: spec.org_id, userId: spec.created_by, role: 'viewer' },
      traceparent: spec.traceparent,
      body: wanted,
    });
    if (!answer.ok)
      throw new Error(`no answer about the wafer's ${upstream} record: ${answer.refusal.detail}`);
    return answer.value.record?.outcome ?? null;
  };
  const records: (Readonly<Record<string, unknown>> | null)[] = [];
  for (const wafer of spec.wafers) {
    const source = spec.source_run_id;
    const named = source === null ? null : { run_id: source };
    const record = await find({ wafer_id: wafer.wafer_id, ...named });
    records.push(record ?? (named ? await find(named) : null));
  }
  return records;
}
