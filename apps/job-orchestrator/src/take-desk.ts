import type { Database, Transaction } from '@spectra/database';
import { toolNameSchema, type TakenJob } from '@spectra/schemas';
import { pickJobs, type DispatchLimits, type JobPick } from './core/dispatcher.ts';
import { finishAttempt, type FinishCommand } from './core/finish-attempt.ts';
import { createGroupCommit } from './core/group-commit.ts';
import type { Job } from './core/job.ts';
import { takeJob } from './core/take-job.ts';
import { storeDecisions, type AfterCommit, type CommandSettings } from './store/run-commands.ts';
import { namedRecipeOf } from './store/records.ts';
import type { PlacedEffect } from './store/save-effects.ts';
import {
  findLost,
  leaseKey,
  lockPicked,
  readFronts,
  type Fronts,
  type PickedJob,
} from './store/take-rows.ts';

/** A worker that asks for the next jobs of its queue. */
type TakeRequest = {
  queue: string;
  workerId: string;
  slots: number;
  /** Given when an answer was lost: what the worker knows of. */
  inHand: readonly string[] | null;
};

/** Hands jobs to workers; those that ask together are served in one transaction. */
export type TakeDesk = { take(request: TakeRequest): Promise<TakenJob[]>; drain(): Promise<void> };

/** What a round of taking led to, beside the answers. */
export type TakeRound = {
  after: AfterCommit;
  /** How long each job waited whose first attempt was given to a worker now. */
  started: { queue: string; waitedMs: number }[];
  /** Jobs that may start as far as their queue is asked, and were held back by a limit or by another change. */
  heldBack: string[];
};

type TakeSettings = CommandSettings & { limits: DispatchLimits };
type Grant = { job: PickedJob; leaseToken: number };

const requestsMax = 100;
const waitingMax = 10_000;
/** Characters of what one worker gets at once; a message holds 1 MB. */
const answerTextMax = 250_000;

/** Opens the desk. `done` learns after each commit what there is to do. */
export function createTakeDesk(options: {
  database: Database;
  settings: TakeSettings;
  done: (round: TakeRound) => void;
}): TakeDesk {
  const { database, settings, done } = options;
  const group = createGroupCommit<TakeRequest, TakenJob[]>({
    itemsMax: requestsMax,
    waitingMax,
    write: async (requests) => {
      const { answers, round } = await database.withSystem((tx) => takeJobs(tx, requests, settings));
      done(round);
      return answers;
    },
  });
  return { take: (request) => group.submit(request), drain: () => group.drain() };
}

async function takeJobs(
  tx: Transaction,
  requests: readonly TakeRequest[],
  settings: TakeSettings,
): Promise<{ answers: TakenJob[][]; round: TakeRound }> {
  const fronts = await readFronts(tx, slotsAsked(requests));
  const picks = assign(
    pickJobs({ ...fronts, limits: limitsFor(requests, fronts, settings) }),
    fronts,
    requests,
  );
  const granted = await grant(tx, picks, settings);
  const answers = await Promise.all(
    requests.map(async (request, index) => {
      const fresh = granted.grants.get(index) ?? [];
      const lost = request.inHand === null ? [] : await lostOf(tx, request, fresh);
      return [...lost, ...fresh].map((one) => takenJobOf(one, settings.leaseTtlMs));
    }),
  );
  const heldBack = new Set(fronts.waiting.map((job) => job.queue));
  for (const queue of heldBack) {
    const left = fronts.waiting.filter((job) => job.queue === queue && !granted.jobIds.has(job.jobId));
    if (left.length === 0) heldBack.delete(queue);
  }
  const started = firstStarts(fronts, [...granted.grants.values()].flat());
  return { answers, round: { after: granted.after, started, heldBack: [...heldBack] } };
}

/** A retry waits because it is told to, so only first attempts count. */
function firstStarts(fronts: Fronts, grants: readonly Grant[]): TakeRound['started'] {
  const first = new Set(grants.filter(({ job }) => job.job.attempt === 1).map(({ job }) => job.job.jobId));
  return fronts.waiting
    .filter(({ jobId }) => first.has(jobId))
    .map(({ queue, enqueuedAtMs }) => ({ queue, waitedMs: Math.max(0, fronts.nowMs - enqueuedAtMs) }));
}

function slotsAsked(requests: readonly TakeRequest[]): Map<string, number> {
  const asked = new Map<string, number>();
  for (const { queue, slots } of requests) asked.set(queue, (asked.get(queue) ?? 0) + slots);
  return asked;
}

/** The limits of the platform, and no more than the workers have slots for. */
function limitsFor(
  requests: readonly TakeRequest[],
  { active }: Fronts,
  { limits }: TakeSettings,
): DispatchLimits {
  const perQueue: Record<string, number> = { ...limits.perQueue };
  for (const [queue, slots] of slotsAsked(requests)) {
    const running = active.filter((job) => job.queue === queue).length;
    perQueue[queue] = Math.min(perQueue[queue] ?? limits.otherQueue, running + slots);
  }
  return { ...limits, perQueue };
}

type Assigned = JobPick & { orgId: string; request: number; workerId: string };

