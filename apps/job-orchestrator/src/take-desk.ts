import { commitBehind, isDatabaseAway, type Database, type Transaction } from '@spectra/database';
import { toolNameSchema, type TakenJob } from '@spectra/schemas';
import { pickJobs, type DispatchLimits, type JobPick } from './core/dispatcher.ts';
import { finishAttempt, type FinishCommand } from './core/finish-attempt.ts';
import { createGroupCommit } from './core/group-commit.ts';
import type { Job } from './core/job.ts';
import { takeJob } from './core/take-job.ts';
import type { KnownJobs } from './store/known-jobs.ts';
import {
  storeDecisions,
  type AfterCommit,
  type CommandSettings,
  type JobChange,
} from './store/run-commands.ts';
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
  /** Queues with jobs that may start as far as their queue is asked, and were held back by a limit or another change. */
  heldBack: string[];
  /** Queues in which nobody stands any more. */
  emptied: string[];
};

type TakeSettings = CommandSettings & { limits: DispatchLimits };
export type Grant = { job: PickedJob; leaseToken: number };

const requestsMax = 100;
const waitingMax = 10_000;
/** Characters of what one worker gets at once; a message holds 1 MB. */
const answerTextMax = 250_000;

/** Opens the desk. `done` learns after each commit what there is to do. */
export function createTakeDesk(options: {
  database: Database;
  settings: TakeSettings;
  /** Jobs at work, as this process wrote them last. */
  known: KnownJobs;
  done: (round: TakeRound) => void;
}): TakeDesk {
  const { database, settings, known, done } = options;
  const group = createGroupCommit<TakeRequest, TakenJob[]>({
    itemsMax: requestsMax,
    waitingMax,
    isAway: isDatabaseAway,
    write: async (requests) => {
      const { answers, round, jobs, version } = await database.withSystem((tx) =>
        takeJobs(tx, requests, settings),
      );
      known.keep(jobs, version);
      done(round);
      return answers;
    },
  });
  return { take: (request) => group.submit(request), drain: () => group.drain() };
}

type Taken = { answers: TakenJob[][]; round: TakeRound; jobs: Job[]; version: string | null };

async function takeJobs(
  tx: Transaction,
  asked: readonly TakeRequest[],
  settings: TakeSettings,
): Promise<Taken> {
  const lost = await lostOf(tx, asked);
  const requests = asked.map((request, index) => ({
    ...request,
    slots: isGivenUp(request, asked.slice(index + 1)) ? 0 : request.slots - (lost.get(index)?.length ?? 0),
  }));
  const fronts = await readFronts(tx, slotsAsked(requests));
  const picks = assign(
    pickJobs({ ...fronts, limits: limitsFor(requests, fronts, settings) }),
    fronts,
    requests,
  );
  const { grants, jobIds, changes, placed } = await grant(tx, picks, settings);
  commitBehind(tx);
  const { after, jobs, version } = await storeDecisions(tx, { changes, placed }, settings.newId);
  const answers = asked.map((_request, index) =>
    [...(lost.get(index) ?? []), ...(grants.get(index) ?? [])].map((one) =>
      takenJobOf(one, settings.leaseTtlMs),
    ),
  );
  const left = fronts.waiting.filter((job) => !jobIds.has(job.jobId));
  const heldBack = [...new Set(left.map((job) => job.queue))];
  const started = firstStarts(fronts, [...grants.values()].flat());
  const emptied = queuesWithRoomLeft(requests, [...grants.values()].flat()).filter(
    (queue) => !heldBack.includes(queue),
  );
  return { answers, round: { after, started, heldBack, emptied }, jobs, version };
}

