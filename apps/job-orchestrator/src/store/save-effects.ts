import { runPrepared, type Transaction } from '@spectra/database';
import type { Artifact, JobLogLine } from '@spectra/schemas';
import type { Effect } from '../core/decision.ts';
import type { Job } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { recordAttempts, type EndedAttempt } from './cost-rows.ts';
import { outboxMessages } from './outbox-messages.ts';
import { asTime, insertRows, sentRows, type NewColumn } from './sent-columns.ts';

/** An effect with the job as it was right after the decision, and the time of the decision. */
export type PlacedEffect = { job: Job; effect: Effect; atMs: number };

type OfKind<Kind extends Effect['kind']> = PlacedEffect & { effect: Extract<Effect, { kind: Kind }> };

/** Stores what a group of decisions asked for: one statement for each kind that occurs, all sent at once. */
export async function saveEffects(
  tx: Transaction,
  placed: readonly PlacedEffect[],
  newId: () => string,
): Promise<void> {
  await Promise.all([
    grantLeases(tx, ofKind(placed, 'grant-lease')),
    releaseLeases(tx, ofKind(placed, 'release-lease')),
    saveOutcomes(tx, ofKind(placed, 'outcome')),
    insertRows(tx, keptArtifacts, ofKind(placed, 'artifacts').flatMap(artifactsOf)),
    insertRows(tx, logLines, ofKind(placed, 'logs').flatMap(linesOf)),
    saveDeadLetters(tx, ofKind(placed, 'dead-letter'), ofKind(placed, 'redriven'), newId),
    saveEvents(tx, ofKind(placed, 'event'), newId),
    // Behind the outcomes, which it reads.
    recordAttempts(tx, ofKind(placed, 'end-attempt').map(endedAttempt), newId),
  ]);
}

function endedAttempt({ job, effect, atMs }: OfKind<'end-attempt'>): EndedAttempt {
  const { attempt, workerId, attemptStartedAtMs: startedMs } = job;
  const tookS = Math.max(0, atMs - (startedMs ?? atMs)) / 1000;
  return { job, attempt, workerId, startedMs, endedMs: atMs, ...effect, tookS };
}

function ofKind<Kind extends Effect['kind']>(placed: readonly PlacedEffect[], kind: Kind): OfKind<Kind>[] {
  return placed.filter((one): one is OfKind<Kind> => one.effect.kind === kind);
}

/** Fails with its transaction, whose commit may travel behind it, unless every tool was free. */
async function grantLeases(tx: Transaction, grants: readonly OfKind<'grant-lease'>[]): Promise<void> {
  if (grants.length === 0) return;
  const rows = sentRows(
    [
      { name: 'org_id', type: 'uuid', values: grants.map(({ job }) => job.orgId) },
      { name: 'equipment_id', type: 'text', values: grants.map(({ job }) => job.equipmentId) },
      { name: 'token', type: 'int', values: grants.map(({ effect }) => effect.token) },
      { name: 'job_id', type: 'uuid', values: grants.map(({ job }) => job.jobId) },
      { name: 'granted_ms', type: 'float8', values: grants.map(({ atMs }) => atMs) },
    ],
    { given: 1, keys: 2 },
  );
  const statement = {
    name: `grant-leases-${rows.form}`,
    text: `with granted as (
        insert into equipment_leases as l (org_id, equipment_id, token, job_id, granted_at)
        select org_id, equipment_id, token, job_id, to_timestamp(granted_ms / 1000) from ${rows.text} s
        on conflict (org_id, equipment_id) do update set
          token = excluded.token, job_id = excluded.job_id, granted_at = excluded.granted_at, released_at = null
        where l.token < excluded.token and l.job_id is null
        returning 1)
      select all_written(count(*), $1::bigint) from granted`,
  };
  await runPrepared(tx, statement, [grants.length, ...rows.values]);
}

const releaseStatement = {
  name: 'release-leases',
  text: `update equipment_leases l set job_id = null, released_at = clock_timestamp()
    from unnest($1::uuid[], $2::uuid[], $3::text[]) as s(job_id, org_id, equipment_id)
    where l.org_id = s.org_id and l.equipment_id = s.equipment_id and l.job_id = s.job_id`,
};

async function releaseLeases(tx: Transaction, releases: readonly OfKind<'release-lease'>[]): Promise<void> {
  const held = releases.filter(({ job }) => job.equipmentId !== null);
  if (held.length === 0) return;
  await runPrepared(tx, releaseStatement, [
    held.map(({ job }) => job.jobId),
    held.map(({ job }) => job.orgId),
    held.map(({ job }) => job.equipmentId),
  ]);
}

const outcomeStatement = {
  name: 'save-outcomes',
  text: `update runs r set outcome = o.outcome::jsonb
    from unnest($1::text[], $2::text[]) as o(run_id, outcome) where r.run_id = o.run_id`,
};

