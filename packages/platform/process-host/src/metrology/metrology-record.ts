import type { MetrologyRecord } from '@spectra/schemas';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import type { metrology } from '../prediction-tables.ts';

export type MetrologyRow = typeof metrology.$inferSelect;

/** A measurement as the API tells it, with the unit of its parameter. */
export function toMetrologyRecord<T extends ProcessTypes>(
  row: MetrologyRow,
  definition: Pick<ProcessDefinition<T>, 'id' | 'metrology'>,
): MetrologyRecord {
  const parameter = definition.metrology.find((each) => each.parameter === row.parameter);
  return {
    metrology_id: row.metrology_id,
    process: definition.id,
    run_id: row.run_id,
    wafer_id: row.wafer_id,
    lot_id: row.lot_id,
    parameter: row.parameter,
    value: row.value,
    unit: parameter?.unit ?? '',
    uncertainty: row.uncertainty,
    tool: row.tool === '' ? null : row.tool,
    sites: row.sites,
    measured_at: row.measured_at.toISOString(),
    recorded_at: row.recorded_at.toISOString(),
    recorded_by: row.recorded_by,
  };
}
