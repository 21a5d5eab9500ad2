import { analyze } from '@spectra/spc';
import type { Analysis, AnalyzeParams, AnalyzeRequest } from '@spectra/spc';
import { accept, refuse } from '@spectra/schemas';
import type { Result, SpcCheckParams, SpcCheckResult } from '@spectra/schemas';

/** The task behind `spc.check`: one control chart from scratch, in the words of the wire. */
export function checkSeries(params: SpcCheckParams): Result<SpcCheckResult> {
  const analysis = analyze(requestOf(params));
  if (!analysis.ok) {
    return refuse('validation_failed', analysis.detail, [{ path: 'params.data', message: analysis.detail }]);
  }
  return accept(answerOf(analysis.value));
}

function requestOf({ chart, data, sizes, params, rules, spec_limits }: SpcCheckParams): AnalyzeRequest {
  return {
    chart,
    data,
    rules,
    ...(sizes === undefined ? {} : { sizes }),
    ...(params === undefined ? {} : { params: settingsOf(params) }),
    ...(spec_limits === undefined ? {} : { specLimits: given(spec_limits) }),
  };
}

function settingsOf(params: NonNullable<SpcCheckParams['params']>): AnalyzeParams {
  return given({
    baseline: params.baseline,
    phaseOneCount: params.phase_one_count,
    target: params.target,
    weight: params.weight,
    widthSigma: params.width_sigma,
    allowanceSigma: params.allowance_sigma,
    decisionSigma: params.decision_sigma,
    headStartSigma: params.head_start_sigma,
    shiftSigma: params.shift_sigma,
  });
}

/** The same object without the fields that are not there. */
function given<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

function answerOf({ chart, baseline, series, capability, runLengths }: Analysis): SpcCheckResult {
  return {
    chart,
    center: baseline.center,
    sigma: baseline.sigma,
    sigma_method: baseline.method,
    in_control: series.every(({ points }) => points.every((point) => point.rules.length === 0)),
    series: series.map(({ statistic, points }) => ({
      statistic,
      points: points.map(({ value, center, lower, upper, rules }) => ({
        value,
        center,
        lower,
        upper,
        rules: [...rules],
      })),
    })),
    capability: capability === null ? null : inWireNames(capability),
    run_lengths: runLengths === null ? null : inWireNames(runLengths),
  };
}

/** `outsidePpm` becomes `outside_ppm`. */
function inWireNames<Value>(fields: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
