import { z } from 'zod';
import { rpcContract } from './rpc.ts';
import { vmPredictionSchema } from './run.ts';

const idText = z.string().min(1).max(64);

/** Shadow: computed and told, but physics counts. Active: counts. Retired: kept for the record. */
export const vmStageSchema = z.enum(['shadow', 'active', 'retired']);
export type VmStage = z.infer<typeof vmStageSchema>;

/** `POST /api/vm/predict`: of a run that was recorded, or of a recipe as planned. */
export const vmPredictSchema = z.strictObject({
  process: z.string().min(1).max(32),
  run_id: idText.optional(),
  recipe: z.record(z.string(), z.unknown()).optional(),
  /** The tool that shall do the recipe; without it the part of a correction that is a tool's own is left out. */
  equipment_id: idText.optional(),
  /** The run of the process before that made the wafer, where the recipe itself names none. */
  source_run_id: idText.optional(),
});

const vmPredictReplySchema = z.object({
  process: z.string(),
  run_id: z.string().nullable(),
  wafers: z.array(
    z.object({
      wafer_id: z.string().nullable(),
      family: z.string(),
      predictions: z.array(vmPredictionSchema),
    }),
  ),
});

/** A learnt correction of one parameter in one recipe family. */
export const vmModelSchema = z.object({
  model_id: z.uuid(),
  process: z.string(),
  family: z.string(),
  parameter: z.string(),
  unit: z.string(),
  version: z.int(),
  stage: vmStageSchema,
  wafers: z.int(),
  /** Root mean square errors on wafers left out one by one: physics alone, and corrected. */
  physics_rmse: z.number(),
  corrected_rmse: z.number(),
  /** Share of the error that the correction takes away, in per cent. */
  error_fall_pct: z.number(),
  /** The paired test that lets a model out of shadow. */
  evidence: z.object({ t: z.number(), t_needed: z.number(), proven: z.boolean(), tenable: z.boolean() }),
  created_at: z.string(),
  created_by: z.string(),
});
export type VmModel = z.infer<typeof vmModelSchema>;

const stageChangeSchema = z.object({
  model_version: z.int(),
  from: vmStageSchema.nullable(),
  to: vmStageSchema,
  reason: z.string(),
  by: z.string(),
  at: z.string(),
});

const vmModelViewSchema = vmModelSchema.extend({
  correction: z.object({
    kind: z.literal('ridge'),
    offset: z.number(),
    penalty: z.number(),
    residual_sigma: z.number(),
    /** Change of the prediction per unit of each feature, around its mean. */
    features: z.array(z.object({ name: z.string(), per_unit: z.number(), mean: z.number() })),
  }),
  /** Drift watch of the family's active model: sums of standardised residuals and their limit, in sigmas. */
  watch: z.object({
    upper: z.number(),
    lower: z.number(),
    decision: z.number(),
    checked: z.array(z.object({ physics_error: z.number(), corrected_error: z.number() })),
  }),
  /** Versions of the same family and parameter, the newest first. */
  versions: z.array(vmModelSchema),
  history: z.array(stageChangeSchema),
});

export const vmDecisionSchema = z.strictObject({ reason: z.string().min(3).max(500) });
const byModel = z.object({ model_id: z.uuid() });

/** Virtual metrology abilities of every process service. */
export const vmRpc = {
  predict: rpcContract('vm-predict', vmPredictSchema, vmPredictReplySchema),
  listModels: rpcContract(
    'vm-models',
    z.object({
      limit: z.int().min(1).max(100),
      offset: z.int().min(0),
      family: z.string().optional(),
      parameter: z.string().optional(),
      stage: vmStageSchema.optional(),
    }),
    z.object({ items: z.array(vmModelSchema), total: z.int() }),
  ),
  getModel: rpcContract('vm-model', byModel, vmModelViewSchema),
  promoteModel: rpcContract('vm-promote', byModel.extend(vmDecisionSchema.shape), vmModelSchema),
  retireModel: rpcContract('vm-retire', byModel.extend(vmDecisionSchema.shape), vmModelSchema),
} as const;
