import { meanOf } from './control-chart.ts';
import { symmetricEigen } from './symmetric-eigen.ts';
import { tQuantile } from './special-functions.ts';

/** One measured wafer: features of its run, what physics predicted, and what metrology found. */
export type MeasuredWafer = {
  readonly features: readonly number[];
  readonly physics: number;
  readonly measured: number;
};

/** A learnt correction of physics for one output of one recipe family; plain data, to be stored by version. */
export type VmCorrection = {
  readonly featureMean: readonly number[];
  readonly featureScale: readonly number[];
  readonly intercept: number;
  readonly coefficients: readonly number[];
  readonly penalty: number;
  readonly residualSigma: number;
  /** Effective degrees of freedom left for the residual. */
  readonly residualDegrees: number;
  /** (ZᵀZ + penalty)⁻¹ over the standardised features. */
  readonly inverseGram: readonly (readonly number[])[];
  readonly wafers: number;
  /** Root mean square error on wafers left out one by one, with the correction and by physics alone. */
  readonly crossValidatedRmse: number;
  readonly physicsRmse: number;
};

/** A corrected prediction with an interval that a new measured wafer falls into with the given confidence. */
export type VmPrediction = { readonly value: number; readonly low: number; readonly high: number };

/** A correction, or why none can be learnt yet. */
export type VmFit =
  | { readonly ok: true; readonly value: VmCorrection; readonly heldBack: HeldBackErrors }
  | { readonly ok: false; readonly reason: 'too_few_wafers'; readonly needed: number };

/** Errors on wafers left out one by one: of physics alone, and of the correction learnt from the others. */
export type HeldBackErrors = {
  readonly physics: readonly number[];
  readonly corrected: readonly number[];
};

export const VM_WAFERS_MIN = 6;
const PENALTIES = [1e-3, 1e-2, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1e3, 1e4, 1e6];

/**
 * Learns measured − physics = c + bᵀz + noise by ridge regression, z standardised features; the penalty is the
 * one with the least leave-one-out error e_i/(1 − h_ii). A large penalty leaves a plain offset, so a family
 * with few wafers is corrected cautiously. Source: Hoerl & Kennard, Technometrics 12 (1970) 55; Golub, Heath
 * & Wahba, Technometrics 21 (1979) 215. Needs 6 wafers. Worked value: measured = physics + 3 on every wafer:
 * c = 3, b = 0.
 */
export function fitVmCorrection(wafers: readonly MeasuredWafer[]): VmFit {
  if (wafers.length < VM_WAFERS_MIN)
    return { ok: false, reason: 'too_few_wafers', needed: VM_WAFERS_MIN - wafers.length };
  const design = standardise(wafers);
  const candidates = PENALTIES.map((penalty) => fitWithPenalty(design, penalty));
  const { value, corrected } = candidates.reduce((best, next) =>
    next.value.crossValidatedRmse < best.value.crossValidatedRmse ? next : best,
  );
  return { ok: true, value, heldBack: { physics: design.offsets, corrected } };
}

/**
 * Corrected prediction with a prediction interval: y ± t σ √(1 + 1/n + zᵀ(ZᵀZ + λ)⁻¹z), t of Student with the
 * effective residual degrees. `confidence` such as 0.9.
 */
export function predictVm(
  correction: VmCorrection,
  wafer: { readonly features: readonly number[]; readonly physics: number },
  confidence: number,
): VmPrediction {
  const z = wafer.features.map(
    (value, i) => (value - correction.featureMean[i]!) / correction.featureScale[i]!,
  );
  if (z.length !== correction.coefficients.length) {
    throw new RangeError(
      `features has ${z.length} entries; the correction was learnt on ${correction.coefficients.length}`,
    );
  }
  const shift = z.reduce((sum, value, i) => sum + value * correction.coefficients[i]!, correction.intercept);
  const leverage = quadraticForm(correction.inverseGram, z) + 1 / correction.wafers;
  const quantile = tQuantile((1 + confidence) / 2, Math.max(1, correction.residualDegrees));
  const half = quantile * correction.residualSigma * Math.sqrt(1 + leverage);
  const value = wafer.physics + shift;
  return { value, low: value - half, high: value + half };
}

