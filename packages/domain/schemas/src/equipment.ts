import { z } from 'zod';

const equipmentId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'only letters, digits, dot, underscore and hyphen');

/** A fault that the simulator shall play on a tool; the process definition lists the kinds it knows. */
export const simulatorFaultSchema = z.strictObject({
  kind: z.string().min(1).max(64),
  /** Seconds of tool time after the wafer's start. */
  at_s: z.number().min(0).max(36_000),
  duration_s: z.number().positive().max(36_000).optional(),
  magnitude: z.number().optional(),
});
export type SimulatorFault = z.infer<typeof simulatorFaultSchema>;

/** Settings of a simulated tool: how noisy it is and which faults it plays. */
export const simulatorSettingsSchema = z.strictObject({
  noise_scale: z.number().min(0).max(100).default(1),
  faults: z.array(simulatorFaultSchema).max(20).default([]),
});
export type SimulatorSettings = z.infer<typeof simulatorSettingsSchema>;

export const createEquipmentSchema = z.strictObject({
  process: z.string().min(1).max(32),
  equipment_id: equipmentId,
  name: z.string().min(1).max(200),
  simulator: simulatorSettingsSchema.optional(),
});

/** Only a tool in service takes runs; each change of the state is kept with its reason. */
export const equipmentStatusSchema = z.enum(['in_service', 'out_of_service', 'maintenance']);
export type EquipmentStatus = z.infer<typeof equipmentStatusSchema>;

const changeReason = z.string().min(3).max(500);

/** Puts a tool into service, out of service or into maintenance. */
export const setEquipmentStatusSchema = z.strictObject({
  status: equipmentStatusSchema,
  reason: changeReason,
});

/** One change of a tool's state; `kind` is the state that it came into. */
export const equipmentEventSchema = z.object({
  event_id: z.int(),
  equipment_id: z.string(),
  kind: equipmentStatusSchema,
  reason: z.string(),
  by: z.string(),
  at: z.string(),
});
export type EquipmentEvent = z.infer<typeof equipmentEventSchema>;

export const equipmentSchema = z.object({
  equipment_id: z.string(),
  process: z.string(),
  type: z.string(),
  name: z.string(),
  status: equipmentStatusSchema,
  simulator: simulatorSettingsSchema,
  created_at: z.string(),
});
export type Equipment = z.infer<typeof equipmentSchema>;

/** Calibration states (recipe gates): a missing one has no row and is told by the gate. */
export const calibrationStateSchema = z.enum(['valid', 'expiring_soon', 'expired', 'revoked']);

export const createCalibrationSchema = z.strictObject({
  equipment_id: equipmentId,
  type: z.string().min(1).max(64),
  performed_at: z.iso.datetime({ offset: true }),
  valid_until: z.iso.datetime({ offset: true }),
  certificate: z.string().max(200).optional(),
  /** Correction factor that the calibration found: reading × factor = true value. */
  factor: z.number().min(0.5).max(2).default(1),
  /** Expanded uncertainty of the factor (k = 2) in per cent, as the certificate states it. */
  uncertainty_pct: z.number().min(0).max(50).optional(),
});

export const calibrationSchema = z.object({
  calibration_id: z.uuid(),
  equipment_id: z.string(),
  process: z.string(),
  type: z.string(),
  performed_at: z.string(),
  valid_until: z.string(),
  state: calibrationStateSchema,
  certificate: z.string().nullable(),
  factor: z.number(),
  uncertainty_pct: z.number().nullable(),
  created_by: z.string(),
  created_at: z.string(),
  revoked_at: z.string().nullable(),
  revoked_by: z.string().nullable(),
  revoked_reason: z.string().nullable(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

export const calibrationFilterSchema = z.object({
  equipment_id: z.string().min(1).max(64).optional(),
  type: z.string().min(1).max(64).optional(),
  state: calibrationStateSchema.optional(),
});

/** Takes a calibration back: it never counts again, and the one before it does if it is still valid. */
export const revokeCalibrationSchema = z.strictObject({ reason: changeReason });
