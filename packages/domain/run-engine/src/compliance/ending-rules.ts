import type { AttemptEnding, ComplianceRule, Judgement } from './compliance-rule.ts';
import { failed, notApplicable, notDetermined, passed, warned } from './compliance-rule.ts';

/** Rules on what really happened, the same for every process. */
export const endingRules: readonly ComplianceRule[] = [
  atEnd({
    id: 'completion',
    title: 'Run completed',
    requirement: 'Every wafer of the run went through its whole recipe',
    weight: 'required',
    judge: (ending) => {
      const { kind, reason, wafersAsked, wafersDone } = ending;
      const evidence = { ending: kind, reason, wafers_asked: wafersAsked, wafers_done: wafersDone };
      return kind === 'completed' && wafersDone === wafersAsked
        ? passed(`${wafersDone} of ${wafersAsked} wafers`, evidence)
        : failed(`${kind} after ${wafersDone} of ${wafersAsked} wafers: ${reason ?? 'no reason'}`, evidence);
    },
  }),
  atEnd({
    id: 'interlocks',
    title: 'No interlock tripped',
    requirement: 'No condition forced the tool into its safe state',
    weight: 'required',
    judge: ({ trip, exposed }) => {
      if (!exposed && (trip === null || trip === 'unknown')) return notApplicable('No wafer was processed');
      if (trip === null) return passed('No interlock tripped', {});
      if (trip === 'unknown')
        return notDetermined('The worker was lost before it could tell of an interlock');
      return failed(`${trip.id}: ${trip.message} (${trip.value}, limit ${trip.limit})`, { ...trip });
    },
  }),
  atEnd({
    id: 'lease_fencing',
    title: 'Tool held under one lease',
    requirement: 'The attempt held the lease of its tool from its first to its last command',
    weight: 'required',
    judge: ({ attempt, leaseToken, leaseKept, reason }) => {
      if (leaseToken === null) return notApplicable('No attempt took a tool');
      const evidence = { attempt, lease_token: leaseToken };
      return leaseKept
        ? passed(`Attempt ${attempt} held the tool under token ${leaseToken}`, evidence)
        : failed(`Attempt ${attempt} lost the tool: ${reason ?? 'lease lost'}`, evidence);
    },
  }),
  atEnd({
    id: 'exposure',
    title: 'Each wafer exposed once',
    requirement: 'No wafer was exposed twice, and none was left half way',
    weight: 'required',
    judge: judgeExposure,
  }),
  atEnd({
    id: 'spc',
    title: 'Statistical process control',
    requirement: 'No point of the run lies outside the limits of its chart, and no alert was raised',
    weight: 'advised',
    judge: ({ outcome }) => {
      if (outcome === null) return notApplicable('Charts take completed runs only');
      const out = outcome.spc.filter((point) => point.rule !== null);
      const evidence = { alerts: outcome.spcAlertsCount, points: outcome.spc.length, out_of_control: out };
      return outcome.spcAlertsCount === 0
        ? passed(`${outcome.spc.length} points in control`, evidence)
        : warned(`${outcome.spcAlertsCount} alerts`, evidence);
    },
  }),
  atEnd({
    id: 'records',
    title: 'Records kept',
    requirement: 'Telemetry and log are kept, each file under its SHA-256',
    weight: 'required',
    judge: ({ attempt, framesRecorded, files, exposed }) => {
      if (attempt === 0) return notApplicable('No attempt was made, so there is nothing to keep');
      const evidence = { frames: framesRecorded, files };
      const kinds = new Set(files.map((file) => file.kind));
      const missing = [...(exposed ? ['telemetry'] : []), 'logs'].filter((kind) => !kinds.has(kind));
      return missing.length === 0
        ? passed(`${files.length} files, ${framesRecorded ?? 'an unknown number of'} frames`, evidence)
        : failed(`Not kept: ${missing.join(', ')}`, evidence);
    },
  }),
];

/** A finished wafer's number that has to lie between two limits. */
export interface WaferTolerance {
  readonly id: string;
  readonly title: string;
  readonly requirement: string;
  readonly weight: 'required' | 'advised';
  /** Name of the wafer metric; its unit stands last. */
  readonly metric: string;
  readonly low?: number;
  readonly high?: number;
}

/** A rule that every finished wafer keeps to a tolerance: what most rules that a process brings are. */
export function toleranceRule(tolerance: WaferTolerance): ComplianceRule {
  const { metric, low, high } = tolerance;
  const limit = { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
  return atEnd({
    ...tolerance,
    judge: ({ outcome }) => {
      if (outcome === null) return notDetermined('The run was not completed');
      const values = outcome.waferMetrics.map((metrics) => metrics[metric] ?? null);
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return notApplicable(`No wafer has a ${metric}`);
      const evidence = { metric, limit, values };
      const out = known.filter((value) => (low ?? -Infinity) > value || value > (high ?? Infinity));
      return out.length === 0
        ? passed(`${known.length} wafers, ${extremes(known)}`, evidence)
        : failed(`${out.length} of ${known.length} wafers out of tolerance, ${extremes(known)}`, evidence);
    },
  });
}

function judgeExposure(ending: AttemptEnding): Judgement {
  const { kind, exposed, resumed, wafersAsked, wafersDone, attempt } = ending;
  const evidence = { attempt, exposed, resumed, wafers_done: wafersDone, wafers_asked: wafersAsked };
  if (!exposed) return passed('No wafer saw energy', evidence);
  if (kind !== 'completed' && wafersDone < wafersAsked) {
    return failed(`Wafer ${wafersDone + 1} of ${wafersAsked} was left in its process`, evidence);
  }
  return resumed
    ? warned('An interrupted wafer was taken up again and finished to its setpoint', evidence)
    : passed('Each wafer was exposed once, without interruption', evidence);
}

function atEnd(
  rule: Omit<ComplianceRule, 'stages' | 'judge'> & { judge(ending: AttemptEnding): Judgement },
): ComplianceRule {
  const { id, title, requirement, weight } = rule;
  return {
    id,
    title,
    requirement,
    weight,
    stages: ['end'],
    judge: ({ ending }) => (ending === null ? notDetermined('The run has not ended') : rule.judge(ending)),
  };
}

function extremes(values: readonly number[]): string {
  const text = (value: number) => String(Number(value.toPrecision(4)));
  return `${text(Math.min(...values))} to ${text(Math.max(...values))}`;
}
