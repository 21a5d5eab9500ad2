import type { Client } from 'pg';

/** Every hundredth failed, the others completed. */
const statusOf = `case when n % 100 = 0 then 'failed' else 'completed' end`;

/** Adds ended jobs with their attempts and counts until the organisation has so many. */
export async function fillWithEndedJobs(admin: Client, orgId: string, size: number): Promise<void> {
  await admin.query('set search_path = orchestrator');
  const before = await admin.query('select count(*)::int as jobs from jobs where org_id = $1', [orgId]);
  const missing = size - before.rows[0].jobs;
  if (missing > 0) {
    await admin.query('begin');
    await admin.query(
      `create temporary table filled on commit drop as
         select gen_random_uuid() as job_id, ${statusOf} as status,
           clock_timestamp() - make_interval(secs => n * 0.01) as created_at
         from generate_series(1, ${missing}) n`,
    );
    await admin.query(
      `insert into jobs (job_id, org_id, user_id, job_type, queue, priority, rank_ms, lane, equipment_ids, expected_s,
         status, max_retries, traceparent, created_at, tool_name, expires_at, progress, current_step, attempt,
         started_at, attempt_started_at, completed_at, ended_by_worker, worker_id, parameters, result_encoding, result)
       select job_id, $1, 'bench', 'tool', 'general-tools', 0, extract(epoch from created_at) * 1000, '', '{}', 0.01,
         status, 3, '00-' || replace(job_id::text, '-', '') || '-0000000000000001-01', created_at, 'ping',
         clock_timestamp() + interval '1 day', 100, 'Done', 1, created_at, created_at, created_at, true, 'bench', '{"message": "filled"}', 'json',
         '{"pong": true}'
       from filled`,
      [orgId],
    );
    await admin.query(
      `insert into cost_entries (org_id, kind, job_id, attempt, job_type, tool_name, user_id, worker_id, started_at,
         ended_at, ending, tool_s, compute_s, runs, wafers)
       select $1, 'attempt', job_id, 1, 'tool', 'ping', 'bench', 'bench', created_at, created_at, status, 0, 0, 0, 0
       from filled`,
      [orgId],
    );
    await admin.query(
      `insert into job_counts (org_id, job_type, process, status, jobs)
       select $1, 'tool', '', status, count(*) from filled group by status`,
      [orgId],
    );
    await admin.query('commit');
  }
}