/** Shares the picks out among the workers of their queue, in turns, so that the load spreads. */
function assign(
  picks: readonly JobPick[],
  { waiting }: Fronts,
  requests: readonly TakeRequest[],
): Assigned[] {
  const jobs = new Map(waiting.map((job) => [job.jobId, job]));
  const left = requests.map((request) => request.slots);
  const next = new Map<string, number>();
  return picks.flatMap((pick): Assigned[] => {
    const job = jobs.get(pick.jobId);
    if (job === undefined) return [];
    const from = next.get(job.queue) ?? 0;
    const turns = requests.map((_request, index) => (from + index) % requests.length);
    const chosen = turns.find((index) => requests[index]?.queue === job.queue && (left[index] ?? 0) > 0);
    const request = chosen === undefined ? undefined : requests[chosen];
    if (chosen === undefined || request === undefined) return [];
    left[chosen] = (left[chosen] ?? 0) - 1;
    next.set(job.queue, chosen + 1);
    return [{ ...pick, orgId: job.orgId, request: chosen, workerId: request.workerId }];
  });
}

/** Locks the picks, decides each claim and stores them; what does not fit into an answer stays in its line. */
async function grant(
  tx: Transaction,
  picks: readonly Assigned[],
  settings: TakeSettings,
): Promise<{ grants: Map<number, Grant[]>; jobIds: Set<string>; after: AfterCommit }> {
  const grants = new Map<number, Grant[]>();
  const jobIds = new Set<string>();
  const changes: Parameters<typeof storeDecisions>[1]['changes'] = [];
  const placed: PlacedEffect[] = [];
  const room = new Map<number, number>();
  const locked = picks.length === 0 ? null : await lockPicked(tx, picks);
  for (const pick of picks) {
    const picked = locked?.jobs.get(pick.jobId);
    if (picked === undefined || locked === null) continue;
    const textLeft = (room.get(pick.request) ?? answerTextMax) - textOf(picked);
    if (textLeft < 0 && room.has(pick.request)) continue;
    const lease = locked.leases.get(leaseKey(pick.orgId, pick.equipmentId)) ?? null;
    const { nowMs } = locked;
    const situation = { ...settings, nowMs, lease };
    const decision = takeJob(picked.job, pick, situation);
    if (!decision.reply.granted) continue;
    const { job, reply } = decision;
    jobIds.add(job.jobId);
    placed.push(...decision.effects.map((effect) => ({ job, effect, atMs: nowMs })));
    if (isUnknown(picked)) {
      const failed = finishAttempt(job, unknownTool(job, picked.toolName), situation);
      changes.push({ before: picked.job, after: failed.job });
      placed.push(...failed.effects.map((effect) => ({ job: failed.job, effect, atMs: nowMs })));
      continue;
    }
    room.set(pick.request, textLeft);
    changes.push({ before: picked.job, after: job });
    const given = grants.get(pick.request) ?? [];
    given.push({ job: { ...picked, job }, leaseToken: reply.leaseToken });
    grants.set(pick.request, given);
  }
  return { grants, jobIds, after: await storeDecisions(tx, { changes, placed }, settings.newId) };
}

/** A job of a tool that this version does not know: given to a worker, it would be refused again and again. */
function isUnknown({ run, toolName }: PickedJob): boolean {
  return run === null && !toolNameSchema.safeParse(toolName).success;
}

function unknownTool(job: Job, name: string | null): FinishCommand {
  const error = { code: 'not_implemented', message: `There is no tool ${name ?? ''}`, transient: false };
  const outcome = { kind: 'failed' as const, error, artifacts: [] };
  return { attempt: job.attempt, currentStep: 'Not started', outcome, logs: [] };
}

function textOf({ parameters, run, job }: PickedJob): number {
  return JSON.stringify(parameters ?? run).length + JSON.stringify(job.checkpoint).length;
}

async function lostOf(tx: Transaction, request: TakeRequest, fresh: readonly Grant[]): Promise<Grant[]> {
  const { queue, workerId, inHand, slots } = request;
  const known = [...(inHand ?? []), ...fresh.map(({ job }) => job.job.jobId)];
  const room = slots - fresh.length;
  if (room <= 0) return [];
  const lost = await findLost(tx, { queue, workerId, inHand: known, slots: room });
  return lost.map(({ leaseToken, ...job }) => ({ job, leaseToken }));
}

function takenJobOf({ job: picked, leaseToken }: Grant, leaseTtlMs: number): TakenJob {
  const { job, run } = picked;
  const granted = { attempt: job.attempt, lease_ttl_ms: leaseTtlMs };
  if (run === null) {
    const spec = {
      job_id: job.jobId,
      org_id: job.orgId,
      user_id: job.userId,
      tool: toolNameSchema.parse(picked.toolName),
      params: picked.parameters ?? {},
      traceparent: job.traceparent,
    };
    return { ...granted, kind: 'tool', spec };
  }
  const { prepared } = run;
  const spec = {
    run_id: job.runId ?? '',
    job_id: job.jobId,
    org_id: job.orgId,
    process: job.process ?? '',
    recipe: prepared.recipe,
    recipe_hash: prepared.recipe_hash,
    wafers: run.wafers,
    lot_id: run.lotId,
    sop_id: prepared.sop_id,
    source_run_id: run.sourceRunId,
    ...namedRecipeOf(prepared),
    ...(prepared.layer === undefined ? {} : { layer: prepared.layer }),
    ...(prepared.run_to_run === undefined ? {} : { run_to_run: prepared.run_to_run }),
    equipment_id: job.equipmentId ?? '',
    time_scale: run.timeScale,
    seed: run.seed,
    created_by: run.createdBy,
    traceparent: job.traceparent,
  };
  return { ...granted, kind: 'run', lease_token: leaseToken, spec, checkpoint: job.checkpoint };
}
