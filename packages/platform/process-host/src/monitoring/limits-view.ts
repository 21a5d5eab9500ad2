import type { SpcLimits } from '@spectra/schemas';
import type { ProcessDefinition, ProcessTypes, RunChart } from '@spectra/run-engine';
import type { LimitsRow } from '../monitoring-tables.ts';

type Definition<T extends ProcessTypes> = Pick<ProcessDefinition<T>, 'id' | 'monitoring'>;

/** Stored limits in the words of the wire. */
export function limitsView<T extends ProcessTypes>(
  definition: Definition<T>,
  row: LimitsRow,
  inForce: boolean,
): SpcLimits {
  return {
    limit_id: row.limit_id,
    process: definition.id,
    parameter: row.chart,
    unit: chartOf(definition, row.chart)?.unit ?? '',
    equipment_id: row.equipment_id,
    family: row.family === '' ? null : row.family,
    center: row.center,
    sigma: row.sigma,
    ...controlLimits(row),
    method: row.method,
    rules: row.rules,
    spec_limits: specLimitsOf(row),
    phase_one: row.phase_one,
    capability: row.capability,
    version: row.version,
    in_force: inForce,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    comment: row.comment,
  };
}

/** Three sigma to both sides. */
export function controlLimits({ center, sigma }: Pick<LimitsRow, 'center' | 'sigma'>) {
  return { lower: center - 3 * sigma, upper: center + 3 * sigma };
}

/** The chart of a parameter; null when the process draws none. */
export function chartOf<T extends ProcessTypes>(
  { monitoring }: Pick<ProcessDefinition<T>, 'monitoring'>,
  parameter: string,
): RunChart | null {
  return monitoring.charts.find((chart) => chart.parameter === parameter) ?? null;
}

/** Limits in a few words, as they stand beside points. */
export function shortLimits(row: LimitsRow) {
  const { limit_id, version, center } = row;
  return { limit_id, version, center, ...controlLimits(row) };
}

function specLimitsOf({ spec_lower, spec_upper, spec_target }: LimitsRow): SpcLimits['spec_limits'] {
  if (spec_lower === null && spec_upper === null) return null;
  return { lower: spec_lower, upper: spec_upper, target: spec_target };
}
