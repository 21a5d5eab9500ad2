import type { Transaction } from '@spectra/database';
import type { AttemptRecord, ComplianceReport, RunDossier } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { readRun } from './records.ts';

type AttemptRow = Omit<AttemptRecord, 'started_at' | 'ended_at'> & {
  started_at: Date | string;
  ended_at: Date | string | null;
};

/** A run with its gates, its attempts and its judgements; null when this organisation has no such run. */
export async function readDossier(tx: Transaction, orgId: string, runId: string): Promise<RunDossier | null> {
  const run = await readRun(tx, orgId, { runId });
  if (run === null) return null;
  const facts = await tx.execute<
    Pick<RunDossier, 'retry_of' | 'cancel_reason' | 'last_checkpoint' | 'prepared'>
  >(sql`
    select r.prepared, j.retry_of, j.cancel_reason,
      case when jsonb_typeof(j.checkpoint) = 'object' then jsonb_build_object(
        'exposed', coalesce((j.checkpoint->>'exposed')::boolean, false),
        'wafers_done', coalesce((j.checkpoint->'state'->>'waferIndex')::int, 0),
        'wafer_started', coalesce((j.checkpoint->'state'->>'started')::boolean, false))
      end as last_checkpoint
    from runs r join jobs j on j.run_id = r.run_id
    where r.run_id = ${runId} and r.org_id = ${orgId}`);
  const [found] = facts.rows;
  if (found === undefined) throw new Error('a run without its job');
  const attempts = await tx.execute<AttemptRow>(sql`
    select attempt, worker_id, equipment_id, lease_token, started_at, ended_at, ending, error
    from attempts where job_id = ${run.job_id} and org_id = ${orgId} order by attempt`);
  const reports = await tx.execute<{ attempt: number; report: ComplianceReport }>(sql`
    select attempt, report from compliance_reports
    where run_id = ${runId} and org_id = ${orgId} order by attempt`);
  return {
    run,
    ...found,
    attempts: attempts.rows.map((row) => ({
      ...row,
      started_at: isoOf(row.started_at),
      ended_at: row.ended_at === null ? null : isoOf(row.ended_at),
    })),
    reports: reports.rows,
  };
}

/** Stores a judgement of the run's present attempt; false when another attempt goes on or the run has ended. */
export async function storeReport(
  tx: Transaction,
  told: { jobId: string; attempt: number; report: ComplianceReport },
): Promise<boolean> {
  const { jobId, attempt, report } = told;
  const stored = await tx.execute(sql`
    insert into compliance_reports (run_id, attempt, org_id, report)
    select run_id, attempt, org_id, ${JSON.stringify(report)}::jsonb from jobs
    where job_id = ${jobId} and attempt = ${attempt} and status = 'running' and run_id is not null
    on conflict do nothing`);
  if (stored.rowCount === 1) return true;
  const before = await tx.execute(sql`
    select 1 from compliance_reports c join jobs j on j.run_id = c.run_id
    where j.job_id = ${jobId} and c.attempt = ${attempt}`);
  return before.rowCount === 1;
}

function isoOf(at: Date | string): string {
  return new Date(at).toISOString();
}
