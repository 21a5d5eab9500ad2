import { z } from 'zod';
import { rpcContract } from './rpc.ts';

const idText = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9._-]+$/, 'only letters, digits, dot, underscore and hyphen');

const sitesMax = 500;
const measurementsMax = 200;
const radiusMmMax = 150;

/** One site of a map: where on the wafer, seen from its centre, and what was found. */
export const metrologySiteSchema = z.strictObject({
  x_mm: z.number().min(-radiusMmMax).max(radiusMmMax),
  y_mm: z.number().min(-radiusMmMax).max(radiusMmMax),
  value: z.number(),
});

/** What a measurement tells. Its unit is fixed by the parameter; which parameters there are, the process says. */
const measurementFields = {
  wafer_id: idText,
  lot_id: idText.optional(),
  /** The run that made what was measured; without it the wafer's last run of the process before the measurement. */
  run_id: idText.optional(),
  parameter: z.string().min(1).max(64),
  value: z.number(),
  /** One standard deviation, in the unit of the value. */
  uncertainty: z.number().min(0).optional(),
  /** The instrument. */
  tool: idText.optional(),
  measured_at: z.iso.datetime({ offset: true }).optional(),
  sites: z.array(metrologySiteSchema).min(1).max(sitesMax).optional(),
};
export const measurementSchema = z.strictObject(measurementFields);
export type Measurement = z.infer<typeof measurementSchema>;

/** `POST /api/metrology`: one measurement as it stands, or many in a list; all of one process, all or none stored. */
export const postMetrologySchema = z
  .strictObject({
    process: z.string().min(1).max(32),
    ...z.strictObject(measurementFields).partial().shape,
    measurements: z.array(measurementSchema).min(1).max(measurementsMax).optional(),
  })
  .superRefine(({ process: _process, measurements, ...one }, context) => {
    if (measurements === undefined) {
      for (const name of ['wafer_id', 'parameter', 'value'] as const) {
        if (one[name] !== undefined) continue;
        context.addIssue({ code: 'custom', path: [name], message: 'is required, or a list of measurements' });
      }
      return;
    }
    for (const name of Object.keys(one)) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: 'stands beside measurements; give one of both',
      });
    }
  });

/** The measurements of a posted body, as a list. */
export function measurementsOf(body: z.infer<typeof postMetrologySchema>): Measurement[] {
  const { process: _process, measurements, ...one } = body;
  return measurements ?? [measurementSchema.parse(one)];
}

/** A stored measurement. */
export const metrologyRecordSchema = z.object({
  metrology_id: z.uuid(),
  process: z.string(),
  run_id: z.string(),
  wafer_id: z.string(),
  lot_id: z.string().nullable(),
  parameter: z.string(),
  value: z.number(),
  unit: z.string(),
  uncertainty: z.number().nullable(),
  tool: z.string().nullable(),
  sites: z.array(metrologySiteSchema).nullable(),
  measured_at: z.string(),
  recorded_at: z.string(),
  recorded_by: z.string(),
});
export type MetrologyRecord = z.infer<typeof metrologyRecordSchema>;

/** A parameter of metrology: its unit, and what is plausible; beyond, somebody mistook unit or parameter. */
export const measuredParameterSchema = z.object({
  parameter: z.string(),
  title: z.string(),
  unit: z.string(),
  minimum: z.number(),
  maximum: z.number(),
});
export type MeasuredParameter = z.infer<typeof measuredParameterSchema>;

/** Metrology abilities of every process service. */
export const metrologyRpc = {
  record: rpcContract(
    'record-metrology',
    z.object({ measurements: z.array(measurementSchema).min(1).max(measurementsMax), listed: z.boolean() }),
    z.object({
      measurements: z.array(metrologyRecordSchema),
      /** How many were stored before, by the same measurement posted earlier. */
      duplicates: z.int(),
    }),
  ),
  list: rpcContract(
    'list-metrology',
    z.object({
      limit: z.int().min(1).max(100),
      offset: z.int().min(0),
      wafer_id: z.string().optional(),
      lot_id: z.string().optional(),
      run_id: z.string().optional(),
      parameter: z.string().optional(),
      from: z.string().optional(),
      to: z.string().optional(),
    }),
    z.object({ items: z.array(metrologyRecordSchema), total: z.int() }),
  ),
  parameters: rpcContract(
    'metrology-parameters',
    z.object({}),
    z.object({ parameters: z.array(measuredParameterSchema) }),
  ),
} as const;
