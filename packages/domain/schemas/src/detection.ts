import { z } from 'zod';
import { rpcContract } from './rpc.ts';

const page = { limit: z.int().min(1).max(100), offset: z.int().min(0) };
const familyText = z.string().min(1).max(200);

/** Learning: scores wafers and alarms nobody; active: alarms; retired: replaced or put aside. */
export const detectionStageSchema = z.enum(['learning', 'active', 'retired']);

const whereFrom = z.object({
  wafers: z.int(),
  first_run_id: z.string(),
  last_run_id: z.string(),
  from: z.string(),
  to: z.string(),
});

/** A model of what the channels of one tool do together in good runs of one recipe family. */
export const detectionModelSchema = z.object({
  model_id: z.uuid(),
  process: z.string(),
  equipment_id: z.string(),
  family: z.string(),
  version: z.int(),
  stage: detectionStageSchema,
  features: z.array(z.string()),
  components: z.int(),
  explained_share: z.number(),
  confidence: z.number(),
  limits: z.object({ t2: z.number(), spe: z.number() }),
  learnt_from: whereFrom,
  /** Good wafers that the model scored since, and how many of them it called faulty. */
  scored: z.int(),
  called_faulty: z.int(),
  created_by: z.string(),
  created_at: z.string(),
  stage_changed_by: z.string(),
  stage_changed_at: z.string(),
});
export type DetectionModelRecord = z.infer<typeof detectionModelSchema>;

/** What detection says of a wafer: its statistics, their limits, and the features that put it there. */
export const detectedWaferSchema = z.object({
  process: z.string(),
  run_id: z.string(),
  wafer_index: z.int(),
  wafer_id: z.string(),
  equipment_id: z.string(),
  family: z.string(),
  at: z.string(),
  good: z.boolean(),
  features: z.record(z.string(), z.number()),
  score: z
    .object({
      model_id: z.uuid(),
      t2: z.number(),
      t2_limit: z.number(),
      spe: z.number(),
      spe_limit: z.number(),
      faulty: z.boolean(),
      contributions: z.array(z.object({ feature: z.string(), share: z.number() })),
    })
    .nullable(),
});
export type DetectedWafer = z.infer<typeof detectedWaferSchema>;

/** Body of `POST /api/fdc/models`: learn from the good wafers of a tool and family now. */
export const learnDetectionSchema = z.strictObject({
  equipment_id: z.string().min(1).max(64),
  family: familyText,
});

export const detectionFilterFields = {
  equipment_id: z.string().min(1).max(64).optional(),
  family: familyText.optional(),
};

const byModel = z.object({ model_id: z.uuid() });

/** Detection across channels, in every process service. */
export const detectionRpc = {
  listModels: rpcContract(
    'list-detection-models',
    z.object({ ...detectionFilterFields, stage: detectionStageSchema.optional(), ...page }),
    z.object({ items: z.array(detectionModelSchema), total: z.int() }),
  ),
  getModel: rpcContract('get-detection-model', byModel, detectionModelSchema),
  learnModel: rpcContract('learn-detection-model', learnDetectionSchema, detectionModelSchema),
  setStage: rpcContract(
    'set-detection-stage',
    byModel.extend({ stage: z.enum(['active', 'retired']) }),
    detectionModelSchema,
  ),
  listWafers: rpcContract(
    'list-detected-wafers',
    z.object({
      ...detectionFilterFields,
      run_id: z.string().min(1).max(64).optional(),
      faulty: z.boolean().optional(),
      ...page,
    }),
    z.object({ items: z.array(detectedWaferSchema), total: z.int() }),
  ),
} as const;
