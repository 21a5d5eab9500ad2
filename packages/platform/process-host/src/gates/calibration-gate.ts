import { accept, refuse } from '@spectra/schemas';
import type { Result, RunWarning } from '@spectra/schemas';
import { calibrationState, missingTypes } from '../catalog/calibration-state.ts';
import type { CalibrationRow } from '../catalog/calibration-state.ts';

export interface CalibratedTool {
  readonly equipmentId: string;
  readonly calibrationIds: string[];
  /** The calibrations that count, as they are on record. */
  readonly calibrations: readonly CalibrationRow[];
  /** By calibration type: reading × factor = true value. */
  readonly factors: Record<string, number>;
  /** Expanded uncertainty (k = 2) in per cent, by calibration type; null where the record tells none. */
  readonly uncertaintyPct: Record<string, number | null>;
  readonly warnings: RunWarning[];
}

/**
 * A tool may run only with a valid calibration of every required type. A missing, revoked or expired one is refused by
 * name and date; one that ends within 30 days is a warning.
 */
export function calibrationGate(tool: {
  equipmentId: string;
  registeredAt: Date;
  required: readonly string[];
  latest: readonly CalibrationRow[];
  nowMs: number;
}): Result<CalibratedTool> {
  const { equipmentId, required, nowMs } = tool;
  const missing = missingCalibrations(tool);
  if (missing.length > 0) {
    return refuse(
      'calibration_missing',
      `Equipment ${equipmentId}: ${missing.join('; ')}`,
      missing.map((message) => ({ path: 'equipment_id', message, value: equipmentId })),
    );
  }
  const counting = tool.latest.filter((calibration) => required.includes(calibration.type));
  const expired = counting.filter((calibration) => calibrationState(calibration, nowMs) === 'expired');
  if (expired.length > 0) {
    return refuse(
      'calibration_expired',
      `Equipment ${equipmentId}: ${expired.map(expiryText).join('; ')}`,
      expired.map((calibration) => ({
        path: 'equipment_id',
        message: expiryText(calibration),
        value: equipmentId,
        limit: { valid_until: calibration.valid_until.toISOString() },
      })),
    );
  }
  const soon = counting.filter((calibration) => calibrationState(calibration, nowMs) === 'expiring_soon');
  return accept({
    equipmentId,
    calibrationIds: counting.map((calibration) => calibration.calibration_id),
    calibrations: counting,
    factors: Object.fromEntries(counting.map((calibration) => [calibration.type, calibration.factor])),
    uncertaintyPct: Object.fromEntries(
      counting.map((calibration) => [calibration.type, calibration.uncertainty_pct]),
    ),
    warnings: soon.map((calibration) => ({
      code: 'calibration_expiring_soon',
      path: 'equipment_id',
      message: `${equipmentId}: the ${calibration.type} calibration ends at ${calibration.valid_until.toISOString()}`,
    })),
  });
}

/** What is lacking, and since when. */
function missingCalibrations(tool: {
  registeredAt: Date;
  required: readonly string[];
  latest: readonly CalibrationRow[];
}): string[] {
  const never = missingTypes(tool.required, tool.latest);
  return tool.required.flatMap((type) => {
    const revoked = tool.latest.find((row) => row.type === type && row.revoked_at !== null);
    if (revoked) {
      return [
        `the ${type} calibration was revoked at ${revoked.revoked_at?.toISOString()} (${revoked.revoked_reason})`,
      ];
    }
    const since = tool.registeredAt.toISOString();
    return never.includes(type) ? [`no ${type} calibration since its registration at ${since}`] : [];
  });
}

function expiryText(calibration: CalibrationRow): string {
  return `the ${calibration.type} calibration expired at ${calibration.valid_until.toISOString()}`;
}
