import type { Database } from '@spectra/database';
import { sql } from 'drizzle-orm';
import { ownerOfKey } from '../core/artifact-check.ts';

/** An object that no row names. */
export type Orphan = { key: string; seen_for_s: number };

/** A file to be given its row back. */
export type Adoption = {
  key: string;
  uri: string;
  orgId: string;
  runId: string;
  kind: string;
  name: string;
  mediaType: string;
  sizeBytes: number;
  sha256: string;
};

/** Notes which of these objects no row names, and forgets those of before that one names by now. */
export async function noteOrphans(
  database: Database,
  objects: readonly { key: string; sizeBytes: number }[],
): Promise<void> {
  if (objects.length === 0) return;
  await database.withSystem(async (tx) => {
    const owners = objects.map(({ key }) => ownerOfKey(key)).filter((owner) => owner !== null);
    const runIds = [...new Set(owners.flatMap((owner) => (owner.kind === 'run' ? [owner.runId] : [])))];
    const jobIds = [...new Set(owners.flatMap((owner) => (owner.kind === 'job' ? [owner.jobId] : [])))];
    const named = await tx.execute<{ uri: string }>(sql`
      select a.uri from jobs j join artifacts a on a.job_id = j.job_id
      where j.run_id = any(${sql.param(runIds)}::text[])
      union
      select uri from artifacts where job_id = any(${sql.param(jobIds)}::uuid[])`);
    const keys = new Set(named.rows.map(({ uri }) => uri.replace(/^[a-z0-9]+:\/\/[^/]*\//i, '')));
    const found = objects.filter(({ key }) => keys.has(key)).map(({ key }) => key);
    const orphans = objects.flatMap(({ key, sizeBytes }) => {
      const orgId = ownerOfKey(key)?.orgId ?? null;
      return keys.has(key) || orgId === null ? [] : [{ key, org_id: orgId, size_bytes: sizeBytes }];
    });
    await tx.execute(sql`
      insert into artifact_orphans (key, org_id, size_bytes, first_seen_at, last_seen_at)
      select key, org_id, size_bytes, clock_timestamp(), clock_timestamp()
      from jsonb_to_recordset(${JSON.stringify(orphans)}::jsonb) as o(key text, org_id uuid, size_bytes bigint)
      on conflict (key) do update set last_seen_at = excluded.last_seen_at, size_bytes = excluded.size_bytes,
        first_seen_at = case when artifact_orphans.ending is null then artifact_orphans.first_seen_at
          else excluded.first_seen_at end,
        ending = null, ended_at = null`);
    await tx.execute(sql`
      update artifact_orphans set ending = 'gone', ended_at = clock_timestamp()
      where ending is null and key = any(${sql.param(found)}::text[])`);
  });
}

/** Objects without a row that were seen for longer than this, oldest first. */
export function oldOrphans(database: Database, wanted: { graceS: number; limit: number }): Promise<Orphan[]> {
  return database.withSystem(async (tx) => {
    const found = await tx.execute<Orphan>(sql`
      select key, extract(epoch from clock_timestamp() - first_seen_at)::float8 as seen_for_s
      from artifact_orphans
      where ending is null and first_seen_at < clock_timestamp() - make_interval(secs => ${wanted.graceS})
      order by first_seen_at limit ${wanted.limit}`);
    return found.rows;
  });
}

/** Objects that no row names and that nothing was done about yet. */
export function countOrphans(database: Database): Promise<number> {
  return database.withSystem(async (tx) => {
    const found = await tx.execute<{ orphans: number }>(
      sql`select count(*)::int as orphans from artifact_orphans where ending is null`,
    );
    return found.rows[0]?.orphans ?? 0;
  });
}

/** Where the job of an object stands. */
export function jobOfObject(
  database: Database,
  owner: { kind: 'run'; orgId: string; runId: string } | { kind: 'job'; orgId: string; jobId: string },
): Promise<'none' | 'under-way' | 'ended'> {
  return database.withSystem(async (tx) => {
    const ofOwner = owner.kind === 'run' ? sql`run_id = ${owner.runId}` : sql`job_id = ${owner.jobId}`;
    const found = await tx.execute<{ status: string }>(sql`
      select status from jobs where ${ofOwner} and org_id = ${owner.orgId}`);
    const status = found.rows[0]?.status;
    if (status === undefined) return 'none';
    return ['completed', 'failed', 'cancelled'].includes(status) ? 'ended' : 'under-way';
  });
}

/** Gives a run's file its row back, under attempt 0: nobody knows which attempt made it. */
export async function adopt(database: Database, file: Adoption, artifactId: string): Promise<void> {
  await database.withSystem(async (tx) => {
    await tx.execute(sql`
      insert into artifacts (artifact_id, org_id, job_id, run_id, attempt, kind, name, media_type, size_bytes,
        sha256, uri, created_at)
      select ${artifactId}, j.org_id, j.job_id, j.run_id, 0, ${file.kind}, ${file.name}, ${file.mediaType},
        ${file.sizeBytes}, ${file.sha256}, ${file.uri}, clock_timestamp()
      from jobs j
      where j.run_id = ${file.runId} and j.org_id = ${file.orgId}
        and not exists (select 1 from artifacts a where a.job_id = j.job_id and a.uri = ${file.uri})`);
    await endOrphan(tx, file.key, 'adopted');
  });
}

/** An object that is no record was removed. */
export async function forgetOrphan(database: Database, key: string): Promise<void> {
  await database.withSystem((tx) => endOrphan(tx, key, 'removed'));
}

async function endOrphan(
  tx: Parameters<Parameters<Database['withSystem']>[0]>[0],
  key: string,
  ending: 'adopted' | 'removed',
): Promise<void> {
  await tx.execute(sql`
    update artifact_orphans set ending = ${ending}, ended_at = clock_timestamp() where key = ${key}`);
}
