import { runPrepared, type Transaction } from '@spectra/database';
import { runSubject, type RunEvent } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { Effect } from '../core/decision.ts';
import type { Job } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { recordCosts, type EndedAttempt } from './cost-rows.ts';
import { saveToolResults } from './tool-results.ts';
import { artifacts, deadLetters, equipmentLeases, jobLogs, outbox } from './tables.ts';

/** An effect with the job as it was right after the decision, and the time of the decision. */
export type PlacedEffect = { job: Job; effect: Effect; atMs: number };

type OfKind<Kind extends Effect['kind']> = PlacedEffect & { effect: Extract<Effect, { kind: Kind }> };

/** Stores what a group of decisions asked for: one statement for each kind that occurs. */
export async function saveEffects(
  tx: Transaction,
  placed: readonly PlacedEffect[],
  newId: () => string,
): Promise<void> {
  await Promise.all([
    saveLeases(tx, ofKind(placed, 'grant-lease'), ofKind(placed, 'release-lease')),
    saveAttempts(tx, ofKind(placed, 'start-attempt'), ofKind(placed, 'end-attempt')),
    saveOutcomes(tx, ofKind(placed, 'outcome')),
    saveToolResults(
      tx,
      ofKind(placed, 'tool-result').map(({ job, effect }) => ({ jobId: job.jobId, result: effect.result })),
    ),
    saveArtifacts(tx, ofKind(placed, 'artifacts')),
    saveLogs(tx, ofKind(placed, 'logs')),
    saveDeadLetters(tx, ofKind(placed, 'dead-letter'), ofKind(placed, 'redriven'), newId),
    saveEvents(tx, ofKind(placed, 'event'), newId),
  ]);
  // Behind the others, since it reads what they wrote.
  await recordCosts(tx, ofKind(placed, 'end-attempt').map(endedAttempt));
}

function endedAttempt({ job, effect, atMs }: OfKind<'end-attempt'>): EndedAttempt {
  const { ending } = effect;
  return { jobId: job.jobId, attempt: job.attempt, endedMs: atMs, ending, tookS: null };
}

/** The subject of a run's events. */
export function eventSubject(job: Job, event: RunEvent): string {
  return runSubject({ orgId: job.orgId, process: job.process ?? 'none', runId: event.subject }, 'event');
}

function ofKind<Kind extends Effect['kind']>(placed: readonly PlacedEffect[], kind: Kind): OfKind<Kind>[] {
  return placed.filter((one): one is OfKind<Kind> => one.effect.kind === kind);
}

async function saveLeases(
  tx: Transaction,
  grants: readonly OfKind<'grant-lease'>[],
  releases: readonly OfKind<'release-lease'>[],
): Promise<void> {
  if (grants.length > 0) {
    const rows = grants.map(({ job, effect, atMs }) => ({
      orgId: job.orgId,
      equipmentId: job.equipmentId ?? '',
      token: effect.token,
      jobId: job.jobId,
      grantedAt: new Date(atMs),
      releasedAt: null,
    }));
    const granted = await tx
      .insert(equipmentLeases)
      .values(rows)
      .onConflictDoUpdate({
        target: [equipmentLeases.orgId, equipmentLeases.equipmentId],
        set: {
          token: sql`excluded.token`,
          jobId: sql`excluded.job_id`,
          grantedAt: sql`excluded.granted_at`,
          releasedAt: sql`null`,
        },
        setWhere: sql`${equipmentLeases.token} < excluded.token and ${equipmentLeases.jobId} is null`,
      })
      .returning({ token: equipmentLeases.token });
    if (granted.length !== rows.length) throw new Error('a tool was granted that somebody else holds');
  }
  if (releases.length > 0) {
    const holders = releases.map(({ job }) => job.jobId);
    await tx.execute(sql`
      update equipment_leases set job_id = null, released_at = clock_timestamp()
      where job_id = any(${sql.param(holders)}::uuid[])
        and (org_id, equipment_id) in (
          select org_id, equipment_id from jobs where job_id = any(${sql.param(holders)}::uuid[]))`);
  }
}

const startStatement = {
  name: 'start-attempts',
  text: `insert into attempts (job_id, attempt, org_id, worker_id, equipment_id, lease_token, started_at)
    select job_id, attempt, org_id, worker_id, equipment_id, lease_token, to_timestamp(started_ms / 1000)
    from unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::int[], $7::float8[])
      as s(job_id, attempt, org_id, worker_id, equipment_id, lease_token, started_ms)`,
};

