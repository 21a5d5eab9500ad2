import { pearsonLogDensity, type PearsonMoments } from './pearson.ts';

/** Fits of the Pearson parameters to the part below the surface. */
const FIT_ROUNDS = 6;

/**
 * Density of stopped ions over equispaced depths of silicon (first at 0), in 1/nm with a trapezoid sum of 1.
 * The moments are those of the ions that stay in the wafer, so the parent Pearson curve, which reaches beyond
 * the surface, is shifted and stretched until mean and deviation of the part inside agree.
 */
export function depthDensity(moments: PearsonMoments, stepNm: number, count: number): Float64Array {
  const density = new Float64Array(count);
  let parent = moments;
  for (let round = 0; round < FIT_ROUNDS; round += 1) {
    fill(density, parent, stepNm);
    const inside = measure(density, stepNm);
    const shift = moments.meanNm - inside.meanNm;
    const stretch = moments.sigmaNm / inside.sigmaNm;
    if (Math.abs(shift) < 5e-4 * moments.meanNm && Math.abs(stretch - 1) < 1e-3) break;
    parent = {
      ...parent,
      meanNm: Math.max(parent.meanNm + shift, -2 * moments.sigmaNm),
      sigmaNm: Math.min(parent.sigmaNm * Math.min(1.3, Math.max(0.7, stretch)), 3 * moments.sigmaNm),
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

/** Mean and deviation of an equispaced density. */
function measure(density: Float64Array, stepNm: number): { meanNm: number; sigmaNm: number } {
  let sum = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < density.length; i += 1) {
    const weight = (density[i] as number) * (i === 0 || i === density.length - 1 ? 0.5 : 1);
    const depthNm = i * stepNm;
    sum += weight;
    first += weight * depthNm;
    second += weight * depthNm * depthNm;
  }
  const meanNm = first / sum;
  return { meanNm, sigmaNm: Math.sqrt(Math.max(1e-12, second / sum - meanNm * meanNm)) };
}
