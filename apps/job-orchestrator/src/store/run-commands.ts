import { commitBehind, type Transaction } from '@spectra/database';
import type { JobStatus, RunEvent, ToolResult } from '@spectra/schemas';
import type { Decision, Situation } from '../core/decision.ts';
import type { Job } from '../core/job.ts';
import { runEvent } from '../core/run-event.ts';
import { isTerminal, isWaiting } from '../core/transitions.ts';
import { isChanged } from './job-columns.ts';
import { lockJobs, saveJobs } from './job-rows.ts';
import type { DatabaseClock } from './database-clock.ts';
import type { KnownJob } from './known-jobs.ts';
import { eventSubject } from './outbox-messages.ts';
import { saveEffects, type PlacedEffect } from './save-effects.ts';

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

/** A job as it was known, and as it shall be. */
export type JobChange = { before: KnownJob; after: Job };

/** What a group of decisions led to: replies in their places, what to do after the commit, and what was written. */
type Written = { replies: unknown[]; after: AfterCommit; jobs: Job[]; version: string | null };

/**
 * Decides a group of commands in their order and stores everything in a handful of statements. The reply is
 * null where there is no such job (or, under row-level security, not for this organisation).
 */
export async function runCommands(
  tx: Transaction,
  commands: readonly JobCommand<unknown>[],
  settings: CommandSettings,
): Promise<Written> {
  const jobIds = commands.map((command) => command.jobId);
  const { jobs, nowMs } = await lockJobs(tx, jobIds);
  const { replies, changes, placed } = decideAll(commands, jobs, { ...settings, nowMs });
  commitBehind(tx);
  return { replies, ...(await storeDecisions(tx, { changes, placed }, settings.newId)) };
}

/**
 * The same for jobs that this process wrote last: nothing is locked or read before, and nothing is written when
 * somebody else wrote meanwhile. Null when a decision changes nothing, since then no write shows whether what is known
 * of its job still stands.
 */
export async function runKnownCommands(
  tx: Transaction,
  { commands, known, clock }: KnownCommands,
  settings: CommandSettings,
): Promise<Written | null> {
  const nowMs = clock.nowMs() ?? (await clock.ask(tx));
  const { replies, changes, placed } = decideAll(commands, known, { ...settings, nowMs });
  if (changes.length < known.size) return null;
  commitBehind(tx);
  const [, written] = await Promise.all([
    clock.askInTime(tx),
    storeDecisions(tx, { changes, placed }, settings.newId),
  ]);
  return { replies, ...written };
}

type KnownCommands = {
  commands: readonly JobCommand<unknown>[];
  known: ReadonlyMap<string, KnownJob>;
  clock: DatabaseClock;
};

function decideAll(
  commands: readonly JobCommand<unknown>[],
  stored: ReadonlyMap<string, KnownJob>,
  settings: CommandSettings & { nowMs: number },
): { replies: unknown[]; changes: JobChange[]; placed: PlacedEffect[] } {
  const present = new Map([...stored].map(([jobId, { job }]) => [jobId, job]));
  const placed: PlacedEffect[] = [];
  // Only a claim asks who holds the tool, and claims are decided when jobs are taken.
  const situation: Situation = { ...settings, lease: null };
  const replies = commands.map((command) => {
    const job = present.get(command.jobId);
    if (job === undefined) return null;
    const decision = command.decide(job, situation);
    present.set(job.jobId, decision.job);
    placed.push(...decision.effects.map((effect) => ({ job: decision.job, effect, atMs: settings.nowMs })));
    return decision.reply;
  });
  const changes = [...stored.values()].flatMap((before) => {
    const after = present.get(before.job.jobId) ?? before.job;
    return isChanged(before.job, after) ? [{ before, after }] : [];
  });
  return { replies, changes, placed };
}

/** Stores what decisions led to, all of it sent together; answers what there is to do after the commit. */
export async function storeDecisions(
  tx: Transaction,
  { changes, placed }: { changes: readonly JobChange[]; placed: readonly PlacedEffect[] },
  newId: () => string,
): Promise<Omit<Written, 'replies'>> {
  const [version] = await Promise.all([
    saveJobs(tx, changes, resultsOf(placed)),
    saveEffects(tx, placed, newId),
  ]);
  return { after: afterCommit(changes, placed, newId), jobs: changes.map(({ after }) => after), version };
}

function resultsOf(placed: readonly PlacedEffect[]): Map<string, ToolResult> {
  return new Map(
    placed.flatMap(({ job, effect }) =>
      effect.kind === 'tool-result' ? [[job.jobId, effect.result] as const] : [],
    ),
  );
}

function afterCommit(
  all: readonly JobChange[],
  placed: readonly PlacedEffect[],
  newId: () => string,
): AfterCommit {
  const changes = all.map(({ before, after }) => ({ before: before.job, after }));
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
