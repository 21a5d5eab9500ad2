import type { Database } from '@spectra/database';
import { runSubject, type Alert } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { ArtifactState } from '../core/artifact-check.ts';

/** An artifact's row with what was found of it last. */
export type CheckedRow = {
  artifact_id: string;
  org_id: string;
  job_id: string;
  run_id: string | null;
  process: string | null;
  equipment_id: string | null;
  name: string;
  uri: string;
  size_bytes: string;
  sha256: string;
  age_s: number;
  state: ArtifactState | null;
  /** Seconds since its bytes were compared; null when they never were. */
  bytes_age_s: number | null;
};

/** What one look at an artifact found. */
export type ArtifactFinding = {
  row: CheckedRow;
  state: ArtifactState;
  bytesRead: boolean;
  detail: string | null;
};

/** Artifacts in the order of their ids, from behind a given one. */
export function nextArtifacts(
  database: Database,
  from: { after: string; limit: number },
): Promise<CheckedRow[]> {
  return database.withSystem(async (tx) => {
    const found = await tx.execute<CheckedRow>(sql`
      select a.artifact_id, a.org_id, a.job_id, a.run_id, j.process, j.equipment_id, a.name, a.uri, a.size_bytes,
        a.sha256, extract(epoch from clock_timestamp() - a.created_at)::float8 as age_s, c.state,
        extract(epoch from clock_timestamp() - c.bytes_checked_at)::float8 as bytes_age_s
      from artifacts a join jobs j on j.job_id = a.job_id
      left join artifact_checks c on c.artifact_id = a.artifact_id
      where a.artifact_id > ${from.after} order by a.artifact_id limit ${from.limit}`);
    return found.rows;
  });
}

/** Stores findings; an artifact that turned bad or good again is told as an alarm of its tool, in the same commit. */
export async function saveFindings(
  database: Database,
  findings: readonly ArtifactFinding[],
  newId: () => string,
): Promise<void> {
  const news = findings.filter(({ row, state, bytesRead }) => bytesRead || row.state !== state);
  if (news.length === 0) return;
  const rows = news.map(({ row, state, bytesRead, detail }) => ({
    artifact_id: row.artifact_id,
    org_id: row.org_id,
    state,
    bytes_read: bytesRead,
    detail,
  }));
  const alarms = news.flatMap((finding) => alarmOf(finding, newId()) ?? []);
  await database.withSystem(async (tx) => {
    // One whose job expired meanwhile has no row to refer to any more.
    await tx.execute(sql`
      insert into artifact_checks (artifact_id, org_id, state, bytes_checked_at, since, checked_at, detail)
      select f.artifact_id, f.org_id, f.state, case when f.bytes_read then clock_timestamp() end,
        clock_timestamp(), clock_timestamp(), f.detail
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as f(artifact_id uuid, org_id uuid, state text, bytes_read boolean, detail text)
      join artifacts a on a.artifact_id = f.artifact_id
      on conflict (artifact_id) do update set
        state = excluded.state, checked_at = excluded.checked_at, detail = excluded.detail,
        bytes_checked_at = coalesce(excluded.bytes_checked_at, artifact_checks.bytes_checked_at),
        since = case when artifact_checks.state = excluded.state then artifact_checks.since else excluded.since end`);
    for (const { orgId, jobId, subject, alert, id } of alarms) {
      await tx.execute(sql`
        insert into outbox (message_id, org_id, job_id, subject, payload)
        values (${id}, ${orgId}, ${jobId}, ${subject}, ${JSON.stringify(alert)})`);
    }
  });
}

/** Artifacts that are not as their rows say, by what is wrong with them. */
export function countFaults(database: Database): Promise<Map<ArtifactState, number>> {
  return database.withSystem(async (tx) => {
    const faults = await tx.execute<{ state: ArtifactState; artifacts: number }>(sql`
      select state, count(*)::int as artifacts from artifact_checks where state <> 'kept' group by state`);
    return new Map(faults.rows.map(({ state, artifacts }) => [state, artifacts]));
  });
}

/** The alarm of a change for the worse or the better; null for a file without a run, and when nothing changed. */
function alarmOf({ row, state, detail }: ArtifactFinding, id: string) {
  const { run_id: runId, process, equipment_id: equipmentId, org_id: orgId, job_id: jobId } = row;
  const wasGood = row.state === null || row.state === 'kept';
  if (runId === null || process === null || wasGood === (state === 'kept')) return null;
  const tool = equipmentId ?? 'none';
  const alert: Alert = {
    // One alarm for each file: one that comes back must not clear that of another.
    alarm_id: `${process}.${tool}.storage.${row.artifact_id}`,
    source: `storage.${row.artifact_id}`,
    run_id: runId,
    equipment_id: tool,
    parameter: 'artifact',
    message: state === 'kept' ? `${row.name} is as recorded again` : `${row.name}: ${detail ?? state}`,
    severity: 'critical',
    state: state === 'kept' ? 'cleared' : 'raised',
    value: null,
    limit: null,
    time_s: 0,
    at: new Date().toISOString(),
  };
  return { id, orgId, jobId, subject: runSubject({ orgId, process, runId }, 'alert'), alert };
}
