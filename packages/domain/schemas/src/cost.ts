import { z } from 'zod';
import { rpcContract } from './rpc.ts';
import { jobTypeSchema } from './run.ts';

/** What a costs list may be grouped by. */
export const costGroupSchema = z.enum(['process', 'equipment', 'job_type', 'tool', 'user', 'day', 'month']);
export type CostGroup = z.output<typeof costGroupSchema>;

const amount = z.number().min(0).max(1_000_000);

/** What a unit costs. An equipment that is not named costs `tool_hour`; what is not known costs nothing. */
export const costRatesSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters (ISO 4217)'),
  tool_hour: amount,
  equipment_hour: z.record(z.string().min(1).max(64), amount).default({}),
  compute_hour: amount,
  run: amount,
  wafer: amount,
  gas_standard_litre: amount,
  energy_kwh: amount,
});
export type CostRates = z.output<typeof costRatesSchema>;

/** A version of the rates and from when on it counts. */
export const ratesVersionSchema = z.object({
  version: z.int(),
  effective_from: z.string(),
  rates: costRatesSchema,
  created_by: z.string(),
});
export type RatesVersion = z.output<typeof ratesVersionSchema>;

const quantities = {
  tool_hours: z.number(),
  compute_seconds: z.number(),
  runs: z.int(),
  wafers: z.int(),
  /** Null: known for none of the entries. */
  gas_standard_litres: z.number().nullable(),
  energy_kwh: z.number().nullable(),
};

/** One row of the ledger: an ended attempt, or a correction of one. */
export const costEntrySchema = z.object({
  entry_id: z.uuid(),
  kind: z.enum(['attempt', 'correction']),
  job_id: z.uuid(),
  attempt: z.int(),
  run_id: z.string().nullable(),
  process: z.string().nullable(),
  job_type: jobTypeSchema,
  tool: z.string().nullable(),
  equipment_id: z.string().nullable(),
  user_id: z.string(),
  ended_at: z.string(),
  ending: z.string(),
  ...quantities,
  corrects: z.uuid().nullable(),
  reason: z.string().nullable(),
  created_by: z.string().nullable(),
});
export type CostEntry = z.output<typeof costEntrySchema>;

/** What a group of entries took and costs; a field of the group is absent when it is not grouped by. */
export const costSumSchema = z.object({
  group: z.record(z.string(), z.string().nullable()),
  entries: z.int(),
  ...quantities,
  /** By currency; entries from before the first rates cost nothing. */
  amounts: z.record(z.string(), z.number()),
});
export type CostSum = z.output<typeof costSumSchema>;

const change = z.number().min(-1_000_000).max(1_000_000).default(0);
const count = z.int().min(-1000).max(1000).default(0);

/** `POST /api/costs/corrections`: what is added to an entry's quantities; negative takes away. */
export const correctCostSchema = z.strictObject({
  entry_id: z.uuid(),
  reason: z.string().min(3).max(500),
  tool_hours: change,
  compute_seconds: change,
  runs: count,
  wafers: count,
  gas_standard_litres: change.optional(),
  energy_kwh: change.optional(),
});

/** Abilities of the orchestrator (service name `jobs`) for the cost ledger. */
export const costsRpc = {
  sumCosts: rpcContract(
    'sum-costs',
    z.object({ from: z.string(), to: z.string(), group_by: z.array(costGroupSchema).max(7) }),
    z.object({ groups: z.array(costSumSchema), total: costSumSchema }),
  ),
  listCostEntries: rpcContract(
    'list-cost-entries',
    z.object({
      job_id: z.uuid().optional(),
      run_id: z.string().optional(),
      limit: z.int().min(1).max(100),
      offset: z.int().min(0),
    }),
    z.object({ items: z.array(costEntrySchema), total: z.int() }),
  ),
  correctCost: rpcContract('correct-cost', correctCostSchema, costEntrySchema),
  setRates: rpcContract('set-rates', costRatesSchema, ratesVersionSchema),
  listRates: rpcContract('list-rates', z.object({}), z.object({ versions: z.array(ratesVersionSchema) })),
} as const;
