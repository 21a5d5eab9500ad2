import { and, desc, eq } from 'drizzle-orm';
import { accept, jobsRpc, refuse } from '@spectra/schemas';
import type { FieldError, Measurement, Result } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { waferRecords } from '../tables.ts';

/**
 * The run that made what was measured: the one that is named, or the wafer's last run before the measurement. A run
 * that has not recorded its wafers yet may be named; its measurement waits for it.
 */
export async function measuredRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Pick<Asked<unknown>, 'caller' | 'traceparent'>,
  about: { measurement: Measurement; measuredAt: Date; path: (field: string) => string },
): Promise<Result<string>> {
  const { measurement, measuredAt, path } = about;
  const ofRun = measurement.run_id === undefined ? undefined : eq(waferRecords.run_id, measurement.run_id);
  const runs = await context.database.withOrg(asked.caller.orgId, (tx) =>
    tx
      .select({ runId: waferRecords.run_id, at: waferRecords.recorded_at })
      .from(waferRecords)
      .where(
        and(
          eq(waferRecords.org_id, asked.caller.orgId),
          eq(waferRecords.wafer_id, measurement.wafer_id),
          ofRun,
        ),
      )
      .orderBy(desc(waferRecords.recorded_at)),
  );
  const before = runs.find(({ at }) => at <= measuredAt) ?? runs.at(-1);
  if (before) return accept(before.runId);
  if (measurement.run_id !== undefined) return runUnderWay(context, asked, { ...measurement, path });
  return refuse('validation_failed', `No run of this process has recorded wafer ${measurement.wafer_id}`, [
    { path: path('wafer_id'), message: 'has no run of this process', value: measurement.wafer_id },
  ]);
}

async function runUnderWay<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, traceparent }: Pick<Asked<unknown>, 'caller' | 'traceparent'>,
  { wafer_id, run_id = '', path }: Measurement & { path: (field: string) => string },
): Promise<Result<string>> {
  const found = await context.messaging.call('jobs', jobsRpc.getRun, {
    caller,
    traceparent,
    body: { run_id, process: context.definition.id },
  });
  if (!found.ok) return found.refusal.code === 'not_found' ? notFound('run', run_id) : found;
  const wafers = found.value.wafers.map((wafer) => wafer.wafer_id);
  if (wafers.includes(wafer_id)) return accept(run_id);
  const error: FieldError = {
    path: path('wafer_id'),
    message: `is not a wafer of run ${run_id}`,
    value: wafer_id,
    limit: { one_of: wafers },
  };
  return refuse('validation_failed', `Wafer ${wafer_id} is not of run ${run_id}`, [error]);
}
