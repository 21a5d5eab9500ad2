import type { FaultPlatform } from '../platform/fault-platform.ts';
import type {
  ArtifactFact,
  AttemptFact,
  AuditFact,
  DeadLetterFact,
  EventFact,
  JobFact,
  RunFact,
  StreamFact,
} from './evidence.ts';

/** What Postgres says of these jobs and their runs. */
export interface DatabaseFacts {
  readonly jobs: JobFact[];
  readonly runs: RunFact[];
  readonly attempts: AttemptFact[];
  readonly events: EventFact[];
  readonly stream: StreamFact[];
  readonly artifacts: ArtifactFact[];
  readonly deadLetters: DeadLetterFact[];
  readonly audit: AuditFact[];
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** Reads behind row-level security, as the owner of everything; times in ms, numbers as numbers. */
export async function readDatabase(
  platform: FaultPlatform,
  sinceMs: number,
  ids: { jobIds: readonly string[]; runIds: readonly string[] },
): Promise<DatabaseFacts> {
  const { jobIds, runIds } = ids;
  const [jobs, runs, attempts, events, stream, artifacts, deadLetters, audit] = await Promise.all([
    platform.sql<JobFact>(
      `select job_id "jobId", org_id "orgId", run_id "runId", process, status, attempt, dispatch,
              equipment_id "equipmentId", cancel_requested "cancelRequested", held_reason "heldReason",
              error_message "errorMessage", ${ms('created_at')} "createdMs", ${ms('completed_at')} "completedMs"
       from orchestrator.jobs where job_id = any($1) or created_at >= to_timestamp($2 / 1000.0)`,
      [jobIds, sinceMs],
    ),
    platform.sql<RunFact>(
      `select run_id "runId", org_id "orgId", outcome is not null "hasOutcome"
       from orchestrator.runs where run_id = any($1)`,
      [runIds],
    ),
    platform.sql<AttemptFact>(
      `select job_id "jobId", org_id "orgId", attempt, worker_id "workerId", equipment_id "equipmentId",
              lease_token "leaseToken", ${ms('started_at')} "startedMs", ${ms('ended_at')} "endedMs", ending, error
       from orchestrator.attempts`,
    ),
    readEvents(platform, runIds),
    platform.sql<StreamFact>(
      `select org_id "orgId", run_id "runId", seq::float8 seq, message_id "messageId", type
       from telemetry.stream_messages where run_id = any($1) order by run_id, seq`,
      [runIds],
    ),
    platform.sql<ArtifactFact>(
      `select org_id "orgId", job_id "jobId", run_id "runId", regexp_replace(uri, '^[a-z0-9]+://[^/]*/', '') key,
              size_bytes::float8 "sizeBytes", sha256
       from orchestrator.artifacts where job_id = any($1)`,
      [jobIds],
    ),
    platform.sql<DeadLetterFact>(
      `select job_id "jobId", org_id "orgId", reason from orchestrator.dead_letters where job_id = any($1)`,
      [jobIds],
    ),
    platform.sql<AuditFact>(
      `select org_id "orgId", seq::float8 seq, at, actor, role, action, path, outcome, trace_id "traceId", address,
              body_sha256 "bodySha256", reason, previous_hash "previousHash", hash
       from gateway.audit_entries order by org_id, seq`,
    ),
  ]);
  return { jobs, runs, attempts, events, stream, artifacts, deadLetters, audit };
}

async function readEvents(platform: FaultPlatform, runIds: readonly string[]): Promise<EventFact[]> {
  const rows = await platform.sql<{ sequence: number; orgId: string; subject: string; payload: string }>(
    `select sequence::float8 sequence, org_id "orgId", subject, payload from orchestrator.outbox
     where subject like 'fab.%.event' and split_part(subject, '.', 4) = any($1) order by sequence`,
    [runIds],
  );
  return rows.map(({ payload, ...row }) => {
    const event = JSON.parse(payload) as {
      type: string;
      data: { run_id: string; status: string; attempt: number };
    };
    const { run_id: runId, status, attempt } = event.data;
    return { ...row, runId, type: event.type, status, attempt };
  });
}

/** Messages that wait to be published. */
export async function outboxWaiting(platform: FaultPlatform): Promise<number> {
  const rows = await platform.sql<{ waiting: number }>(
    'select count(*)::float8 waiting from orchestrator.outbox where published_at is null',
  );
  return rows[0]?.waiting ?? 0;
}

export async function databaseConnections(platform: FaultPlatform): Promise<number> {
  const rows = await platform.sql<{ connections: number }>(
    `select count(*)::float8 connections from pg_stat_activity where usename like 'spectra%'`,
  );
  return rows[0]?.connections ?? 0;
}
