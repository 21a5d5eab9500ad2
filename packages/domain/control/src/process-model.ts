import { requireFinite, requirePositive } from './require-number.ts';

/** First order plus dead time: K e^{−Ls} / (1 + Ts). */
export type ProcessModel = {
  /** Steady change of the output per unit of input. */
  readonly gain: number;
  readonly timeConstantS: number;
  readonly deadTimeS: number;
};

/** Where a proportional controller alone brings the loop to the edge of stability. */
export type UltimatePoint = { readonly ultimateGain: number; readonly ultimatePeriodS: number };

/** Refuses a model that no rule can work with. */
export function requireModel(model: ProcessModel): void {
  requireFinite('gain', model.gain);
  if (model.gain === 0) throw new RangeError('gain is 0; the input would not move the output');
  requirePositive('timeConstantS', model.timeConstantS);
  requirePositive('deadTimeS', model.deadTimeS);
}

/**
 * Ultimate gain and period of a first-order process with dead time: ωL + atan ωT = π, K_u = √(1 + ω²T²)/K,
 * T_u = 2π/ω. K gain, T time constant, L dead time, s; exact. Source: Åström & Hägglund (2006), section 4.3.
 * Valid for T, L > 0. Worked value: T = L = K = 1: K_u = 2.26183, T_u = 3.09706 s.
 */
export function ultimatePoint(model: ProcessModel): UltimatePoint {
  requireModel(model);
  const { timeConstantS: T, deadTimeS: L } = model;
  let low = Math.PI / (2 * L);
  let high = Math.PI / L;
  for (let step = 0; step < 200; step += 1) {
    const omega = (low + high) / 2;
    if (omega * L + Math.atan(omega * T) < Math.PI) low = omega;
    else high = omega;
  }
  const omega = (low + high) / 2;
  return { ultimateGain: Math.hypot(1, omega * T) / model.gain, ultimatePeriodS: (2 * Math.PI) / omega };
}

/**
 * The first-order model with a given ultimate point and steady gain: ωT = √((K K_u)² − 1), ωL = π − atan ωT.
 * Null when K K_u ≤ 1, which no such process has.
 */
export function modelFromUltimatePoint(point: UltimatePoint, gain: number): ProcessModel | null {
  const loopGain = gain * point.ultimateGain;
  if (!(loopGain > 1)) return null;
  const omega = (2 * Math.PI) / point.ultimatePeriodS;
  const timesT = Math.sqrt(loopGain * loopGain - 1);
  return { gain, timeConstantS: timesT / omega, deadTimeS: (Math.PI - Math.atan(timesT)) / omega };
}

/**
 * Exact response of a process to an input that is held over each step of `dtS`; keeps what is still on its
 * way.
 */
export type ProcessState = { readonly output: number; readonly pending: readonly number[] };

/** A process at rest at `input`. */
export function initialProcessState(model: ProcessModel, dtS: number, input = 0): ProcessState {
  const delay = Math.floor(model.deadTimeS / dtS + 1e-9) + 2;
  return { output: model.gain * input, pending: Array.from({ length: delay }, () => input) };
}

/**
 * One exact step: y⁺ = a y + K((1 − e^{−(dt−f)/T}) u_{k−d} + (e^{−(dt−f)/T} − a) u_{k−d−1}), a = e^{−dt/T},
 * L = d·dt + f. Worked value: K = 1, T = 1, L = 0.5, dt = 1, unit step from rest: y = 1 − e^{−0.5} = 0.39347.
 */
export function stepProcess(
  model: ProcessModel,
  state: ProcessState,
  input: number,
  dtS: number,
): ProcessState {
  const delay = Math.floor(model.deadTimeS / dtS + 1e-9);
  const fractionS = Math.max(0, model.deadTimeS - delay * dtS);
  const keep = Math.exp(-dtS / model.timeConstantS);
  const keepAfter = Math.exp(-(dtS - fractionS) / model.timeConstantS);
  const pending = [input, ...state.pending.slice(0, -1)];
  const arriving = (1 - keepAfter) * (pending[delay] ?? 0) + (keepAfter - keep) * (pending[delay + 1] ?? 0);
  return { output: keep * state.output + model.gain * arriving, pending };
}