const endStatement = {
  name: 'end-attempts',
  text: `update attempts a set ended_at = to_timestamp(e.ended_ms / 1000), ending = e.ending, error = e.error
    from unnest($1::uuid[], $2::int[], $3::float8[], $4::text[], $5::text[])
      as e(job_id, attempt, ended_ms, ending, error)
    where a.job_id = e.job_id and a.attempt = e.attempt`,
};

async function saveAttempts(
  tx: Transaction,
  started: readonly OfKind<'start-attempt'>[],
  ended: readonly OfKind<'end-attempt'>[],
): Promise<void> {
  await Promise.all([
    started.length === 0
      ? null
      : runPrepared(tx, startStatement, [
          started.map(({ job }) => job.jobId),
          started.map(({ job }) => job.attempt),
          started.map(({ job }) => job.orgId),
          started.map(({ job }) => job.workerId ?? ''),
          started.map(({ job }) => job.equipmentId),
          started.map(({ effect }) => effect.leaseToken),
          started.map(({ atMs }) => atMs),
        ]),
    ended.length === 0
      ? null
      : runPrepared(tx, endStatement, [
          ended.map(({ job }) => job.jobId),
          ended.map(({ job }) => job.attempt),
          ended.map(({ atMs }) => atMs),
          ended.map(({ effect }) => effect.ending),
          ended.map(({ effect }) => effect.error),
        ]),
  ]);
}

async function saveOutcomes(tx: Transaction, placed: readonly OfKind<'outcome'>[]): Promise<void> {
  if (placed.length === 0) return;
  const rows = placed.map(({ job, effect }) => ({ run_id: job.runId, outcome: effect.outcome }));
  await tx.execute(sql`
    update runs r set outcome = o.outcome
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as o(run_id text, outcome jsonb)
    where r.run_id = o.run_id`);
}

async function saveArtifacts(tx: Transaction, placed: readonly OfKind<'artifacts'>[]): Promise<void> {
  const rows = placed.flatMap(({ job, effect, atMs }) =>
    effect.artifacts.map((artifact) => ({
      artifactId: artifact.artifact_id,
      orgId: job.orgId,
      jobId: job.jobId,
      runId: job.runId,
      attempt: job.attempt,
      kind: artifact.kind,
      name: artifact.name,
      mediaType: artifact.media_type,
      sizeBytes: artifact.size_bytes,
      sha256: artifact.sha256,
      uri: artifact.uri,
      createdAt: new Date(atMs),
    })),
  );
  if (rows.length > 0) await tx.insert(artifacts).values(rows).onConflictDoNothing();
}

async function saveLogs(tx: Transaction, placed: readonly OfKind<'logs'>[]): Promise<void> {
  const rows = placed.flatMap(({ job, effect, atMs }) =>
    effect.lines.map((line, index) => ({
      jobId: job.jobId,
      line: effect.firstLine + index,
      orgId: job.orgId,
      attempt: job.attempt,
      // A worker's unreadable time must not cost the line.
      at: new Date(Number.isNaN(Date.parse(line.at)) ? atMs : line.at),
      level: line.level,
      message: line.message,
    })),
  );
  if (rows.length > 0) await tx.insert(jobLogs).values(rows);
}

async function saveDeadLetters(
  tx: Transaction,
  letters: readonly OfKind<'dead-letter'>[],
  redriven: readonly OfKind<'redriven'>[],
  newId: () => string,
): Promise<void> {
  if (letters.length > 0) {
    await tx.insert(deadLetters).values(
      letters.map(({ job, effect, atMs }) => ({
        deadLetterId: newId(),
        orgId: job.orgId,
        jobId: job.jobId,
        runId: job.runId,
        reason: effect.reason,
        code: effect.code,
        attempts: job.attempt,
        createdAt: new Date(atMs),
      })),
    );
  }
  for (const { effect, atMs } of redriven) {
    await tx.execute(sql`
      update dead_letters set redriven_at = ${new Date(atMs).toISOString()}
      where dead_letter_id = ${effect.deadLetterId}`);
  }
}

async function saveEvents(
  tx: Transaction,
  placed: readonly OfKind<'event'>[],
  newId: () => string,
): Promise<void> {
  const rows = placed.flatMap(({ job, effect, atMs }) => {
    const id = newId();
    const event = runEvent(job, { type: effect.type, extra: effect.extra, id, atMs });
    if (event === null) return [];
    const subject = eventSubject(job, event);
    return [{ messageId: id, orgId: job.orgId, jobId: job.jobId, subject, payload: JSON.stringify(event) }];
  });
  if (rows.length > 0) await tx.insert(outbox).values(rows);
}
