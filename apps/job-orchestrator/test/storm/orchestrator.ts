import type { AttemptOutcome } from '@spectra/schemas';
import { cancelJob } from '../../src/core/cancel-job.ts';
import { claimJob } from '../../src/core/claim-job.ts';
import type { Decision, Situation } from '../../src/core/decision.ts';
import { pickJobs } from '../../src/core/dispatcher.ts';
import { finishAttempt } from '../../src/core/finish-attempt.ts';
import type { Job } from '../../src/core/job.ts';
import {
  recordHeartbeat,
  type HeartbeatCommand,
  type HeartbeatReply,
} from '../../src/core/record-heartbeat.ts';
import { takeJob } from '../../src/core/take-job.ts';
import { watchAttempt } from '../../src/core/watch-attempt.ts';
import { aJob, situation } from '../a-job.ts';
import type { Database, Rows, Transacted } from './database.ts';
import type { Stream } from './stream.ts';
import type { World } from './world.ts';

export const leaseTtlMs = 5_000;
const relayEveryMs = 150;
const reapEveryMs = 500;

/** The decisions and habits under test; the self-test plants bugs in them. */
export const trueRules = {
  cancelJob,
  claimJob,
  finishAttempt,
  pickJobs,
  recordHeartbeat,
  takeJob,
  watchAttempt,
  /** Says yes before the commit is certain. */
  answersBeforeCommit: false,
  /** Events leave from within the transaction, without an outbox. */
  publishesBeforeCommit: false,
  /** A message counts as published before it was. */
  marksBeforePublish: false,
  /** Creates again what a key already made. */
  forgetsKeys: false,
  /** Breaks attempts off right after a start, while workers could not renew their leases. */
  reapsWithoutGrace: false,
};
export type OrchestratorRules = typeof trueRules;

export type Taken = { jobId: string; attempt: number; token: number; tool: string; exposed: boolean };
/** An answer, or that nothing is certain and the caller shall ask again. */
export type Told<Value> = { ok: true; value: Value } | { ok: false };

/** The only writer of jobs, as a process that may die at any time; what it knows is in the database alone. */
export interface Orchestrator {
  create(key: string): Told<string> | null;
  cancel(jobId: string): Told<null> | null;
  take(workerId: string): Told<Taken | null> | null;
  heartbeat(jobId: string, command: HeartbeatCommand): Told<HeartbeatReply> | null;
  finish(jobId: string, attempt: number, outcome: AttemptOutcome): Told<{ accepted: boolean }> | null;
  kill(downMs: number): void;
}

