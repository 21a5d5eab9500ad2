import { expect, test } from 'vitest';
import type { CalibrationRow } from '../catalog/calibration-state.ts';
import { calibrationGate } from './calibration-gate.ts';

const nowMs = Date.parse('2026-06-01T00:00:00Z');
const dayMs = 24 * 3_600_000;
const registeredAt = new Date(nowMs - 200 * dayMs);

function calibration(type: string, daysLeft: number, factor = 1): CalibrationRow {
  return {
    org_id: '00000000-0000-4000-8000-000000000001',
    calibration_id: `00000000-0000-4000-8000-0000000000${type.length.toString().padStart(2, '0')}`,
    equipment_id: 'T-1',
    type,
    performed_at: new Date(nowMs - 100 * dayMs),
    valid_until: new Date(nowMs + daysLeft * dayMs),
    certificate: null,
    factor,
    uncertainty_pct: null,
    created_by: 'someone',
    created_at: new Date(nowMs - 100 * dayMs),
    revoked_at: null,
    revoked_by: null,
    revoked_reason: null,
  };
}

const gate = (latest: CalibrationRow[]) =>
  calibrationGate({ equipmentId: 'T-1', registeredAt, required: ['level', 'flow'], latest, nowMs });

test('valid calibrations of every type pass and hand on their factors', () => {
  const result = gate([calibration('level', 200, 1.02), calibration('flow', 200, 0.99)]);
  expect(result.ok && result.value.factors).toEqual({ level: 1.02, flow: 0.99 });
  expect(result.ok && result.value.warnings).toEqual([]);
});

test('what a record tells of its uncertainty goes along, and what it does not tell is null', () => {
  const certified = { ...calibration('level', 200), uncertainty_pct: 0.4 };
  const result = gate([certified, calibration('flow', 200)]);
  expect(result.ok && result.value.uncertaintyPct).toEqual({ level: 0.4, flow: null });
});

test('a missing calibration is refused by name and since when, also when others are valid', () => {
  const result = gate([calibration('level', 200)]);
  expect(!result.ok && result.refusal).toMatchObject({
    code: 'calibration_missing',
    detail: `Equipment T-1: no flow calibration since its registration at ${registeredAt.toISOString()}`,
  });
});

test('an expired calibration is refused with the moment since when', () => {
  const result = gate([calibration('level', 200), calibration('flow', -1)]);
  expect(!result.ok && result.refusal.code).toBe('calibration_expired');
  expect(!result.ok && result.refusal.detail).toContain(
    'flow calibration expired at 2026-05-31T00:00:00.000Z',
  );
});

test('the last moment of a calibration is expired, the one before is not', () => {
  expect(gate([calibration('level', 0), calibration('flow', 200)]).ok).toBe(false);
  expect(gate([calibration('level', 1e-6), calibration('flow', 200)]).ok).toBe(true);
});

test('one that ends within 30 days passes with a warning', () => {
  const result = gate([calibration('level', 29), calibration('flow', 31)]);
  expect(result.ok && result.value.warnings.map((warning) => warning.code)).toEqual([
    'calibration_expiring_soon',
  ]);
});

test('calibrations that the process does not ask for change nothing', () => {
  expect(gate([calibration('level', 200), calibration('flow', 200), calibration('smell', -500)]).ok).toBe(
    true,
  );
});

test('a revoked calibration is as good as none, and the refusal tells since when and why', () => {
  const revoked = {
    ...calibration('level', 100),
    revoked_at: new Date(nowMs - dayMs),
    revoked_by: 'someone',
    revoked_reason: 'standard was broken',
  };
  const result = gate([revoked, calibration('flow', 100)]);
  expect(!result.ok && result.refusal).toMatchObject({
    code: 'calibration_missing',
    detail:
      'Equipment T-1: the level calibration was revoked at 2026-05-31T00:00:00.000Z (standard was broken)',
  });
});
