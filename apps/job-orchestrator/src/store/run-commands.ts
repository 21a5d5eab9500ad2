import type { Transaction } from '@spectra/database';
import type { JobStatus, RunEvent } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { Decision, Lease, Situation } from '../core/decision.ts';
import type { Job } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { isWaiting } from '../core/transitions.ts';
import { lockJobs, saveJobs } from './job-rows.ts';
import { eventSubject, saveEffects, type PlacedEffect } from './save-effects.ts';

/** One thing to decide about one job. */
export type JobCommand<Reply> = {
  jobId: string;
  /** Whether the decision needs to know who holds the tool. */
  readsLease?: boolean;
  decide: (job: Job, situation: Situation) => Decision<Reply>;
};

/** What a decision may use beside the stored state. */
export type CommandSettings = Pick<Situation, 'leaseTtlMs' | 'retry' | 'chance'> & { newId: () => string };

/** What there is to do once the transaction is committed. */
export type AfterCommit = {
  /** Messages wait in the outbox. */
  publish: boolean;
  /** A slot or tool became free, or a job came back to its queue. */
  dispatch: boolean;
  /** Workers to tell that their job shall stop. */
  cancelledJobIds: string[];
  progressed: { subject: string; event: RunEvent }[];
  transitions: { from: JobStatus; to: JobStatus }[];
};

/**
 * Decides a group of commands in their order and stores everything in a handful of statements. The reply is
 * null where there is no such job (or, under row-level security, not for this organisation).
 */
export async function runCommands(
  tx: Transaction,
  commands: readonly JobCommand<unknown>[],
  settings: CommandSettings,
): Promise<{ replies: unknown[]; after: AfterCommit }> {
  const stored = await lockJobs(
    tx,
    commands.map((command) => command.jobId),
  );
  const present = new Map(stored.jobs);
  const leases = await lockLeases(tx, commands, present);
  const placed: PlacedEffect[] = [];
  const replies = commands.map((command) => {
    const job = present.get(command.jobId);
    if (job === undefined) return null;
    const lease = leases.get(leaseKey(job.orgId, job.equipmentId)) ?? null;
    const { nowMs } = stored;
    const decision = command.decide(job, { ...settings, nowMs, lease });
    present.set(job.jobId, decision.job);
    placed.push(...decision.effects.map((effect) => ({ job: decision.job, effect, atMs: nowMs })));
    return decision.reply;
  });
  const changes = changesOf(stored.jobs, present);
  await saveJobs(tx, changes);
  await saveEffects(tx, placed, settings.newId);
  return { replies, after: afterCommit(changes, placed, settings.newId) };
}

async function lockLeases(
  tx: Transaction,
  commands: readonly JobCommand<unknown>[],
  found: ReadonlyMap<string, Job>,
): Promise<Map<string, Lease>> {
  const tools = commands
    .filter((command) => command.readsLease === true)
    .map((command) => found.get(command.jobId))
    .filter((job) => job !== undefined && job.equipmentId !== null)
    .map((job) => ({ org_id: job?.orgId, equipment_id: job?.equipmentId }));
  if (tools.length === 0) return new Map();
  const locked = await tx.execute<{
    org_id: string;
    equipment_id: string;
    token: number;
    job_id: string | null;
  }>(
    sql`
      select l.org_id, l.equipment_id, l.token, l.job_id from equipment_leases l
      where (l.org_id, l.equipment_id) in (
        select t.org_id, t.equipment_id
        from jsonb_to_recordset(${JSON.stringify(tools)}::jsonb) as t(org_id uuid, equipment_id text))
      order by l.org_id, l.equipment_id for update`,
  );
  return new Map(
    locked.rows.map((row) => [
      leaseKey(row.org_id, row.equipment_id),
      { token: row.token, jobId: row.job_id },
    ]),
  );
}

function leaseKey(orgId: string, equipmentId: string | null): string {
  return `${orgId}/${equipmentId ?? ''}`;
}

function changesOf(
  before: ReadonlyMap<string, Job>,
  after: ReadonlyMap<string, Job>,
): { before: Job; after: Job }[] {
  return [...before.values()].flatMap((job) => {
    const now = after.get(job.jobId) ?? job;
    return now === job ? [] : [{ before: job, after: now }];
  });
}

function afterCommit(
  changes: readonly { before: Job; after: Job }[],
  placed: readonly PlacedEffect[],
  newId: () => string,
): AfterCommit {
  return {
    publish: placed.some(({ effect }) => effect.kind === 'event'),
    dispatch: changes.some(
      ({ before, after }) =>
        (before.dispatchedAtMs !== null && after.dispatchedAtMs === null) ||
        (isWaiting(after.status) && !isWaiting(before.status)),
    ),
    cancelledJobIds: placed
      .filter(({ effect }) => effect.kind === 'notify-cancel')
      .map(({ job }) => job.jobId),
    progressed: placed.flatMap(({ job, effect, atMs }) => {
      if (effect.kind !== 'progressed') return [];
      const event = runEvent(job, { type: 'spectra.run.progressed', extra: {}, id: newId(), atMs });
      return event === null ? [] : [{ subject: eventSubject(job, event), event }];
    }),
    transitions: changes
      .filter(({ before, after }) => before.status !== after.status)
      .map(({ before, after }) => ({ from: before.status, to: after.status })),
  };
}
