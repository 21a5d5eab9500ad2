import type { Transaction } from '@spectra/database';
import type { JobStatus, RunEvent } from '@spectra/schemas';
import type { Decision, Situation } from '../core/decision.ts';
import type { Job } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { isTerminal, isWaiting } from '../core/transitions.ts';
import { countJobs, type CountedMove } from './job-counts.ts';
import { lockJobs, saveJobs } from './job-rows.ts';
import { eventSubject, saveEffects, type PlacedEffect } from './save-effects.ts';

/** One thing to decide about one job. */
export type JobCommand<Reply> = {
  jobId: string;
  decide: (job: Job, situation: Situation) => Decision<Reply>;
};

/** What a decision may use beside the stored state. */
export type CommandSettings = Pick<Situation, 'leaseTtlMs' | 'retry' | 'chance'> & { newId: () => string };

/** What there is to do once the transaction is committed. */
export type AfterCommit = {
  /** Messages wait in the outbox. */
  publish: boolean;
  /** A slot or a tool became free, which jobs of any queue may wait for. */
  freed: boolean;
  /** Queues to which a job came back. */
  readyQueues: string[];
  /** Workers to tell that their job shall stop. */
  cancelledJobIds: string[];
  /** Jobs that came to an end, for those that wait for them. */
  endedJobIds: string[];
  progressed: { subject: string; event: RunEvent }[];
  transitions: Transition[];
  /** Queues of the jobs that failed for good. */
  deadLetters: string[];
};

/** A change of a job's status, and what the figures need to know of it. */
type Transition = { from: JobStatus; to: JobStatus; queue: string; errorCode: string | null };

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
  const placed: PlacedEffect[] = [];
  const replies = commands.map((command) => {
    const job = present.get(command.jobId);
    if (job === undefined) return null;
    const { nowMs } = stored;
    // Only a claim asks who holds the tool, and claims are decided when jobs are taken.
    const decision = command.decide(job, { ...settings, nowMs, lease: null });
    present.set(job.jobId, decision.job);
    placed.push(...decision.effects.map((effect) => ({ job: decision.job, effect, atMs: nowMs })));
    return decision.reply;
  });
  const changes = changesOf(stored.jobs, present);
  return { replies, after: await storeDecisions(tx, { changes, placed }, settings.newId) };
}

/** Stores what decisions led to, all of it sent together; answers what there is to do after the commit. */
export async function storeDecisions(
  tx: Transaction,
  { changes, placed }: { changes: { before: Job; after: Job }[]; placed: PlacedEffect[] },
  newId: () => string,
): Promise<AfterCommit> {
  await Promise.all([saveJobs(tx, changes), saveEffects(tx, placed, newId), countJobs(tx, movesOf(changes))]);
  return afterCommit(changes, placed, newId);
}

function movesOf(changes: readonly { before: Job; after: Job }[]): CountedMove[] {
  return changes
    .filter(({ before, after }) => before.status !== after.status)
    .flatMap(({ before, after }) => [
      { ...after, jobs: 1 },
      { ...before, jobs: -1 },
    ]);
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
    publish: placed.some(({ job, effect }) => effect.kind === 'event' && job.runId !== null),
    freed: changes.some(
      ({ before, after }) => before.dispatchedAtMs !== null && after.dispatchedAtMs === null,
    ),
    readyQueues: changes
      .filter(({ before, after }) => isWaiting(after.status) && !isWaiting(before.status))
      .map(({ after }) => after.queue),
    cancelledJobIds: placed
      .filter(({ effect }) => effect.kind === 'notify-cancel')
      .map(({ job }) => job.jobId),
    endedJobIds: changes
      .filter(({ before, after }) => isTerminal(after.status) && !isTerminal(before.status))
      .map(({ after }) => after.jobId),
    progressed: placed.flatMap(({ job, effect, atMs }) => {
      if (effect.kind !== 'progressed') return [];
      const event = runEvent(job, { type: 'spectra.run.progressed', extra: {}, id: newId(), atMs });
      return event === null ? [] : [{ subject: eventSubject(job, event), event }];
    }),
    transitions: changes
      .filter(({ before, after }) => before.status !== after.status)
      .map(({ before, after }) => ({
        from: before.status,
        to: after.status,
        queue: after.queue,
        errorCode: after.errorCode,
      })),
    deadLetters: placed.filter(({ effect }) => effect.kind === 'dead-letter').map(({ job }) => job.queue),
  };
}
