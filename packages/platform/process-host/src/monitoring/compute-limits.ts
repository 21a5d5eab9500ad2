import { analyze } from '@spectra/spc';
import { phaseOnePointsMin, refuse } from '@spectra/schemas';
import type { CreateLimits, FieldError, Result, SpcLimits } from '@spectra/schemas';
import type { PointRow } from '../monitoring-tables.ts';
import { inWireNames } from '../tools/chart-words.ts';
import { judgePoints } from './judge-points.ts';

/** Limits before they have an id and a version, and how each point of their span stands to them. */
export interface ComputedLimits {
  readonly center: number;
  readonly sigma: number;
  readonly method: string;
  readonly phaseOne: SpcLimits['phase_one'];
  readonly capability: SpcLimits['capability'];
  readonly points: readonly { row: PointRow; excluded: string | null; rules: number[] }[];
}

/** Points of one phase I at most. */
export const phaseOnePointsMax = 5_000;

/**
 * Limits of a chart of single values: centre and sigma of the span's points without those that have an assignable
 * cause, by mean moving range or standard deviation; or numbers as given. Pure; `rows` are oldest first.
 */
export function computeLimits(asked: CreateLimits, rows: readonly PointRow[]): Result<ComputedLimits> {
  const { basis } = asked;
  if (basis.kind === 'given') {
    const { center, sigma } = basis;
    return {
      ok: true,
      value: { center, sigma, method: 'given', phaseOne: null, capability: null, points: [] },
    };
  }
  const unknown = unusedExclusions(basis.exclude, rows);
  if (unknown.length > 0)
    return refuse('validation_failed', 'An exclusion names no point of the span', unknown);
  const causes = rows.map((row) => causeOf(row, basis.exclude));
  const kept = rows.filter((_, index) => causes[index] === null);
  if (kept.length < phaseOnePointsMin) {
    const message = `holds ${kept.length} points that are not excluded; ${phaseOnePointsMin} are needed`;
    const limit = { minimum: phaseOnePointsMin };
    return refuse('validation_failed', `The span ${message}`, [
      { path: 'basis.from', message, value: kept.length, limit },
    ]);
  }
  const analysis = analyze({
    chart: 'i_mr',
    data: kept.map((row) => row.value),
    params: { sigmaMethod: basis.method },
    ...(asked.spec_limits === undefined ? {} : { specLimits: definedOf(asked.spec_limits) }),
  });
  if (!analysis.ok) return spanFault(analysis.detail);
  const { baseline, capability } = analysis.value;
  const { center, sigma } = baseline;
  if (!(sigma > 0)) return spanFault('the points of the span do not vary; limits need values that do');
  const frozen = { center, sigma, rules: asked.rules, spec_lower: null, spec_upper: null };
  const judged = judgePoints(
    frozen,
    [],
    kept.map((row) => row.value),
  );
  const rulesOf = new Map(kept.map((row, index) => [row, judged[index]?.rules ?? []]));
  return {
    ok: true,
    value: {
      center,
      sigma,
      method: basis.method,
      capability: capability && inWireNames(capability),
      phaseOne: {
        from: new Date(basis.from).toISOString(),
        to: new Date(basis.to).toISOString(),
        points: kept.length,
        excluded: basis.exclude.map(({ run_id, wafer_index = null, cause }) => ({
          run_id,
          wafer_index,
          cause,
        })),
        excluded_points: rows.length - kept.length,
        out_of_control: judged.filter(({ rules }) => rules.length > 0).length,
      },
      points: rows.map((row, index) => ({
        row,
        excluded: causes[index] ?? null,
        rules: rulesOf.get(row) ?? [],
      })),
    },
  };
}

type Exclusions = (CreateLimits['basis'] & { kind: 'span' })['exclude'];

/** The cause for which a point is left out; null when it counts. */
export function causeOf(
  row: Pick<PointRow, 'run_id' | 'wafer_index'>,
  exclude: readonly { run_id: string; wafer_index?: number | null | undefined; cause: string }[],
): string | null {
  const found = exclude.find(
    (one) => one.run_id === row.run_id && (one.wafer_index ?? row.wafer_index) === row.wafer_index,
  );
  return found?.cause ?? null;
}

function unusedExclusions(exclude: Exclusions, rows: readonly PointRow[]): FieldError[] {
  return exclude.flatMap((one, index) =>
    rows.some((row) => causeOf(row, [one]) !== null)
      ? []
      : [{ path: `basis.exclude.${index}.run_id`, message: 'names no point of the span', value: one.run_id }],
  );
}

function spanFault(detail: string): Result<never> {
  return refuse('validation_failed', detail, [{ path: 'basis', message: detail }]);
}

function definedOf(limits: NonNullable<CreateLimits['spec_limits']>) {
  const { lower, upper, target } = limits;
  return {
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
    ...(target === undefined ? {} : { target }),
  };
}
