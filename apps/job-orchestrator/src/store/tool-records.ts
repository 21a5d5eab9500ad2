import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { Transaction } from '@spectra/database';
import { toolNameSchema, type Artifact, type JobStatus, type ToolJobRecord } from '@spectra/schemas';
import { and, desc, eq, isNotNull, sql, type SQL } from 'drizzle-orm';
import { readDependencies } from './dependencies.ts';
import { readPage } from './job-pages.ts';
import { countAhead } from './jobs-ahead.ts';
import { readArtifacts, stateOf, type Page } from './records.ts';
import { jobs } from './tables.ts';

type JobRow = typeof jobs.$inferSelect;

/** A tool's job with its result; null when this organisation has none by this id, or it has expired. */
export async function readToolJob(
  tx: Transaction,
  orgId: string,
  jobId: string,
): Promise<ToolJobRecord | null> {
  const [row] = await tx
    .select({
      job: jobs,
      result: sql<unknown>`result`,
      gzip: sql<string | null>`encode(result_gzip, 'base64')`,
    })
    .from(jobs)
    .where(and(ofOrganisation(orgId), eq(jobs.jobId, jobId)));
  if (row === undefined) return null;
  const files = await readArtifacts(tx, [jobId]);
  const standsInLine = row.job.status === 'queued' && row.job.dispatchedAt === null;
  const record = toolJobRecord(row.job, {
    position: standsInLine ? (await countAhead(tx, row.job)) + 1 : null,
    result: row.gzip === null ? row.result : await unzipped(row.gzip),
    files: files.get(jobId) ?? [],
  });
  return { ...record, depends_on: await readDependencies(tx, jobId) };
}

/** Tools' jobs of an organisation, newest first, without their results. */
export async function listToolJobs(
  tx: Transaction,
  orgId: string,
  query: { statuses?: readonly JobStatus[] | undefined; limit: number; offset: number },
): Promise<Page<ToolJobRecord>> {
  const { jobIds, total } = await readPage(tx, orgId, { ...query, jobType: 'tool' });
  const [rows, expired] = await Promise.all([
    tx
      .select()
      .from(jobs)
      .where(and(ofOrganisation(orgId), sql`${jobs.jobId} = any(${sql.param(jobIds)}::uuid[])`))
      .orderBy(desc(jobs.createdAt), desc(jobs.sequence)),
    countExpired(tx, orgId, query.statuses),
  ]);
  const files = await readArtifacts(tx, jobIds);
  const items = rows.map((row) =>
    toolJobRecord(row, { position: null, result: null, files: files.get(row.jobId) ?? [] }),
  );
  return { items, total: Math.max(0, total - expired) };
}

/**
 * Those that are past their time and not yet swept: a minute's worth. The time of the transaction, not the clock: only
 * what stays the same during a statement is looked up in an index.
 */
async function countExpired(
  tx: Transaction,
  orgId: string,
  statuses: readonly JobStatus[] | undefined,
): Promise<number> {
  const counted = await tx.execute<{ jobs: number }>(sql`
    select count(*)::int as jobs from jobs
    where tool_name is not null and status in ('completed', 'failed', 'cancelled')
      and expires_at < now() and org_id = ${orgId}
      and (${statuses === undefined} or status = any(${sql.param([...(statuses ?? [])])}::text[]))`);
  return counted.rows[0]?.jobs ?? 0;
}

/** An expired job is gone for its readers as soon as it expires, whenever the sweeper comes by. */
function ofOrganisation(orgId: string): SQL | undefined {
  return and(
    eq(jobs.orgId, orgId),
    isNotNull(jobs.toolName),
    sql`(${jobs.expiresAt} > clock_timestamp() or ${jobs.completedAt} is null)`,
  );
}

function toolJobRecord(
  row: JobRow,
  beside: { position: number | null; result: unknown; files: Artifact[] },
): ToolJobRecord {
  const { equipment_id: _tool, held_reason: _reason, logs_uri: _logs, ...state } = stateOf(row, beside.files);
  return {
    ...state,
    job_id: row.jobId,
    org_id: row.orgId,
    user_id: row.userId,
    tool: toolNameSchema.parse(row.toolName),
    priority: row.priority,
    position_in_queue: beside.position,
    expires_at: (row.expiresAt ?? row.createdAt).toISOString(),
    trace_id: row.traceparent.split('-')[1] ?? '',
    result: beside.result,
    artifacts: beside.files,
  };
}

async function unzipped(base64: string): Promise<unknown> {
  const bytes = await promisify(gunzip)(Buffer.from(base64, 'base64'));
  return JSON.parse(bytes.toString('utf8'));
}