/** Queues that gave less than was asked for. */
function queuesWithRoomLeft(requests: readonly TakeRequest[], grants: readonly Grant[]): string[] {
  return [...slotsAsked(requests)]
    .filter(([queue, slots]) => grants.filter(({ job }) => job.job.queue === queue).length < slots)
    .map(([queue]) => queue);
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

type Granted = {
  grants: Map<number, Grant[]>;
  jobIds: Set<string>;
  changes: JobChange[];
  placed: PlacedEffect[];
};

/** Locks the picks and decides each claim; what does not fit into an answer stays in its line. */
async function grant(tx: Transaction, picks: readonly Assigned[], settings: TakeSettings): Promise<Granted> {
  const granted: Granted = { grants: new Map(), jobIds: new Set(), changes: [], placed: [] };
  const { grants, jobIds, changes, placed } = granted;
  if (picks.length === 0) return granted;
  const room = new Map<number, number>();
  const { jobs, leases, nowMs } = await lockPicked(tx, picks);
  for (const pick of picks) {
    const picked = jobs.get(pick.jobId);
    if (picked === undefined) continue;
    const textLeft = (room.get(pick.request) ?? answerTextMax) - textOf(picked);
    if (textLeft < 0 && room.has(pick.request)) continue;
    const lease = leases.get(leaseKey(pick.orgId, pick.equipmentId)) ?? null;
    const situation = { ...settings, nowMs, lease };
    const decision = takeJob(picked.job, pick, situation);
    if (!decision.reply.granted) continue;
    const { job, reply } = decision;
    const before = { job: picked.job, version: null };
    jobIds.add(job.jobId);
    placed.push(...decision.effects.map((effect) => ({ job, effect, atMs: nowMs })));
    if (isUnknown(picked)) {
      const failed = finishAttempt(job, unknownTool(job), situation);
      changes.push({ before, after: failed.job });
      placed.push(...failed.effects.map((effect) => ({ job: failed.job, effect, atMs: nowMs })));
      continue;
    }
    room.set(pick.request, textLeft);
    changes.push({ before, after: job });
    const given = grants.get(pick.request) ?? [];
    given.push({ job: { ...picked, job }, leaseToken: reply.leaseToken });
    grants.set(pick.request, given);
  }
  return granted;
}

/** A job of a tool that this version does not know: given to a worker, it would be refused again and again. */
function isUnknown({ run, job }: PickedJob): boolean {
  return run === null && !toolNameSchema.safeParse(job.toolName).success;
}

function unknownTool(job: Job): FinishCommand {
  const message = `There is no tool ${job.toolName ?? ''}`;
  const error = { code: 'not_implemented', message, transient: false };
  const outcome = { kind: 'failed' as const, error, artifacts: [] };
  return { attempt: job.attempt, currentStep: 'Not started', outcome, logs: [] };
}

function textOf({ parameters, run, job }: PickedJob): number {
  return JSON.stringify(parameters ?? run).length + JSON.stringify(job.checkpoint).length;
}

/** A worker asks for one thing at a time: who asks again for the same queue does not wait for the first answer any more. */
function isGivenUp({ queue, workerId }: TakeRequest, later: readonly TakeRequest[]): boolean {
  return later.some((one) => one.queue === queue && one.workerId === workerId);
}

/** What workers hold unknown, by request; it comes before anything new, which would take its slots. */
async function lostOf(tx: Transaction, requests: readonly TakeRequest[]): Promise<Map<number, Grant[]>> {
  const lost = new Map<number, Grant[]>();
  for (const [index, { queue, workerId, inHand, slots }] of requests.entries()) {
    if (inHand === null) continue;
    const found = await findLost(tx, { queue, workerId, inHand, slots });
    lost.set(
      index,
      found.map(({ leaseToken, ...job }) => ({ job, leaseToken })),
    );
  }
  return lost;
}

/** A job as its worker is told of it. */
export function takenJobOf({ job: picked, leaseToken }: Grant, leaseTtlMs: number): TakenJob {
  const { job, run } = picked;
  const granted = { attempt: job.attempt, lease_ttl_ms: leaseTtlMs };
  if (run === null) {
    const spec = {
      job_id: job.jobId,
      org_id: job.orgId,
      user_id: job.userId,
      tool: toolNameSchema.parse(job.toolName),
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
