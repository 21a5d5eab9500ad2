import type { OutcomeDraft, ProcessTypes } from '@spectra/run-engine';
import type { RunSpec } from '@spectra/schemas';
import { recordWafers } from '../catalog/wafer-records.ts';
import { recordThreadResults } from '../run-to-run/run-history.ts';
import type { ServiceContext } from '../service-context.ts';
import { spcPoints } from '../tables.ts';

/** Stores what later runs build on, in one transaction: wafer records, chart points, run-to-run results. Repeatable. */
export async function recordOutcome<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
  outcome: OutcomeDraft,
): Promise<void> {
  const run = { org_id: spec.org_id, run_id: spec.run_id };
  const thread = { equipment_id: spec.equipment_id, recipe_hash: spec.recipe_hash };
  await context.database.withOrg(spec.org_id, async (tx) => {
    const wafers = spec.wafers.flatMap((wafer, index) => {
      const record = outcome.waferRecords[index];
      return record ? [{ waferId: wafer.wafer_id, outcome: { ...record } }] : [];
    });
    const recordedAt = new Date(context.clock.nowMs());
    await recordWafers(tx, { orgId: spec.org_id, runId: spec.run_id, recordedAt }, wafers);
    if (outcome.spc.length > 0) {
      await tx
        .insert(spcPoints)
        .values(outcome.spc.map((point, position) => ({ ...run, ...thread, position, ...point })))
        .onConflictDoNothing();
    }
    await recordThreadResults(tx, context, { spec, results: outcome.runToRun });
  });
}
