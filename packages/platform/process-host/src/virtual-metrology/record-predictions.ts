import type { RunSpec, VmPrediction } from '@spectra/schemas';
import type { OutcomeDraft, ProcessTypes } from '@spectra/run-engine';
import type { Transaction } from '@spectra/database';
import { vmWafers } from '../prediction-tables.ts';
import type { ServiceContext } from '../service-context.ts';
import { predictWafers } from './predict-wafers.ts';

/** Stores what physics and today's models say of a run's wafers; answers it wafer by wafer. Repeatable. */
export async function recordPredictions<T extends ProcessTypes>(
  tx: Transaction,
  { definition, clock }: ServiceContext<T>,
  run: {
    spec: RunSpec;
    asked: T['recipe'];
    upstream: readonly (Readonly<Record<string, unknown>> | null)[];
    outcome: OutcomeDraft;
  },
): Promise<VmPrediction[][]> {
  const { spec, asked, upstream, outcome } = run;
  const wafers = outcome.waferPredictions.map((prediction, index) => ({
    family: definition.virtualMetrology.family(asked, upstream[index] ?? null),
    equipmentId: spec.equipment_id,
    prediction,
  }));
  const predicted = await predictWafers(tx, definition, { orgId: spec.org_id, wafers });
  if (wafers.length === 0) return [];
  await tx
    .insert(vmWafers)
    .values(
      wafers.map(({ family, prediction }, index) => ({
        org_id: spec.org_id,
        run_id: spec.run_id,
        wafer_id: spec.wafers[index]?.wafer_id ?? '',
        equipment_id: spec.equipment_id,
        family,
        features: { ...prediction.features },
        physics: prediction.physics,
        predictions: predicted[index] ?? [],
        recorded_at: new Date(clock.nowMs()),
      })),
    )
    .onConflictDoNothing();
  return predicted;
}
