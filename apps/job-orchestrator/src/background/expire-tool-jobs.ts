import type { Database } from '@spectra/database';
import { sql } from 'drizzle-orm';

const jobsMax = 500;

/**
 * Removes tools' jobs past their time, with everything that hangs on them: first the stored files, so that a
 * crash in between leaves a record that is swept again, and no file that nobody knows. Runs are never touched.
 * Answers how many went.
 */
export async function expireToolJobs(
  database: Database,
  dropFile: (uri: string) => Promise<void>,
): Promise<number> {
  const expired = await database.withSystem(async (tx) => {
    const found = await tx.execute<{ job_id: string; uris: string[] }>(sql`
      select j.job_id,
        coalesce((select array_agg(a.uri) from artifacts a where a.job_id = j.job_id), '{}') as uris
      from jobs j
      where j.tool_name is not null and j.expires_at < now()
        and j.status in ('completed', 'failed', 'cancelled')
        and not exists (
          select 1 from job_dependencies d join jobs b on b.job_id = d.job_id
          where d.depends_on_job_id = j.job_id and b.status = 'blocked')
      order by j.expires_at limit ${jobsMax}`);
    return found.rows;
  });
  if (expired.length === 0) return 0;
  for (const uri of expired.flatMap((job) => job.uris)) await dropFile(uri);
  const jobIds = expired.map((job) => job.job_id);
  await database.withSystem((tx) =>
    // A redriven one lives again. What no foreign key takes along goes in the same statement.
    tx.execute(sql`
      with gone as (
        delete from jobs where job_id = any(${sql.param(jobIds)}::uuid[])
          and status in ('completed', 'failed', 'cancelled')
        returning job_id, org_id, status),
      counts as (
        insert into job_counts (org_id, job_type, process, status, jobs)
        select org_id, 'tool', '', status, -count(*) from gone group by org_id, status)
      delete from job_logs where job_id in (select job_id from gone)`),
  );
  return expired.length;
}