export function createOrchestrator(
  world: World,
  parts: { database: Database; stream: Stream; tools: readonly string[]; rules: OrchestratorRules },
): Orchestrator {
  const { database, stream, tools, rules } = parts;
  const state = { upSinceMs: 0, downUntilMs: 0, number: 0 };
  const isDown = () => world.nowMs < state.downUntilMs;
  const told = <Value>(done: Transacted<Value>, early: () => Value): Told<Value> => {
    if (done.kind === 'committed') return { ok: true, value: done.value };
    return rules.answersBeforeCommit ? { ok: true, value: early() } : { ok: false };
  };
  const at = (draft: Rows, job: Job): Situation =>
    situation({
      nowMs: world.nowMs,
      lease: draft.leases.get(job.equipmentId ?? '') ?? null,
      leaseTtlMs,
      chance: () => world.chance(),
      retry: { baseMs: 500, capMs: 2_000 },
    });
  const emit = (draft: Rows, job: Job, event: string) => {
    const row = {
      id: `e${(state.number += 1)}`,
      jobId: job.jobId,
      event,
      status: job.status,
      published: false,
    };
    draft.outbox.push(row);
    if (rules.publishesBeforeCommit && stream.publish(row))
      draft.outbox.splice(-1, 1, { ...row, published: true });
  };
  const apply = <Reply>(draft: Rows, made: Decision<Reply>): Reply => {
    const { job } = made;
    draft.jobs.set(job.jobId, job);
    for (const effect of made.effects) {
      const tool = job.equipmentId ?? '';
      if (effect.kind === 'event') emit(draft, job, effect.type);
      if (effect.kind === 'grant-lease') {
        draft.leases.set(tool, { token: effect.token, jobId: job.jobId });
        draft.grants.push({ tool, token: effect.token, jobId: job.jobId, attempt: job.attempt });
      }
      const lease = draft.leases.get(tool);
      if (effect.kind === 'release-lease' && lease?.jobId === job.jobId)
        draft.leases.set(tool, { ...lease, jobId: null });
    }
    return made.reply;
  };
  const decide = <Reply>(jobId: string, decision: (job: Job, when: Situation) => Decision<Reply>) =>
    database.transact((draft) => {
      const job = draft.jobs.get(jobId);
      return job === undefined ? null : apply(draft, decision(job, at(draft, job)));
    });

  const relay = () => {
    world.after(relayEveryMs, relay);
    if (isDown()) return;
    const sent: string[] = [];
    const waiting = database.rows.outbox.filter((row) => !row.published);
    if (rules.marksBeforePublish)
      mark(
        database,
        waiting.map((row) => row.id),
      );
    for (const row of waiting) {
      if (!stream.publish(row)) break;
      sent.push(row.id);
      // Dying here publishes again later, under the same id.
      if (world.stormy && world.happens(0.02)) return orchestrator.kill(1_000);
    }
    if (!rules.marksBeforePublish && sent.length > 0) mark(database, sent);
  };
  const reap = () => {
    world.after(reapEveryMs, reap);
    if (isDown() || (world.nowMs - state.upSinceMs < leaseTtlMs && !rules.reapsWithoutGrace)) return;
    for (const { jobId, status } of database.rows.jobs.values()) {
      if (status !== 'running') continue;
      const seen = decide(jobId, rules.watchAttempt);
      if (seen.kind === 'committed' && seen.value === 'worker-lost') world.hit('worker lost');
    }
  };
  world.after(relayEveryMs, relay);
  world.after(reapEveryMs, reap);

  const orchestrator: Orchestrator = {
    create: (key) => {
      if (isDown()) return null;
      const jobId = `j${(state.number += 1)}`;
      const done = database.transact((draft) => {
        const known = draft.keys.get(key);
        if (known !== undefined && !rules.forgetsKeys) {
          world.hit('repeat of a key');
          return known;
        }
        draft.keys.set(key, jobId);
        const job = aJob({
          jobId,
          runId: `R-${jobId}`,
          orgId: `org${state.number % 3}`,
          equipmentIds: tools,
        });
        draft.jobs.set(jobId, job);
        emit(draft, job, 'spectra.run.queued');
        return jobId;
      });
      return told(done, () => jobId);
    },
    cancel: (jobId) => {
      if (isDown()) return null;
      const command = { reason: 'r', userId: 'u', ownOnly: false };
      return told(
        decide(jobId, (job, when) => rules.cancelJob(job, command, when)),
        () => null,
      ) as Told<null>;
    },
    take: (workerId) => {
      if (isDown()) return null;
      return told(
        database.transact((draft) => take(draft, { workerId, rules, at, apply, nowMs: world.nowMs })),
        () => null,
      );
    },
    heartbeat: (jobId, command) => {
      if (isDown()) return null;
      const done = decide(jobId, (job, when) => rules.recordHeartbeat(job, command, when));
      return told(done as Transacted<HeartbeatReply>, () => ({ stale: false, cancelRequested: false }));
    },
    finish: (jobId, attempt, outcome) => {
      if (isDown()) return null;
      const command = { attempt, currentStep: 'x', outcome, logs: [] };
      const done = decide(jobId, (job, when) => rules.finishAttempt(job, command, when));
      return told(done as Transacted<{ accepted: boolean }>, () => ({ accepted: true }));
    },
    kill: (downMs) => {
      world.hit('orchestrator killed');
      state.downUntilMs = Math.max(state.downUntilMs, world.nowMs + downMs);
      state.upSinceMs = state.downUntilMs;
    },
  };
  return orchestrator;
}

function mark(database: Database, ids: readonly string[]): void {
  const sent = new Set(ids);
  database.transact((draft) => {
    for (const [index, row] of draft.outbox.entries())
      if (sent.has(row.id)) draft.outbox[index] = { ...row, published: true };
  });
}

/** One job for a worker with one free slot: picked, claimed and leased in one transaction. */
function take(
  draft: Rows,
  {
    workerId,
    rules,
    at,
    apply,
    nowMs,
  }: {
    workerId: string;
    rules: OrchestratorRules;
    at: (draft: Rows, job: Job) => Situation;
    apply: <Reply>(draft: Rows, made: Decision<Reply>) => Reply;
    nowMs: number;
  },
): Taken | null {
  const jobs = [...draft.jobs.values()];
  const waiting = jobs.filter(
    (job) => (job.status === 'queued' || job.status === 'retrying') && (job.runAtMs ?? 0) <= nowMs,
  );
  const active = jobs.filter((job) => job.dispatchedAtMs !== null);
  const [pick] = rules.pickJobs({
    waiting: waiting.map((job, sequence) => ({ ...job, priority: 5, enqueuedAtMs: 0, sequence })),
    active,
    limits: { perQueue: { ion: active.length + 1 }, otherQueue: 1, perOrganisation: 3, ageingStepMs: 60_000 },
    nowMs,
  });
  const job = pick === undefined ? undefined : draft.jobs.get(pick.jobId);
  if (pick === undefined || job === undefined) return null;
  const picked = { ...job, equipmentId: pick.equipmentId };
  const made = rules.takeJob(job, { workerId, equipmentId: pick.equipmentId }, at(draft, picked));
  const reply = apply(draft, made);
  if (!reply.granted) return null;
  const exposed = job.checkpoint?.exposed ?? false;
  return {
    jobId: job.jobId,
    attempt: reply.attempt,
    token: reply.leaseToken,
    tool: pick.equipmentId ?? '',
    exposed,
  };
}
