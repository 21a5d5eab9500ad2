import { and, desc, eq, inArray } from 'drizzle-orm';
import type { VmPrediction } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessDefinition, ProcessTypes, WaferPrediction } from '@spectra/run-engine';
import { vmModels } from '../prediction-tables.ts';
import { CONFIDENCE, predictWith } from './learnt-model.ts';
import type { ModelRow } from './learn.ts';

/** A wafer to predict: its family, its tool if known, and what physics says. */
export interface WaferToPredict {
  readonly family: string;
  readonly equipmentId: string | null;
  readonly prediction: WaferPrediction;
}

/** What physics and the present models of its family say of each wafer. */
export async function predictWafers<T extends ProcessTypes>(
  tx: Transaction,
  definition: ProcessDefinition<T>,
  asked: { orgId: string; wafers: readonly WaferToPredict[] },
): Promise<VmPrediction[][]> {
  const families = [...new Set(asked.wafers.map((wafer) => wafer.family))];
  if (families.length === 0) return [];
  const models = await tx
    .select()
    .from(vmModels)
    .where(
      and(
        eq(vmModels.org_id, asked.orgId),
        inArray(vmModels.family, families),
        inArray(vmModels.stage, ['active', 'shadow']),
      ),
    )
    .orderBy(desc(vmModels.version));
  return asked.wafers.map((wafer) =>
    definition.virtualMetrology.predicts.map((parameter) => {
      const own = models.filter((row) => row.family === wafer.family && row.parameter === parameter);
      const model = own.find((row) => row.stage === 'active') ?? own[0];
      const unit = definition.metrology.find((each) => each.parameter === parameter)?.unit ?? '';
      return predictParameter({ parameter, unit }, wafer, model);
    }),
  );
}

function predictParameter(
  { parameter, unit }: { parameter: string; unit: string },
  wafer: WaferToPredict,
  row: ModelRow | undefined,
): VmPrediction {
  const physics = wafer.prediction.physics[parameter] ?? null;
  const common = { parameter, unit, physics, confidence: CONFIDENCE };
  const { equipmentId } = wafer;
  const { features } = wafer.prediction;
  const corrected =
    physics === null || !row ? null : predictWith(row.model, { equipmentId, features, physics });
  if (!row || !corrected || !Number.isFinite(corrected.value)) {
    const none = { corrected: null, low: null, high: null, model_id: null, model_version: null };
    return { ...common, ...none, value: physics, stage: 'physics_only' };
  }
  const active = row.stage === 'active';
  return {
    ...common,
    value: active ? corrected.value : physics,
    corrected: corrected.value,
    low: corrected.low,
    high: corrected.high,
    model_id: row.model_id,
    model_version: row.version,
    stage: active ? 'active' : 'shadow',
  };
}

/** The predictions of a run's mean wafer; a parameter that some wafer lacks is told as not determined. */
export function meanPrediction(wafers: readonly VmPrediction[][]): VmPrediction[] {
  return (wafers[0] ?? []).map((first, index) => {
    const all = wafers.map((wafer) => wafer[index] ?? first);
    const mean = (pick: (prediction: VmPrediction) => number | null) => {
      const known = all.map(pick).filter((value) => value !== null);
      return known.length < all.length ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
    };
    return {
      ...first,
      value: mean(({ value }) => value),
      physics: mean(({ physics }) => physics),
      corrected: mean(({ corrected }) => corrected),
      low: mean(({ low }) => low),
      high: mean(({ high }) => high),
    };
  });
}
