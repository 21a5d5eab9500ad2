import { objectStoreFields } from '@spectra/object-store';
import { tracingFields } from '@spectra/service-kit';
import { z } from 'zod';
import type { ReconcileSettings } from './artifact-reconciler.ts';

const seconds = (fallback: number, smallest = 0.001) => z.coerce.number().min(smallest).default(fallback);
const count = (fallback: number) => z.coerce.number().int().min(1).default(fallback);

/** `ion=4,rtp=4` as limits by queue name. */
const queueLimits = z
  .string()
  .regex(/^[a-z0-9_-]+=\d+(,[a-z0-9_-]+=\d+)*$/, 'must look like ion=4,rtp=4')
  .default('ion=4,rtp=4')
  .transform(
    (text): Record<string, number> =>
      Object.fromEntries(
        text.split(',').map((entry) => [entry.split('=')[0] ?? '', Number(entry.split('=')[1])]),
      ),
  );

/** Everything the orchestrator reads from its environment, once, at the start. */
export const settingsSchema = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  DATABASE_APP_URL: z.string(),
  DATABASE_SYSTEM_URL: z.string(),
  LOG_LEVEL: z.string().default('info'),
  ADMIN_PORT: z.coerce.number().int().min(1).max(65_535).default(8105),
  /** First retry delay; doubles with each retry. */
  RETRY_BASE_S: seconds(60),
  RETRY_CAP_S: seconds(3600),
  MAX_RETRIES: z.coerce.number().int().min(0).max(10).default(3),
  /**
   * A worker that is silent for so long has lost its tool. It has to outlast some twelve exchanges with Postgres: to take a
   * job is three, a heartbeat up to three, and each may wait for those before it.
   */
  LEASE_TTL_S: seconds(15),
  QUEUE_LIMITS: queueLimits,
  QUEUE_LIMIT_OTHER: count(2),
  ORGANISATION_LIMIT: count(8),
  /** Waiting so long counts as one priority more. */
  AGEING_STEP_S: seconds(60),
  /** Nets below the wake-ups. */
  POLL_S: seconds(1),
  /** How long published messages and idempotency keys are kept. */
  OUTBOX_KEPT_S: seconds(86_400),
  IDEMPOTENCY_KEPT_S: seconds(172_800),
  /** How often rows of artifacts are compared with the object store: between two rounds, and between two walks. */
  RECONCILE_ROUND_S: seconds(1),
  RECONCILE_WALK_S: seconds(300),
  /** A file may wait in a worker's spool for so long before it counts as missing. */
  MISSING_GRACE_S: seconds(900),
  /** An object without a row is left alone for so long. */
  ORPHAN_GRACE_S: seconds(86_400),
  /** The bytes of a file are compared with its SHA-256 again after this. */
  BYTES_CHECK_S: seconds(2_592_000),
  /** Where the files of expired jobs are removed, and artifacts compared with their objects. */
  ...objectStoreFields,
  ...tracingFields,
});

/** The settings in the units that the code works in. */
export type OrchestratorSettings = {
  retry: { baseMs: number; capMs: number };
  maxRetries: number;
  leaseTtlMs: number;
  pollMs: number;
  outboxKeptMs: number;
  idempotencyKeptMs: number;
  limits: {
    perQueue: Record<string, number>;
    otherQueue: number;
    perOrganisation: number;
    ageingStepMs: number;
  };
};

/** Converts what the environment says in seconds, once. */
export function orchestratorSettings(read: z.output<typeof settingsSchema>): OrchestratorSettings {
  return {
    retry: { baseMs: read.RETRY_BASE_S * 1000, capMs: read.RETRY_CAP_S * 1000 },
    maxRetries: read.MAX_RETRIES,
    leaseTtlMs: read.LEASE_TTL_S * 1000,
    pollMs: read.POLL_S * 1000,
    outboxKeptMs: read.OUTBOX_KEPT_S * 1000,
    idempotencyKeptMs: read.IDEMPOTENCY_KEPT_S * 1000,
    limits: {
      perQueue: read.QUEUE_LIMITS,
      otherQueue: read.QUEUE_LIMIT_OTHER,
      perOrganisation: read.ORGANISATION_LIMIT,
      ageingStepMs: read.AGEING_STEP_S * 1000,
    },
  };
}

/** How artifacts are compared with the object store. */
export function reconcileSettings(read: z.output<typeof settingsSchema>): ReconcileSettings {
  return {
    roundEveryMs: read.RECONCILE_ROUND_S * 1000,
    walkEveryMs: read.RECONCILE_WALK_S * 1000,
    missingGraceS: read.MISSING_GRACE_S,
    orphanGraceS: read.ORPHAN_GRACE_S,
    bytesEveryS: read.BYTES_CHECK_S,
  };
}
