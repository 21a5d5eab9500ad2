import { z } from 'zod';
import { complianceReportSchema } from './compliance.ts';
import {
  authenticationFields,
  namedVersion,
  refuseVersionSchema,
  signVersionSchema,
} from './controlled-document.ts';
import {
  calibrationFilterSchema,
  calibrationSchema,
  createCalibrationSchema,
  createEquipmentSchema,
  equipmentEventSchema,
  equipmentSchema,
  revokeCalibrationSchema,
  setEquipmentStatusSchema,
  simulatorSettingsSchema,
} from './equipment.ts';
import { rpcContract } from './rpc.ts';
import { runOptionsSchema } from './run-request.ts';
import { createSopSchema, createSopVersionSchema, sopSchema } from './sop.ts';
import { channelSchema } from './telemetry.ts';

/** A warning of a gate: accepted, but the person should know. */
export const runWarningSchema = z.object({
  code: z.string(),
  message: z.string(),
  path: z.string().optional(),
});
export type RunWarning = z.infer<typeof runWarningSchema>;

/** What the process service says of a run request that passed its gates. */
export const preparedRunSchema = z.object({
  recipe: z.record(z.string(), z.unknown()),
  recipe_hash: z.string(),
  /** Tools that may take the run, best first; the dispatcher takes the first free one. */
  equipment_ids: z.array(z.string()).min(1),
  sop_id: z.uuid(),
  /** The named recipe and its version; null for a recipe that was posted with the run. */
  recipe_id: z.uuid().nullable().default(null),
  recipe_version: z.int().nullable().default(null),
  calibration_ids: z.array(z.uuid()),
  layer: z.string().optional(),
  run_to_run: z.enum(['as_sop', 'apply', 'skip']).optional(),
  warnings: z.array(runWarningSchema),
  /** Tool time that the run will need. */
  estimated_tool_time_s: z.number(),
  default_time_scale: z.number(),
  /** The run judged by the rules of its creation; absent in runs of before there were rules. */
  compliance: complianceReportSchema.optional(),
  /** The process whose outcome this one starts from: a run of it among the dependencies becomes the source. */
  upstream_process: z.string().nullable().optional(),
});
export type PreparedRun = z.infer<typeof preparedRunSchema>;

/** The recorded outcome of a wafer in one process, from which the next process starts. */
export const waferRecordSchema = z.object({
  run_id: z.string(),
  wafer_id: z.string(),
  process: z.string(),
  outcome: z.record(z.string(), z.unknown()),
  recorded_at: z.string(),
});
export type WaferRecord = z.infer<typeof waferRecordSchema>;

const page = { limit: z.int().min(1).max(100), offset: z.int().min(0) };
const oneSop = { sop_id: z.uuid() };
const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), total: z.int() });

/** Abilities that every process service has; its service name is the process id. */
export const processRpc = {
  prepareRun: rpcContract(
    'prepare-run',
    z.object({ recipe: z.record(z.string(), z.unknown()), options: runOptionsSchema }),
    preparedRunSchema,
  ),
  describe: rpcContract(
    'describe',
    z.object({}),
    z.object({
      process: z.string(),
      title: z.string(),
      equipment_type: z.string(),
      channels: z.array(channelSchema),
      calibration_types: z.array(z.string()),
      fault_kinds: z.array(z.object({ kind: z.string(), meaning: z.string() })),
    }),
  ),
  waferRecord: rpcContract(
    'wafer-record',
    z.object({ wafer_id: z.string().optional(), run_id: z.string().optional() }),
    z.object({ record: waferRecordSchema.nullable() }),
  ),
  listEquipment: rpcContract('list-equipment', z.object(page), listOf(equipmentSchema)),
  getEquipment: rpcContract(
    'get-equipment',
    z.object({ equipment_id: z.string() }),
    equipmentSchema.extend({
      calibrations: z.array(calibrationSchema),
      missing_calibrations: z.array(z.string()),
    }),
  ),
  createEquipment: rpcContract('create-equipment', createEquipmentSchema, equipmentSchema),
  setSimulator: rpcContract(
    'set-simulator',
    z.object({ equipment_id: z.string(), simulator: simulatorSettingsSchema }),
    equipmentSchema,
  ),
  setEquipmentStatus: rpcContract(
    'set-equipment-status',
    setEquipmentStatusSchema.extend({ equipment_id: z.string() }),
    equipmentSchema,
  ),
  listEquipmentEvents: rpcContract(
    'list-equipment-events',
    z.object({ ...page, equipment_id: z.string() }),
    listOf(equipmentEventSchema),
  ),
  listCalibrations: rpcContract(
    'list-calibrations',
    calibrationFilterSchema.extend(page),
    listOf(calibrationSchema),
  ),
  getCalibration: rpcContract('get-calibration', z.object({ calibration_id: z.uuid() }), calibrationSchema),
  revokeCalibration: rpcContract(
    'revoke-calibration',
    revokeCalibrationSchema.extend({ calibration_id: z.uuid() }),
    calibrationSchema,
  ),
  createCalibration: rpcContract('create-calibration', createCalibrationSchema, calibrationSchema),
  listSops: rpcContract('list-sops', z.object(page), listOf(sopSchema)),
  getSop: rpcContract('get-sop', z.object({ ...oneSop, ...namedVersion }), sopSchema),
  listSopVersions: rpcContract('list-sop-versions', z.object({ ...oneSop, ...page }), listOf(sopSchema)),
  createSop: rpcContract('create-sop', createSopSchema, sopSchema),
  createSopVersion: rpcContract('create-sop-version', createSopVersionSchema.extend(oneSop), sopSchema),
  approveSop: rpcContract(
    'approve-sop',
    signVersionSchema.extend({ ...oneSop, ...authenticationFields }),
    sopSchema,
  ),
  rejectSop: rpcContract('reject-sop', refuseVersionSchema.extend(oneSop), sopSchema),
  retireSop: rpcContract('retire-sop', refuseVersionSchema.extend(oneSop), sopSchema),
} as const;
