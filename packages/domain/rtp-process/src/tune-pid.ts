import { tuningRules } from '@spectra/control';
import type { LoopPerformance, PidTuning } from '@spectra/control';
import type { TuneAnswer } from '@spectra/schemas';
import { DEFAULT_GAINS, SPAN_PERCENT_C } from './pid-control.ts';
import { cost, judgeGains, refineGains } from './refine-gains.ts';
import type { GainTest, JudgedGains } from './refine-gains.ts';
import type { PidGains } from './types.ts';

/** What an advice fills in of the answer; the rest is the identified model. */
export type TuningAdvice = Pick<
  TuneAnswer,
  'parameters' | 'expected_performance' | 'rule' | 'robustness' | 'alternatives' | 'present'
> &
  Partial<Pick<TuneAnswer, 'tuning_method'>>;

/** All published rules and the tuning in force are judged as the chamber would run them; the best is refined. */
export function pidAdvice(problem: GainTest): TuningAdvice {
  const ruled = tuningRules(problem.model).map(({ rule, type, tuning }) => ({
    rule: `${rule} (${type})`,
    judged: judgeGains(problem, postedGains(tuning)),
  }));
  const present = judgeGains(problem, DEFAULT_GAINS);
  const start = [...ruled, { rule: 'tuning in force', judged: present }].reduce((a, b) =>
    cost(problem, b.judged) < cost(problem, a.judged) ? b : a,
  );
  const best = refineGains(problem, [start.judged.gains]);
  return {
    parameters: { ...best.gains },
    expected_performance: performanceAnswer(best.performance),
    rule: `${start.rule}, refined by simulation`,
    robustness: { maximum_sensitivity: finiteOrNull(best.sensitivity) },
    alternatives: ruled.map(({ rule, judged }) => ({ rule, ...judgedAnswer(judged) })),
    present: {
      ...judgedAnswer(present),
      improvement_pct: improvementPct(cost(problem, present), cost(problem, best)),
    },
  };
}

function postedGains({ gain, integralTimeS, derivativeTimeS }: PidTuning): PidGains {
  return {
    kp: gain * SPAN_PERCENT_C,
    ki: (gain / integralTimeS) * SPAN_PERCENT_C,
    kd: gain * derivativeTimeS * SPAN_PERCENT_C,
  };
}

function improvementPct(before: number, after: number): number {
  if (!Number.isFinite(before)) return 100;
  return before > 0 ? (100 * (before - after)) / before : 0;
}

function judgedAnswer(judged: JudgedGains): Record<string, unknown> {
  return {
    parameters: judged.gains,
    expected_performance: performanceAnswer(judged.performance),
    maximum_sensitivity: finiteOrNull(judged.sensitivity),
  };
}

/** An unstable loop has no sensitivity. */
function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** An unstable alternative has no finite performance; JSON can only say so with a very large number. */
export function performanceAnswer(performance: LoopPerformance): TuneAnswer['expected_performance'] {
  const bounded = (value: number) => (Number.isFinite(value) ? Math.max(-1e9, Math.min(1e9, value)) : 1e9);
  return {
    overshoot_pct: bounded(performance.overshootPct),
    settling_time_s: performance.settlingTimeS,
    steady_state_error_c: bounded(performance.steadyStateError),
  };
}
