import type { ProcessModel } from './process-model.ts';
import type { PidTuning } from './tuning-rules.ts';

/** The derivative acts up to N times the frequency 1/T_d. */
export const DERIVATIVE_FILTER_RATIO = 10;

/** Answer of an open loop at one frequency, as a complex number. */
export type LoopResponse = { readonly real: number; readonly imaginary: number };

/**
 * Open loop L(jω) = C(jω) P(jω), C = K_c (1 + 1/(sT_i) + sT_d/(1 + sT_d/10)), P = K e^{−Ls}/(1 + Ts).
 * ω in rad/s, above 0. Source: Åström & Hägglund (2006), section 4.2. Worked value: T = L = K = K_c = T_i = 1, T_d = 0 at
 * ω = 1: L = −j e^{−j} = −0.8415 − 0.5403 j.
 */
export function loopResponse(model: ProcessModel, tuning: PidTuning, omega: number): LoopResponse {
  const filter = (omega * tuning.derivativeTimeS) / DERIVATIVE_FILTER_RATIO;
  const lead = omega * tuning.derivativeTimeS;
  // C/K_c = 1 − j/(ωT_i) + jωT_d/(1 + jωT_d/N)
  const real = 1 + (lead * filter) / (1 + filter * filter);
  const imaginary = lead / (1 + filter * filter) - 1 / (omega * tuning.integralTimeS);
  const magnitude = (model.gain * tuning.gain) / Math.hypot(1, omega * model.timeConstantS);
  const angle = -omega * model.deadTimeS - Math.atan(omega * model.timeConstantS);
  return {
    real: magnitude * (real * Math.cos(angle) - imaginary * Math.sin(angle)),
    imaginary: magnitude * (real * Math.sin(angle) + imaginary * Math.cos(angle)),
  };
}
