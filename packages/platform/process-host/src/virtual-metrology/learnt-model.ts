import { fitVmCorrection, judgeCorrection, predictVm } from '@spectra/spc';
import type { VmCorrection, VmEvidence } from '@spectra/spc';

/** A correction with what it needs to be used: the names behind its numbers, and what held-back wafers said of it. */
export interface LearntModel {
  readonly featureNames: readonly string[];
  /** Tools that have a part of the correction of their own. */
  readonly tools: readonly string[];
  readonly correction: VmCorrection;
  readonly evidence: VmEvidence;
}

/** One wafer as a model sees it before it is measured. */
export interface PredictedWafer {
  readonly equipmentId: string | null;
  readonly features: Readonly<Record<string, number>>;
  readonly physics: number;
}

/** A wafer that metrology has measured; `arrival` orders wafers by when it told. */
export interface LearningWafer extends PredictedWafer {
  readonly equipmentId: string;
  readonly arrival: number;
  readonly runId: string;
  readonly measured: number;
}

/** Confidence of the intervals that are told. */
export const CONFIDENCE = 0.9;
/** The tools of a family are told apart once they have this many wafers each. */
const TOOL_WAFERS_MIN = 3;
const SIGMAS_OF_CONFIDENCE = 1.6449;

/** Learns a model from measured wafers; null while there are too few. The same wafers give the same model. */
export function learnModel(
  wafers: readonly LearningWafer[],
  featureNames: readonly string[],
): LearntModel | null {
  const tools = toolsApart(wafers);
  const fit = fitVmCorrection(
    wafers.map((wafer) => ({
      features: featureVector(wafer, featureNames, tools),
      physics: wafer.physics,
      measured: wafer.measured,
    })),
  );
  if (!fit.ok) return null;
  return { featureNames, tools, correction: fit.value, evidence: judgeCorrection(fit.heldBack) };
}

/** What a model says of a wafer: value, 90 % interval, and one sigma of the prediction. */
export function predictWith(
  model: LearntModel,
  wafer: PredictedWafer,
): { value: number; low: number; high: number; sigma: number } {
  const features = featureVector(wafer, model.featureNames, model.tools);
  const predicted = predictVm(model.correction, { features, physics: wafer.physics }, CONFIDENCE);
  return { ...predicted, sigma: (predicted.high - predicted.low) / (2 * SIGMAS_OF_CONFIDENCE) };
}

/** One tool needs no part of its own: the offset of all wafers is its offset. */
function toolsApart(wafers: readonly LearningWafer[]): string[] {
  const counts = new Map<string, number>();
  for (const { equipmentId } of wafers) counts.set(equipmentId, (counts.get(equipmentId) ?? 0) + 1);
  if (counts.size < 2) return [];
  return [...counts]
    .filter(([, count]) => count >= TOOL_WAFERS_MIN)
    .map(([tool]) => tool)
    .toSorted();
}

/** The features of the process, then one for each tool: 1 where the wafer was on it. */
function featureVector(
  wafer: PredictedWafer,
  featureNames: readonly string[],
  tools: readonly string[],
): number[] {
  return [
    ...featureNames.map((name) => wafer.features[name] ?? Number.NaN),
    ...tools.map((tool) => (tool === wafer.equipmentId ? 1 : 0)),
  ];
}
