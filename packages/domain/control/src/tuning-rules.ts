import type { ProcessModel, UltimatePoint } from './process-model.ts';
import { requireModel, ultimatePoint } from './process-model.ts';
import { requirePositive } from './require-number.ts';

/** Settings of K_c (1 + 1/(s T_i) + s T_d/(1 + s T_d/10)); `derivativeTimeS` 0 is a PI controller. */
export type PidTuning = {
  readonly gain: number;
  readonly integralTimeS: number;
  readonly derivativeTimeS: number;
};

/** Published rules; `_step` reads the step response, `_frequency` the ultimate point. */
export type TuningRule =
  | 'ziegler_nichols_step'
  | 'ziegler_nichols_frequency'
  | 'tyreus_luyben'
  | 'simc'
  | 'amigo';

/** A tuning and where it comes from. */
export type RuledTuning = {
  readonly rule: TuningRule;
  readonly type: 'pi' | 'pid';
  readonly tuning: PidTuning;
};

/** All rules for one model. SIMC takes τ_c = L, its recommended closed-loop time. */
export function tuningRules(model: ProcessModel): RuledTuning[] {
  const ultimate = ultimatePoint(model);
  return [
    { rule: 'ziegler_nichols_step', type: 'pi', tuning: zieglerNicholsStep(model, 'pi') },
    { rule: 'ziegler_nichols_step', type: 'pid', tuning: zieglerNicholsStep(model, 'pid') },
    { rule: 'ziegler_nichols_frequency', type: 'pi', tuning: zieglerNicholsFrequency(ultimate, 'pi') },
    { rule: 'ziegler_nichols_frequency', type: 'pid', tuning: zieglerNicholsFrequency(ultimate, 'pid') },
    { rule: 'tyreus_luyben', type: 'pi', tuning: tyreusLuyben(ultimate, 'pi') },
    { rule: 'tyreus_luyben', type: 'pid', tuning: tyreusLuyben(ultimate, 'pid') },
    { rule: 'simc', type: 'pi', tuning: simc(model, model.deadTimeS) },
    { rule: 'amigo', type: 'pi', tuning: amigo(model, 'pi') },
    { rule: 'amigo', type: 'pid', tuning: amigo(model, 'pid') },
  ];
}

/**
 * Ziegler–Nichols from the step response: PI 0.9 T/(KL), 3L; PID 1.2 T/(KL), 2L, L/2. Source: Ziegler &
 * Nichols, Trans. ASME 64 (1942) 759. Meant for L/T of 0.1 to 1. Worked value: T = L = K = 1, PID: 1.2, 2,
 * 0.5.
 */
export function zieglerNicholsStep(model: ProcessModel, type: 'pi' | 'pid'): PidTuning {
  requireModel(model);
  const { gain: K, timeConstantS: T, deadTimeS: L } = model;
  if (type === 'pi') return { gain: (0.9 * T) / (K * L), integralTimeS: 3 * L, derivativeTimeS: 0 };
  return { gain: (1.2 * T) / (K * L), integralTimeS: 2 * L, derivativeTimeS: L / 2 };
}

/**
 * Ziegler–Nichols from the ultimate point: PI 0.45 K_u, T_u/1.2; PID 0.6 K_u, T_u/2, T_u/8. Source: as above.
 * Worked value: K_u = 2, T_u = 4, PID: 1.2, 2, 0.5.
 */
export function zieglerNicholsFrequency(point: UltimatePoint, type: 'pi' | 'pid'): PidTuning {
  const { ultimateGain: Ku, ultimatePeriodS: Tu } = point;
  if (type === 'pi') return { gain: 0.45 * Ku, integralTimeS: Tu / 1.2, derivativeTimeS: 0 };
  return { gain: 0.6 * Ku, integralTimeS: Tu / 2, derivativeTimeS: Tu / 8 };
}

/**
 * Tyreus–Luyben: PI K_u/3.2, 2.2 T_u; PID K_u/2.2, 2.2 T_u, T_u/6.3. Source: Tyreus & Luyben, Ind. Eng. Chem.
 * Res. 31 (1992) 2625. Meant for lag-dominant processes. Worked value: K_u = 2.2, T_u = 6.3, PID: 1, 13.86,
 * 1.
 */
export function tyreusLuyben(point: UltimatePoint, type: 'pi' | 'pid'): PidTuning {
  const { ultimateGain: Ku, ultimatePeriodS: Tu } = point;
  if (type === 'pi') return { gain: Ku / 3.2, integralTimeS: 2.2 * Tu, derivativeTimeS: 0 };
  return { gain: Ku / 2.2, integralTimeS: 2.2 * Tu, derivativeTimeS: Tu / 6.3 };
}

/**
 * SIMC PI: K_c = T/(K(τ_c + L)), T_i = min(T, 4(τ_c + L)). Source: Skogestad, J. Process Control 13 (2003) 291.
 * τ_c wanted closed-loop time constant, s, above 0; τ_c = L is tight, larger is smoother. Worked value: T = L
 * = K = 1, τ_c = 1: 0.5, 1.
 */
export function simc(model: ProcessModel, closedLoopTimeS: number): PidTuning {
  requireModel(model);
  requirePositive('closedLoopTimeS', closedLoopTimeS);
  const { gain: K, timeConstantS: T, deadTimeS: L } = model;
  const reach = closedLoopTimeS + L;
  return { gain: T / (K * reach), integralTimeS: Math.min(T, 4 * reach), derivativeTimeS: 0 };
}

/**
 * AMIGO. PI: K_c = 0.15/K + (0.35 − LT/(L+T)²) T/(KL), T_i = 0.35 L + 13 L T²/(T² + 12 LT + 7 L²). PID: K_c =
 * (0.2 + 0.45 T/L)/K, T_i = L (0.4 L + 0.8 T)/(L + 0.1 T), T_d = 0.5 LT/(0.3 L + T). Source: Hägglund &
 * Åström, Asian J. Control 4 (2002) 364; J. Process Control 14 (2004) 635. Designed for M_s = 1.4. Worked
 * value: T = L = K = 1, PID: 0.65, 1.09091, 0.384615.
 */
export function amigo(model: ProcessModel, type: 'pi' | 'pid'): PidTuning {
  requireModel(model);
  const { gain: K, timeConstantS: T, deadTimeS: L } = model;
  if (type === 'pi') {
    return {
      gain: 0.15 / K + ((0.35 - (L * T) / (L + T) ** 2) * T) / (K * L),
      integralTimeS: 0.35 * L + (13 * L * T * T) / (T * T + 12 * L * T + 7 * L * L),
      derivativeTimeS: 0,
    };
  }
  return {
    gain: (0.2 + (0.45 * T) / L) / K,
    integralTimeS: (L * (0.4 * L + 0.8 * T)) / (L + 0.1 * T),
    derivativeTimeS: (0.5 * L * T) / (0.3 * L + T),
  };
}
