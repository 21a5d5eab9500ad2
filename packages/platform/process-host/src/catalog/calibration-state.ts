import { and, gt, isNotNull, isNull, lte } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Calibration } from '@spectra/schemas';
import { calibrations } from '../tables.ts';

export type CalibrationRow = typeof calibrations.$inferSelect;

/** A calibration that ends within this time is still good, but the person is warned. */
const expiringSoonMs = 30 * 24 * 3_600_000;

/** Revoked, or valid, expiring soon (30 days) or expired, as of `nowMs`. */
export function calibrationState(
  row: Pick<CalibrationRow, 'valid_until' | 'revoked_at'>,
  nowMs: number,
): Calibration['state'] {
  if (row.revoked_at !== null) return 'revoked';
  const leftMs = row.valid_until.getTime() - nowMs;
  if (leftMs <= 0) return 'expired';
  return leftMs <= expiringSoonMs ? 'expiring_soon' : 'valid';
}

/** The same states as a condition on rows. */
export function isInState(state: Calibration['state'], nowMs: number): SQL | undefined {
  if (state === 'revoked') return isNotNull(calibrations.revoked_at);
  const [now, soon] = [new Date(nowMs), new Date(nowMs + expiringSoonMs)];
  const { valid_until: end } = calibrations;
  const within = {
    expired: lte(end, now),
    expiring_soon: and(gt(end, now), lte(end, soon)),
    valid: gt(end, soon),
  };
  return and(isNull(calibrations.revoked_at), within[state]);
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
    state: calibrationState(row, nowMs),
    certificate: row.certificate,
    factor: row.factor,
    uncertainty_pct: row.uncertainty_pct,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
    revoked_by: row.revoked_by,
    revoked_reason: row.revoked_reason,
  };
}
