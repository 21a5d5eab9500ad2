import { loopResponse } from './loop-response.ts';
import type { ProcessModel } from './process-model.ts';
import { requireModel } from './process-model.ts';
import type { PidTuning } from './tuning-rules.ts';

const GRID_POINTS = 3000;

/**
 * Robustness of a loop: M_s = max_ω |1/(1 + C(jω) P(jω))|, C = K_c (1 + 1/(sT_i) + sT_d/(1 + sT_d/10)), P = K
 * e^{−Ls}/(1 + Ts).
 *
 * 1/M_s is the least distance of the Nyquist curve to −1: up to 1.4 is robust, 2 is the usual limit. Source:
 * Åström & Hägglund (2006), section 4.6. Meaningful for a stable loop only (`isStableLoop`). Worked value: T = L = K = 1 with
 * SIMC (0.5, 1): 1.5905.
 */
export function maximumSensitivity(model: ProcessModel, tuning: PidTuning): number {
  requireModel(model);
  const sensitivity = (logOmega: number) => sensitivityAt(model, tuning, Math.exp(logOmega));
  const from = Math.log(1e-3 / (model.timeConstantS + model.deadTimeS));
  const to = Math.log(100 / Math.min(model.deadTimeS, model.timeConstantS));
  const step = (to - from) / GRID_POINTS;
  let best = from;
  for (let i = 0; i <= GRID_POINTS; i += 1) {
    if (sensitivity(from + i * step) > sensitivity(best)) best = from + i * step;
  }
  return goldenMaximum(sensitivity, best - step, best + step);
}

function sensitivityAt(model: ProcessModel, tuning: PidTuning, omega: number): number {
  const { real, imaginary } = loopResponse(model, tuning, omega);
  return 1 / Math.hypot(1 + real, imaginary);
}

function goldenMaximum(value: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = from;
  let high = to;
  for (let step = 0; step < 60; step += 1) {
    const left = high - ratio * (high - low);
    const right = low + ratio * (high - low);
    if (value(left) > value(right)) high = right;
    else low = left;
  }
  return value((low + high) / 2);
}
