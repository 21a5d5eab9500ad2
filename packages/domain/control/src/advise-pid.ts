import { maximumSensitivity } from './maximum-sensitivity.ts';
import type { ProcessModel, UltimatePoint } from './process-model.ts';
import { requireModel, ultimatePoint } from './process-model.ts';
import type { LoopPerformance, LoopTest } from './simulate-loop.ts';
import { pidFromTuning, simulateLoop } from './simulate-loop.ts';
import type { PidTuning, RuledTuning, TuningRule } from './tuning-rules.ts';
import { simc, tuningRules } from './tuning-rules.ts';

/** What a tuning shall make small. */
export type OptimizationTarget = 'minimize_overshoot' | 'minimize_ramp_error' | 'minimize_settling_time';

/** A model, a target, how the loop is used, and the tuning in force, if any. */
export type PidAdviceRequest = {
  readonly model: ProcessModel;
  readonly target: OptimizationTarget;
  readonly test: LoopTest;
  readonly outputRatePerS: number;
  readonly present?: PidTuning;
  /** Loops less robust than this are not advised; 2 when left out. */
  readonly sensitivityMax?: number;
};

/** A tuning with its expected performance, by simulation, and its robustness. */
export type JudgedTuning = {
  readonly tuning: PidTuning;
  readonly gains: { readonly kp: number; readonly ki: number; readonly kd: number };
  readonly performance: LoopPerformance;
  readonly sensitivity: number;
};

/** The advised tuning, all rules beside it, and the tuning in force judged the same way. */
export type PidAdvice = JudgedTuning & {
  readonly rule: TuningRule;
  readonly type: 'pi' | 'pid';
  readonly ultimate: UltimatePoint;
  readonly alternatives: readonly (JudgedTuning & Pick<RuledTuning, 'rule' | 'type'>)[];
  readonly present: JudgedTuning | null;
  /** Fall of the target's figure against the present tuning, in per cent of it; null without one. */
  readonly improvementPct: number | null;
};

const SENSITIVITY_MAX = 2;
/** SIMC closed-loop times to try, in dead times: tight to smooth. */
const CLOSED_LOOP_TIMES = [0.7, 1, 1.4, 2, 3, 4.5];

/**
 * The best published tuning for a target: every rule is simulated on the model with the real actuator limits,
 * loops beyond the sensitivity limit are set aside, and the least figure wins; ties go to the smaller
 * integral of error. If no rule is robust enough, the most robust one is advised.
 */
export function advisePid(request: PidAdviceRequest): PidAdvice {
  requireModel(request.model);
  const judged = candidates(request.model).map((entry) => ({ ...entry, ...judge(request, entry.tuning) }));
  const robust = judged.filter((entry) => entry.sensitivity <= (request.sensitivityMax ?? SENSITIVITY_MAX));
  const pool =
    robust.length > 0 ? robust : [judged.reduce((a, b) => (b.sensitivity < a.sensitivity ? b : a))];
  const best = pool.reduce((a, b) => (isBetter(request, b.performance, a.performance) ? b : a));
  const present = request.present ? judge(request, request.present) : null;
  return {
    ...best,
    ultimate: ultimatePoint(request.model),
    alternatives: judged,
    present,
    improvementPct: present ? improvement(request, present.performance, best.performance) : null,
  };
}

function candidates(model: ProcessModel): RuledTuning[] {
  const smooth = CLOSED_LOOP_TIMES.filter((times) => times !== 1).map((times) => ({
    rule: 'simc' as const,
    type: 'pi' as const,
    tuning: simc(model, times * model.deadTimeS),
  }));
  return [...tuningRules(model), ...smooth];
}

function judge(request: PidAdviceRequest, tuning: PidTuning): JudgedTuning {
  const { outputMin, outputMax } = request.test;
  const pid = pidFromTuning(tuning, { outputMin, outputMax, outputRatePerS: request.outputRatePerS });
  return {
    tuning,
    gains: { kp: pid.kp, ki: pid.ki, kd: pid.kd },
    performance: simulateLoop(request.model, pid, request.test),
    sensitivity: maximumSensitivity(request.model, tuning),
  };
}

/** The figure that a target makes small. */
function figure(request: PidAdviceRequest, performance: LoopPerformance): number {
  switch (request.target) {
    case 'minimize_overshoot':
      return performance.overshootPct;
    case 'minimize_ramp_error':
      return performance.rampErrorMax > 0 ? performance.rampErrorMax : performance.integralAbsoluteError;
    case 'minimize_settling_time':
      return performance.settlingTimeS ?? Infinity;
    default:
      return performance.integralAbsoluteError;
  }
}

function isBetter(request: PidAdviceRequest, a: LoopPerformance, b: LoopPerformance): boolean {
  // A loop that never settles is no answer to any target; tiny differences are left to the integral of error.
  if ((a.settlingTimeS === null) !== (b.settlingTimeS === null)) return b.settlingTimeS === null;
  const difference = figure(request, a) - figure(request, b);
  const tie = 1e-3 * Math.max(1, Math.abs(figure(request, b)));
  return Math.abs(difference) > tie ? difference < 0 : a.integralAbsoluteError < b.integralAbsoluteError;
}

function improvement(
  request: PidAdviceRequest,
  before: LoopPerformance,
  after: LoopPerformance,
): number | null {
  const from = figure(request, before);
  const to = figure(request, after);
  if (!Number.isFinite(from)) return Number.isFinite(to) ? 100 : null;
  return from > 0 ? (100 * (from - to)) / from : 0;
}