async function saveOutcomes(tx: Transaction, placed: readonly OfKind<'outcome'>[]): Promise<void> {
  if (placed.length === 0) return;
  await runPrepared(tx, outcomeStatement, [
    placed.map(({ job }) => job.runId),
    placed.map(({ effect }) => JSON.stringify(effect.outcome)),
  ]);
}

type KeptArtifact = { job: Job; artifact: Artifact; atMs: number };

const keptArtifacts = {
  table: 'artifacts',
  columns: [
    { name: 'artifact_id', type: 'uuid', of: ({ artifact }) => artifact.artifact_id },
    { name: 'org_id', type: 'uuid', of: ({ job }) => job.orgId },
    { name: 'job_id', type: 'uuid', of: ({ job }) => job.jobId },
    { name: 'run_id', type: 'text', of: ({ job }) => job.runId },
    { name: 'attempt', type: 'int', of: ({ job }) => job.attempt },
    { name: 'kind', type: 'text', of: ({ artifact }) => artifact.kind },
    { name: 'name', type: 'text', of: ({ artifact }) => artifact.name },
    { name: 'media_type', type: 'text', of: ({ artifact }) => artifact.media_type },
    { name: 'size_bytes', type: 'bigint', of: ({ artifact }) => artifact.size_bytes },
    { name: 'sha256', type: 'text', of: ({ artifact }) => artifact.sha256 },
    { name: 'uri', type: 'text', of: ({ artifact }) => artifact.uri },
    { name: 'created_at', type: 'float8', of: ({ atMs }) => atMs, write: asTime },
  ] satisfies NewColumn<KeptArtifact>[],
  ending: 'on conflict do nothing',
};

function artifactsOf({ job, effect, atMs }: OfKind<'artifacts'>): KeptArtifact[] {
  return effect.artifacts.map((artifact) => ({ job, artifact, atMs }));
}

type LogLine = { job: Job; line: number; said: JobLogLine; atMs: number };

const logLines = {
  table: 'job_logs',
  columns: [
    { name: 'job_id', type: 'uuid', of: ({ job }) => job.jobId },
    { name: 'line', type: 'int', of: ({ line }) => line },
    { name: 'org_id', type: 'uuid', of: ({ job }) => job.orgId },
    { name: 'attempt', type: 'int', of: ({ job }) => job.attempt },
    // A worker's unreadable time must not cost the line.
    { name: 'at', type: 'float8', of: ({ said, atMs }) => Date.parse(said.at) || atMs, write: asTime },
    { name: 'level', type: 'text', of: ({ said }) => said.level },
    { name: 'message', type: 'text', of: ({ said }) => said.message },
  ] satisfies NewColumn<LogLine>[],
};

function linesOf({ job, effect, atMs }: OfKind<'logs'>): LogLine[] {
  return effect.lines.map((said, index) => ({ job, line: effect.firstLine + index, said, atMs }));
}

type Letter = OfKind<'dead-letter'> & { id: string };

const writtenLetters = {
  table: 'dead_letters',
  columns: [
    { name: 'dead_letter_id', type: 'uuid', of: ({ id }) => id },
    { name: 'org_id', type: 'uuid', of: ({ job }) => job.orgId },
    { name: 'job_id', type: 'uuid', of: ({ job }) => job.jobId },
    { name: 'run_id', type: 'text', of: ({ job }) => job.runId },
    { name: 'reason', type: 'text', of: ({ effect }) => effect.reason },
    { name: 'code', type: 'text', of: ({ effect }) => effect.code },
    { name: 'attempts', type: 'int', of: ({ job }) => job.attempt },
    { name: 'created_at', type: 'float8', of: ({ atMs }) => atMs, write: asTime },
  ] satisfies NewColumn<Letter>[],
};

const redrivenStatement = {
  name: 'redriven-letters',
  text: `update dead_letters d set redriven_at = to_timestamp(s.at_ms / 1000)
    from unnest($1::uuid[], $2::float8[]) as s(dead_letter_id, at_ms)
    where d.dead_letter_id = s.dead_letter_id`,
};

async function saveDeadLetters(
  tx: Transaction,
  letters: readonly OfKind<'dead-letter'>[],
  redriven: readonly OfKind<'redriven'>[],
  newId: () => string,
): Promise<void> {
  await Promise.all([
    insertRows(
      tx,
      writtenLetters,
      letters.map((letter) => ({ ...letter, id: newId() })),
    ),
    redriven.length === 0
      ? null
      : runPrepared(tx, redrivenStatement, [
          redriven.map(({ effect }) => effect.deadLetterId),
          redriven.map(({ atMs }) => atMs),
        ]),
  ]);
}

async function saveEvents(
  tx: Transaction,
  placed: readonly OfKind<'event'>[],
  newId: () => string,
): Promise<void> {
  const events = placed.flatMap(({ job, effect, atMs }) => {
    const event = runEvent(job, { type: effect.type, extra: effect.extra, id: newId(), atMs });
    return event === null ? [] : [{ job, event }];
  });
  await insertRows(tx, outboxMessages, events);
}
