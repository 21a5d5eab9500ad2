import type { OutcomeDraft, ProcessTypes, RunTelemetry } from '@spectra/run-engine';
import type { RunSpec, VmPrediction } from '@spectra/schemas';
import { recordWafers } from '../catalog/wafer-records.ts';
import { recordChannels } from '../monitoring/record-channels.ts';
import { recordPoints } from '../monitoring/record-points.ts';
import type { ChartVerdict } from '../monitoring/record-points.ts';
import { recordThreadResults } from '../run-to-run/run-history.ts';
import type { ServiceContext } from '../service-context.ts';
import { recordPredictions } from '../virtual-metrology/record-predictions.ts';

/** What became of a run: the recipe as it was asked for, what its wafers came from, and the outcome. */
export interface FinishedRun<T extends ProcessTypes> {
  readonly asked: T['recipe'];
  readonly upstream: readonly (Readonly<Record<string, unknown>> | null)[];
  readonly outcome: OutcomeDraft;
  readonly telemetry: RunTelemetry;
}

/** What the charts say of a run, and what is predicted of its wafers, one by one. */
export interface RecordedOutcome {
  readonly verdict: ChartVerdict;
  readonly predictions: VmPrediction[][];
}

/**
 * Stores what later runs build on, in one transaction: wafer records, chart points, run-to-run results, predictions;
 * answers what charts and models say of the run. Repeatable.
 */
export async function recordOutcome<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
  finished: FinishedRun<T>,
): Promise<RecordedOutcome> {
  const { outcome, telemetry } = finished;
  return context.database.withOrg(spec.org_id, async (tx) => {
    const wafers = spec.wafers.flatMap((wafer, index) => {
      const record = outcome.waferRecords[index];
      return record ? [{ waferId: wafer.wafer_id, outcome: { ...record } }] : [];
    });
    const recordedAt = new Date(context.clock.nowMs());
    await recordWafers(tx, { orgId: spec.org_id, runId: spec.run_id, recordedAt }, wafers);
    const { definition } = context;
    const family = definition.monitoring.family(finished.asked);
    const run = { definition, spec, family, recordedAt };
    const verdict = await recordPoints(tx, run, outcome.spc);
    const raised = verdict.alarms.some(({ state }) => state === 'raised');
    const good = !raised && outcome.spcAlertsCount === 0;
    const told = await recordChannels(tx, { ...run, telemetry, good });
    await recordThreadResults(tx, context, { spec, results: outcome.runToRun });
    const predictions = await recordPredictions(tx, context, { spec, ...finished });
    return { verdict: { ...verdict, alarms: [...verdict.alarms, ...told] }, predictions };
  });
}
