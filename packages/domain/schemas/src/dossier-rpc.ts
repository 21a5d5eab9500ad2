import { z } from 'zod';
import { complianceReportSchema, runComplianceSchema } from './compliance.ts';
import { preparedRunSchema } from './process-rpc.ts';
import { rpcContract } from './rpc.ts';
import { runRecordSchema } from './run.ts';

/** One try at a run, as the orchestrator recorded it. */
export const attemptRecordSchema = z.object({
  attempt: z.int(),
  worker_id: z.string(),
  equipment_id: z.string().nullable(),
  /** Fencing token of the tool's lease; grows with each grant of that tool. */
  lease_token: z.int(),
  started_at: z.string(),
  ended_at: z.string().nullable(),
  ending: z.string().nullable(),
  error: z.string().nullable(),
});
export type AttemptRecord = z.infer<typeof attemptRecordSchema>;

/** Everything that the orchestrator keeps of a run beside its log. */
const runDossierSchema = z.object({
  run: runRecordSchema,
  /** What the gates found when the run was created. */
  prepared: preparedRunSchema,
  retry_of: z.uuid().nullable(),
  /** Why somebody stopped it; null when nobody did. */
  cancel_reason: z.string().nullable(),
  /** How far the wafers came, by the last word of any worker; null when none got as far as a word. */
  last_checkpoint: z
    .object({
      exposed: z.boolean(),
      wafers_done: z.int(),
      /** The wafer after those may have seen energy. */
      wafer_started: z.boolean(),
    })
    .nullable(),
  attempts: z.array(attemptRecordSchema),
  /** The judgement at the end of each attempt that its worker could bring to an end. */
  reports: z.array(z.object({ attempt: z.int(), report: complianceReportSchema })),
});
export type RunDossier = z.infer<typeof runDossierSchema>;

const byRun = z.object({ run_id: z.string().min(1).max(64) });

/** Abilities around the record of a run: the first two of the orchestrator, the last of each process service. */
export const dossierRpc = {
  getDossier: rpcContract('get-dossier', byRun, runDossierSchema),
  /** The worker's: names its attempt, and a stale attempt stores nothing. Told again, it changes nothing. */
  recordCompliance: rpcContract(
    'record-compliance',
    z.object({ job_id: z.uuid(), attempt: z.int(), report: complianceReportSchema }),
    z.object({ stored: z.boolean() }),
  ),
  runCompliance: rpcContract('run-compliance', byRun, runComplianceSchema),
} as const;
