import { pearsonLogDensity, type PearsonMoments } from './pearson.ts';

/** Fits of the Pearson parameters to the part below the surface. */
const FIT_ROUNDS = 6;

/**
 * Density of stopped ions over equispaced depths of silicon (first at 0), in 1/nm with a trapezoid sum of 1.
 * The moments are those of the ions that stay in the wafer, so the parent Pearson curve, which reaches beyond
 * the surface, is shifted, stretched and bent until the moments of the part inside agree. Where that cannot be
 * (steep tilt: most of the parent is outside), mean and deviation come first.
 */
export function depthDensity(moments: PearsonMoments, stepNm: number, count: number): Float64Array {
  const density = new Float64Array(count);
  let parent = moments;
  for (let round = 0; round < FIT_ROUNDS; round += 1) {
    fill(density, parent, stepNm);
    const inside = measure(density, stepNm);
    const shift = moments.meanNm - inside.meanNm;
    const stretch = moments.sigmaNm / inside.sigmaNm;
    const bend = moments.skewness - inside.skewness;
    const peak = moments.kurtosis - inside.kurtosis;
    const close = Math.abs(shift) < 5e-4 * moments.meanNm && Math.abs(stretch - 1) < 1e-3;
    if (close && Math.abs(bend) < 0.01 && Math.abs(peak) < 0.05) break;
    const skewness = within(parent.skewness + bend, moments.skewness, 0.3);
    parent = {
      meanNm: Math.max(parent.meanNm + shift, -2 * moments.sigmaNm),
      sigmaNm: Math.min(parent.sigmaNm * within(stretch, 1, 0.3), 3 * moments.sigmaNm),
      skewness,
      kurtosis: Math.max(within(parent.kurtosis + peak, moments.kurtosis, 1), 1.2 + skewness * skewness),
    };
  }
  return density;
}

function fill(density: Float64Array, parent: PearsonMoments, stepNm: number): void {
  const logDensity = pearsonLogDensity(parent);
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < density.length; i += 1) {
    const value = logDensity(i * stepNm);
    density[i] = value;
    if (value > highest) highest = value;
  }
  let sum = 0;
  for (let i = 0; i < density.length; i += 1) {
    const value = Math.exp((density[i] as number) - highest);
    density[i] = value;
    sum += i === 0 || i === density.length - 1 ? value / 2 : value;
  }
  const scale = 1 / (sum * stepNm);
  for (let i = 0; i < density.length; i += 1) density[i] = (density[i] as number) * scale;
}

function within(value: number, middle: number, reach: number): number {
  return Math.min(middle + reach, Math.max(middle - reach, value));
}

/** Moments of an equispaced density, by trapezoids. */
function measure(density: Float64Array, stepNm: number): PearsonMoments {
  let sum = 0;
  const raw = [0, 0, 0, 0] as [number, number, number, number];
  for (let i = 0; i < density.length; i += 1) {
    const weight = (density[i] as number) * (i === 0 || i === density.length - 1 ? 0.5 : 1);
    sum += weight;
    raw[0] += weight * i;
    raw[1] += weight * i * i;
    raw[2] += weight * i * i * i;
    raw[3] += weight * i * i * i * i;
  }
  const [m1, m2, m3, m4] = raw.map((power) => power / sum) as [number, number, number, number];
  const variance = Math.max(1e-9, m2 - m1 * m1);
  return {
    meanNm: m1 * stepNm,
    sigmaNm: Math.sqrt(variance) * stepNm,
    skewness: (m3 - 3 * m1 * m2 + 2 * m1 ** 3) / variance ** 1.5,
    kurtosis: (m4 - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 ** 4) / variance ** 2,
  };
}
