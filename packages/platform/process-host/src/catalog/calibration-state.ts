import type { Calibration } from '@spectra/schemas';
import type { calibrations } from '../tables.ts';

export type CalibrationRow = typeof calibrations.$inferSelect;

/** A calibration that ends within this time is still good, but the person is warned. */
const expiringSoonMs = 30 * 24 * 3_600_000;

/** Valid, expiring soon (30 days) or expired, as of `nowMs`. */
export function calibrationState(validUntil: Date, nowMs: number): Calibration['state'] {
  const leftMs = validUntil.getTime() - nowMs;
  if (leftMs <= 0) return 'expired';
  return leftMs <= expiringSoonMs ? 'expiring_soon' : 'valid';
}

/** The required types for which there is no calibration at all. */
export function missingTypes(required: readonly string[], latest: readonly CalibrationRow[]): string[] {
  return required.filter((type) => !latest.some((calibration) => calibration.type === type));
}

/** A calibration as the API shows it. */
export function toCalibration(row: CalibrationRow, process: string, nowMs: number): Calibration {
  return {
    calibration_id: row.calibration_id,
    equipment_id: row.equipment_id,
    process,
    type: row.type,
    performed_at: row.performed_at.toISOString(),
    valid_until: row.valid_until.toISOString(),
    state: calibrationState(row.valid_until, nowMs),
    certificate: row.certificate,
    factor: row.factor,
    uncertainty_pct: row.uncertainty_pct,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
  };
}
