import type { Artifact, JobRecord, JobStatus, JobType, PreparedRun, RunRecord } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { and, asc, desc, eq, sql } from 'drizzle-orm';
import { readDependencies } from './dependencies.ts';
import { readPage } from './job-pages.ts';
import { countAhead } from './jobs-ahead.ts';
import { artifacts, jobs, runs } from './tables.ts';

type JobRow = typeof jobs.$inferSelect;
type RunRow = typeof runs.$inferSelect;
type ArtifactRow = typeof artifacts.$inferSelect;

/** A page of a list, newest first, and how many there are in all. */
export type Page<Item> = { items: Item[]; total: number };
type PageQuery = { limit: number; offset: number; status?: JobStatus | undefined };

/** A run as others see it, or null when this organisation has no such run. */
export async function readRun(
  tx: Transaction,
  orgId: string,
  query: { runId: string; process?: string | undefined },
): Promise<RunRecord | null> {
  const [row] = await tx
    .select({ job: jobs, run: runs })
    .from(runs)
    .innerJoin(jobs, eq(jobs.runId, runs.runId))
    .where(and(eq(runs.runId, query.runId), eq(runs.orgId, orgId)));
  if (row === undefined || (query.process !== undefined && row.run.process !== query.process)) return null;
  const files = await readArtifacts(tx, [row.job.jobId]);
  const record = runRecord(row.run, row.job, files.get(row.job.jobId) ?? []);
  return { ...record, depends_on: await readDependencies(tx, row.job.jobId) };
}

/** Runs of one process. */
export async function listRuns(
  tx: Transaction,
  orgId: string,
  query: PageQuery & { process: string },
): Promise<Page<RunRecord>> {
  const statuses = query.status === undefined ? undefined : [query.status];
  const { jobIds, total } = await readPage(tx, orgId, { ...query, statuses });
  const rows = await tx
    .select({ job: jobs, run: runs })
    .from(jobs)
    .innerJoin(runs, eq(jobs.runId, runs.runId))
    .where(sql`${jobs.jobId} = any(${sql.param(jobIds)}::uuid[])`)
    .orderBy(desc(jobs.createdAt), desc(jobs.sequence));
  const files = await readArtifacts(tx, jobIds);
  const items = rows.map((row) => runRecord(row.run, row.job, files.get(row.job.jobId) ?? []));
  return { items, total };
}

/** A job as others see it, with its place in line while it waits; null when there is none. */
export async function readJob(tx: Transaction, orgId: string, jobId: string): Promise<JobRecord | null> {
  const [row] = await tx
    .select()
    .from(jobs)
    .where(and(eq(jobs.jobId, jobId), eq(jobs.orgId, orgId)));
  if (row === undefined) return null;
  const files = await readArtifacts(tx, [jobId]);
  const standsInLine = row.status === 'queued' && row.dispatchedAt === null;
  const position = standsInLine ? (await countAhead(tx, row)) + 1 : null;
  const record = jobRecord(row, position, files.get(jobId) ?? []);
  return { ...record, depends_on: await readDependencies(tx, jobId) };
}

/** Jobs of an organisation. The place in line is answered for single jobs only. */
export async function listJobs(
  tx: Transaction,
  orgId: string,
  query: PageQuery & { jobType?: JobType | undefined },
): Promise<Page<JobRecord>> {
  const statuses = query.status === undefined ? undefined : [query.status];
  const { jobIds, total } = await readPage(tx, orgId, { ...query, statuses });
  const rows = await tx
    .select()
    .from(jobs)
    .where(sql`${jobs.jobId} = any(${sql.param(jobIds)}::uuid[])`)
    .orderBy(desc(jobs.createdAt), desc(jobs.sequence));
  const files = await readArtifacts(tx, jobIds);
  const items = rows.map((row) => jobRecord(row, null, files.get(row.jobId) ?? []));
  return { items, total };
}

/** A stored file as others see it. */
export function artifactOf(row: ArtifactRow): Artifact {
  return {
    artifact_id: row.artifactId,
    kind: row.kind,
    name: row.name,
    media_type: row.mediaType,
    size_bytes: row.sizeBytes,
    sha256: row.sha256,
    uri: row.uri,
  };
}

/** The stored files of each of these jobs. */
export async function readArtifacts(
  tx: Transaction,
  jobIds: readonly string[],
): Promise<Map<string, Artifact[]>> {
  const found = new Map<string, Artifact[]>();
  if (jobIds.length === 0) return found;
  const rows = await tx
    .select()
    .from(artifacts)
    .where(sql`${artifacts.jobId} = any(${sql.param([...jobIds])}::uuid[])`)
    .orderBy(asc(artifacts.createdAt), asc(artifacts.name));
  for (const row of rows) found.set(row.jobId, [...(found.get(row.jobId) ?? []), artifactOf(row)]);
  return found;
}

function jobRecord(row: JobRow, position: number | null, files: Artifact[]): JobRecord {
  return {
    job_id: row.jobId,
    run_id: row.runId,
    org_id: row.orgId,
    user_id: row.userId,
    job_type: row.jobType,
    tool: row.toolName,
    queue: row.queue,
    ...stateOf(row, files),
    priority: row.priority,
    max_retries: row.maxRetries,
    retry_count: row.retryCount,
    retry_of: row.retryOf,
    position_in_queue: position,
    run_at: iso(row.runAt),
    artifacts: files,
  };
}

function runRecord(run: RunRow, job: JobRow, files: Artifact[]): RunRecord {
  const endedAt = job.completedAt;
  const ranMs =
    job.startedAt === null || endedAt === null ? null : endedAt.getTime() - job.startedAt.getTime();
  return {
    run_id: run.runId,
    job_id: job.jobId,
    org_id: run.orgId,
    process: run.process,
    ...stateOf(job, files),
    recipe: run.recipe,
    recipe_hash: run.recipeHash,
    ...namedRecipeOf(run.prepared),
    wafers: run.wafers,
    lot_id: run.lotId,
    comments: run.comments,
    sop_id: run.sopId,
    source_run_id: run.sourceRunId,
    time_scale: run.timeScale,
    seed: run.seed,
    priority: job.priority,
    created_by: run.createdBy,
    duration_seconds: ranMs === null ? null : ranMs / 1000,
    outcome: run.outcome,
    artifacts: files,
  };
}

/** The version of a named recipe that a run was prepared from; runs from before there were any have no such fields. */
export function namedRecipeOf({ recipe_id, recipe_version }: Partial<PreparedRun>) {
  return { recipe_id: recipe_id ?? null, recipe_version: recipe_version ?? null };
}

/** The fields that a run and its job share. */
export function stateOf(row: JobRow, files: readonly Artifact[]) {
  return {
    status: row.status,
    cancel_requested: row.cancelRequested,
    progress: row.progress,
    current_step: row.currentStep,
    eta_s: row.etaS,
    attempt: row.attempt,
    equipment_id: row.equipmentId,
    created_at: row.createdAt.toISOString(),
    started_at: iso(row.startedAt),
    completed_at: iso(row.completedAt),
    error_message: row.errorMessage,
    error_code: row.errorCode,
    held_reason: row.heldReason,
    waiting_reason: row.status === 'blocked' ? row.currentStep : null,
    logs_uri: files.find((file) => file.kind === 'logs' || file.kind === 'log')?.uri ?? null,
  };
}

function iso(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