type Design = {
  readonly z: readonly (readonly number[])[];
  /** Measured − physics, and the same without its mean. */
  readonly offsets: readonly number[];
  readonly residual: readonly number[];
  readonly featureMean: readonly number[];
  readonly featureScale: readonly number[];
  readonly gram: ReturnType<typeof symmetricEigen>;
  readonly projected: readonly number[];
  readonly intercept: number;
};

function standardise(wafers: readonly MeasuredWafer[]): Design {
  const count = wafers[0]?.features.length ?? 0;
  const column = (j: number) => wafers.map((wafer) => wafer.features[j]!);
  const featureMean = Array.from({ length: count }, (_, j) => meanOf(column(j)));
  const featureScale = featureMean.map((mean, j) => {
    const scale = Math.sqrt(meanOf(column(j).map((value) => (value - mean) ** 2)));
    // A feature that never varied must not blow up when it does: it keeps its natural unit.
    return scale > 1e-12 * Math.max(1, Math.abs(mean)) ? scale : Math.max(1, Math.abs(mean));
  });
  const z = wafers.map((wafer) =>
    wafer.features.map((value, j) => (value - featureMean[j]!) / featureScale[j]!),
  );
  const offsets = wafers.map((wafer) => wafer.measured - wafer.physics);
  const intercept = meanOf(offsets);
  const residual = offsets.map((value) => value - intercept);
  const gram = featureMean.map((_, i) =>
    featureMean.map((__, j) => z.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );
  const projected = featureMean.map((_, j) => z.reduce((sum, row, i) => sum + row[j]! * residual[i]!, 0));
  return {
    z,
    offsets,
    residual,
    featureMean,
    featureScale,
    gram: symmetricEigen(gram),
    projected,
    intercept,
  };
}

function fitWithPenalty(design: Design, penalty: number): { value: VmCorrection; corrected: number[] } {
  const { values, vectors } = design.gram;
  const size = values.length;
  const inverseGram = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) =>
      values.reduce(
        (sum, value, a) => sum + (vectors[a]![i]! * vectors[a]![j]!) / (Math.max(0, value) + penalty),
        0,
      ),
    ),
  );
  const coefficients = inverseGram.map((row) =>
    row.reduce((sum, value, j) => sum + value * design.projected[j]!, 0),
  );
  const wafers = design.z.length;
  const errors = design.z.map(
    (row, i) => design.residual[i]! - row.reduce((sum, value, j) => sum + value * coefficients[j]!, 0),
  );
  const leverages = design.z.map((row) => 1 / wafers + quadraticForm(inverseGram, row));
  const fitted = leverages.reduce((sum, value) => sum + value, 0);
  const residualDegrees = Math.max(1, wafers - fitted);
  const rootMeanSquare = (list: readonly number[]) => Math.sqrt(meanOf(list.map((value) => value * value)));
  const corrected = errors.map((error, i) => error / Math.max(1e-6, 1 - leverages[i]!));
  const value: VmCorrection = {
    featureMean: design.featureMean,
    featureScale: design.featureScale,
    intercept: design.intercept,
    coefficients,
    penalty,
    residualSigma: Math.sqrt(errors.reduce((sum, value) => sum + value * value, 0) / residualDegrees),
    residualDegrees,
    inverseGram,
    wafers,
    crossValidatedRmse: rootMeanSquare(corrected),
    physicsRmse: rootMeanSquare(design.offsets),
  };
  return { value, corrected };
}

function quadraticForm(matrix: readonly (readonly number[])[], x: readonly number[]): number {
  return x.reduce(
    (sum, value, i) => sum + value * matrix[i]!.reduce((part, entry, j) => part + entry * x[j]!, 0),
    0,
  );
}
