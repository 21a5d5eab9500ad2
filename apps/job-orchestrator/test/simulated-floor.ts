import type { AttemptOutcome, RunEventType } from '@spectra/schemas';
import { cancelJob } from '../src/core/cancel-job.ts';
import { claimJob } from '../src/core/claim-job.ts';
import { redriveJob, resumeHeldJob, scrapHeldJob } from '../src/core/decide-by-person.ts';
import type { Decision, Lease, Situation } from '../src/core/decision.ts';
import { pickJobs, type DispatchLimits } from '../src/core/dispatcher.ts';
import { finishAttempt } from '../src/core/finish-attempt.ts';
import { handBack } from '../src/core/hand-back.ts';
import { waferStateOf, type Job } from '../src/core/job.ts';
import { recordHeartbeat } from '../src/core/record-heartbeat.ts';
import { watchAttempt } from '../src/core/watch-attempt.ts';
import { aJob, situation } from './a-job.ts';

/** The decisions under test; a self-test of the checker plants bugs in them. */
export const trueDecisions = {
  cancelJob,
  claimJob,
  finishAttempt,
  handBack,
  pickJobs,
  recordHeartbeat,
  watchAttempt,
  /** The relay marks a message only after it was published. */
  marksBeforePublish: false,
};
export type Decisions = typeof trueDecisions;

/** One step of a random schedule: what happens, and a number that settles every choice in it. */
export type Step = { kind: StepKind; pick: number };
export const stepKinds = [
  'create',
  'create',
  'dispatch',
  'dispatch',
  'relay',
  'relay',
  'relayDies',
  'wipeStream',
  'deliver',
  'deliver',
  'deliver',
  'deliverTwice',
  'heartbeat',
  'heartbeat',
  'heartbeat',
  'finish',
  'finish',
  'finishTwice',
  'workerPauses',
  'takeOver',
  'takeOver',
  'ghostWrites',
  'ghostWrites',
  'handBack',
  'cancel',
  'decideHeld',
  'redrive',
  'timePasses',
  'longTimePasses',
  'reap',
] as const;
type StepKind = (typeof stepKinds)[number];

type Message = {
  id: string;
  jobId: string;
  event: RunEventType | null;
  dispatch: number;
  published: boolean;
};
type Attempt = { jobId: string; attempt: number; token: number; tool: string; progress: number };
type Meta = { priority: number; enqueuedAtMs: number; sequence: number; tools: readonly string[] };

const legalChanges = new Set(
  (
    'queued>running queued>held queued>cancelled running>completed running>failed running>retrying ' +
    'running>held running>cancelled retrying>running retrying>held retrying>cancelled held>queued ' +
    'held>cancelled failed>queued'
  ).split(' '),
);
const statusAfter: Partial<Record<RunEventType, Job['status']>> = {
  'spectra.run.queued': 'queued',
  'spectra.run.started': 'running',
  'spectra.run.retrying': 'retrying',
  'spectra.run.held': 'held',
  'spectra.run.completed': 'completed',
  'spectra.run.failed': 'failed',
  'spectra.run.cancelled': 'cancelled',
};
const floorLimits: DispatchLimits = {
  perQueue: { ion: 2, rtp: 2 },
  otherQueue: 1,
  perOrganisation: 3,
  ageingStepMs: 60_000,
};
const claimWithinMs = 10_000;

/**
 * A fab floor in memory: database, stream, workers and tools as simple as they can be, around the real
 * decisions. It throws as soon as a promise of the orchestrator is broken.
 */
export function simulatedFloor(decisions: Decisions) {
  const jobs = new Map<string, Job>();
  const meta = new Map<string, Meta>();
  const leases = new Map<string, Lease>();
  const outbox: Message[] = [];
  let stream: Message[] = [];
  const stored = new Set<string>();
  const inHand: Attempt[] = [];
  const ghosts: Attempt[] = [];
  const toolTokens = new Map<string, number>();
  const hits = new Map<string, number>();
  let wiped = false;
  let nowMs = 1_000_000;
  let number = 0;

  const fail = (what: string): never => {
    throw new Error(`broken promise: ${what}`);
  };
  const hit = (what: string): void => void hits.set(what, (hits.get(what) ?? 0) + 1);
  const toolOf = (job: Job): string => `${job.orgId}/${job.equipmentId ?? ''}`;
  const choose = <Item>(items: readonly Item[], pick: number): Item | undefined =>
    items[pick % Math.max(1, items.length)];

  /** What the store does: read, decide, write all of it or nothing. */
  const decide = <Reply>(
    jobId: string,
    decision: (job: Job, at: Situation) => Decision<Reply>,
    pick: number,
  ): Reply => {
    const job = jobs.get(jobId) ?? fail(`job ${jobId} is lost`);
    const lease = leases.get(toolOf(job)) ?? null;
    const chance = () => (pick % 1000) / 1000;
    const made = decision(job, situation({ nowMs, lease, chance, retry: { baseMs: 4_000, capMs: 10_000 } }));
    jobs.set(jobId, made.job);
    checkChange(job, made.job);
    for (const effect of made.effects) {
      if (effect.kind === 'grant-lease') grant(made.job, effect.token);
      if (effect.kind === 'release-lease') release(made.job);
      if (effect.kind === 'event') emit(made.job, effect.type);
    }
    return made.reply;
  };
  const checkChange = (before: Job, after: Job): void => {
    if (before.status !== after.status && !legalChanges.has(`${before.status}>${after.status}`)) {
      fail(`${before.status} became ${after.status}`);
    }
    if (after.attempt < before.attempt) fail('an attempt number fell');
    if (after.attempt === before.attempt && after.status === 'running' && after.progress < before.progress) {
      fail('progress went back within an attempt');
    }
  };
  const grant = (job: Job, token: number): void => {
    const lease = leases.get(toolOf(job));
    if (lease !== undefined && lease.jobId !== null) fail(`two leases on ${toolOf(job)}`);
    if (token <= (lease?.token ?? 0)) fail('a lease token did not grow');
    leases.set(toolOf(job), { token, jobId: job.jobId });
  };
  const release = (job: Job): void => {
    const lease = leases.get(toolOf(job));
    if (lease?.jobId === job.jobId) leases.set(toolOf(job), { ...lease, jobId: null });
  };
  const emit = (job: Job, event: RunEventType): void => {
    outbox.push({ id: `e${(number += 1)}`, jobId: job.jobId, event, dispatch: 0, published: false });
  };

  const create = (pick: number): void => {
    const jobId = `j${(number += 1)}`;
    const queue = pick % 2 === 0 ? 'ion' : 'rtp';
    const tools = [['T1'], ['T2'], ['T1', 'T2'], ['T3', 'T1']][pick % 4] ?? ['T1'];
    const equipmentIds = tools.map((tool) => `${queue}-${tool}`);
    const orgId = `org${pick % 3}`;
    jobs.set(jobId, aJob({ jobId, runId: `R-${jobId}`, orgId, queue, process: queue, equipmentIds }));
    meta.set(jobId, { priority: pick % 11, enqueuedAtMs: nowMs, sequence: number, tools: equipmentIds });
    const job = jobs.get(jobId);
    if (job !== undefined) emit(job, 'spectra.run.queued');
  };

  const dispatch = (): void => {
    for (const job of jobs.values()) {
      const waits = job.status === 'queued' || job.status === 'retrying';
      const late = waits && job.dispatchedAtMs !== null && job.dispatchedAtMs < nowMs - claimWithinMs;
      const unsent = outbox.some((one) => !one.published && one.id === `${job.jobId}:${job.dispatch}`);
      if (late && !unsent) jobs.set(job.jobId, { ...job, dispatchedAtMs: null });
    }
    const all = [...jobs.values()];
    const waiting = all.filter(
      (job) =>
        (job.status === 'queued' || job.status === 'retrying') &&
        job.dispatchedAtMs === null &&
        (job.runAtMs ?? 0) <= nowMs,
    );
    const picks = decisions.pickJobs({
      waiting: waiting.map((job) => ({ ...job, ...(meta.get(job.jobId) ?? fail('no meta')) })),
      active: all.filter((job) => job.dispatchedAtMs !== null),
      limits: floorLimits,
      nowMs,
    });
    for (const pick of picks) {
      const job = jobs.get(pick.jobId) ?? fail('picked a job that is not there');
      const given = {
        ...job,
        dispatch: job.dispatch + 1,
        dispatchedAtMs: nowMs,
        equipmentId: pick.equipmentId,
      };
      jobs.set(job.jobId, given);
      const id = `${job.jobId}:${given.dispatch}`;
      outbox.push({ id, jobId: job.jobId, event: null, dispatch: given.dispatch, published: false });
    }
  };

  const relay = (dies: boolean): void => {
    for (const message of outbox.filter((one) => !one.published)) {
      if (decisions.marksBeforePublish) message.published = true;
      // Dying here is what the order of publish and mark is about.
      if (dies && decisions.marksBeforePublish) return;
      if (stored.has(message.id)) hit('repeat dropped');
      else {
        stored.add(message.id);
        stream.push(message);
      }
      if (dies) return;
      message.published = true;
    }
  };

  const deliver = (pick: number, keep: boolean): void => {
    const message = choose(
      stream.filter((one) => one.event === null),
      pick,
    );
    if (message === undefined) return;
    if (!keep) stream = stream.filter((one) => one !== message);
    const command = { dispatch: message.dispatch, workerId: `w${pick % 3}` };
    const reply = decide(message.jobId, (job, at) => decisions.claimJob(job, command, at), pick);
    if (!reply.granted) return hit('claim refused');
    const job = jobs.get(message.jobId) ?? fail('lost');
    const attempt = {
      jobId: job.jobId,
      attempt: reply.attempt,
      token: reply.leaseToken,
      tool: toolOf(job),
      progress: 0,
    };
    // Now and then the worker dies before it learns that it won.
    if (pick % 17 === 0) hit('claim reply lost');
    else inHand.push(attempt);
  };

  /** A worker drives its tool under its token; the tool refuses a token below the highest it saw. */
  const drive = (attempt: Attempt): void => {
    const highest = toolTokens.get(attempt.tool) ?? 0;
    if (attempt.token < highest) return hit('tool refused an old token');
    toolTokens.set(attempt.tool, attempt.token);
    const holder = leases.get(attempt.tool);
    if (holder !== undefined && holder.token === attempt.token) {
      if (holder.jobId !== null && holder.jobId !== attempt.jobId) fail('two jobs under one token');
    }
  };

  const beat = (attempt: Attempt, pick: number): void => {
    drive(attempt);
    const progress = Math.min(99, attempt.progress + (pick % 30));
    const wafer = attempt.tool.includes('rtp') ? 'hold' : 'resume';
    const before = jobs.get(attempt.jobId);
    const command = {
      attempt: attempt.attempt,
      // Some heartbeats arrive late and tell less than was known.
      progress: pick % 7 === 0 ? progress / 2 : progress,
      currentStep: 'x',
      etaS: 1,
      checkpoint: pick % 3 === 0 ? { exposed: progress > 20, state: { interruptedWafer: wafer } } : null,
      logs: [],
    };
    attempt.progress = progress;
    const reply = decide(attempt.jobId, (job, at) => decisions.recordHeartbeat(job, command, at), pick);
    const stale = before?.status !== 'running' || before.attempt !== attempt.attempt;
    if (stale && jobs.get(attempt.jobId) !== before) fail('a stale heartbeat changed something');
    if (stale !== reply.stale) fail('a worker was told wrongly whether it is stale');
    if (reply.stale) {
      hit('stale heartbeat');
      drop(attempt);
    } else if (reply.cancelRequested && pick % 2 === 0) {
      end(attempt, { kind: 'cancelled', message: 'safe', safe_state_at: null, artifacts: [] }, pick);
      drop(attempt);
    }
  };
  const drop = (attempt: Attempt): void => {
    for (const list of [inHand, ghosts]) {
      const place = list.indexOf(attempt);
      if (place >= 0) list.splice(place, 1);
    }
  };

  const end = (attempt: Attempt, outcome: AttemptOutcome, pick: number): void => {
    const before = jobs.get(attempt.jobId);
    const command = { attempt: attempt.attempt, currentStep: 'x', outcome, logs: [] };
    decide(attempt.jobId, (job, at) => decisions.finishAttempt(job, command, at), pick);
    const stale = before?.status !== 'running' || before.attempt !== attempt.attempt;
    if (stale && jobs.get(attempt.jobId) !== before) fail('a stale finish changed something');
    if (stale) hit('stale finish');
  };
  const endingOf = ({ jobId, tool }: Attempt, pick: number): AttemptOutcome => {
    const outcome = { metrics: {}, vm_prediction: {}, spc_alerts_count: 0, spc: [], advice: [], wafers: [] };
    const error = { code: 'x', message: 'x', transient: pick % 3 !== 0 };
    if (pick % 5 < 3) return { kind: 'completed', outcome, artifacts: [] };
    if (pick % 5 === 3) return { kind: 'failed', error, artifacts: [] };
    const held: AttemptOutcome = { kind: 'held', reason: 'unknown', artifacts: [] };
    if (pick % 2 === 0) return held;
    const before = jobs.get(jobId)?.equipmentIds.length ?? 0;
    if (before > 1) hit('tool unfit');
    return { ...held, unfit_equipment_id: tool.split('/')[1] ?? '' };
  };
  const finish = (pick: number, times: number): void => {
    const attempt = choose(inHand, pick);
    if (attempt === undefined) return;
    for (let time = 0; time < times; time += 1) end(attempt, endingOf(attempt, pick), pick);
    drop(attempt);
  };

  /** A worker is silent after it was told to begin: its job goes back to the line, and it may have begun nevertheless. */
  const takeBack = (pick: number): void => {
    const attempt = choose([...inHand, ...ghosts], pick);
    const before = attempt === undefined ? undefined : jobs.get(attempt.jobId);
    if (attempt === undefined || before === undefined || waferStateOf(before) !== 'unexposed') return;
    const command = { attempt: attempt.attempt, reason: 'silent' };
    const taken = decide(before.jobId, (job, at) => decisions.handBack(job, command, at), pick);
    const stale = before.status !== 'running' || before.attempt !== attempt.attempt;
    if (stale && jobs.get(before.jobId) !== before) fail('a stale word took a job back');
    if (jobs.get(before.jobId)?.retryCount !== before.retryCount) fail('a job taken back counts as a retry');
    if (!taken) return;
    hit('taken back');
    drop(attempt);
    ghosts.push(attempt);
  };

  const reap = (): void => {
    for (const job of jobs.values()) {
      if (job.status === 'running') {
        if (decide(job.jobId, decisions.watchAttempt, nowMs) === 'worker-lost') hit('worker lost');
      }
    }
  };
  const ofStatus = (status: Job['status'], pick: number): Job | undefined =>
    choose(
      [...jobs.values()].filter((job) => job.status === status),
      pick,
    );

  const toolsOf = ({ jobId }: Job) => meta.get(jobId)?.tools ?? null;
  const decideHeld = (pick: number): void => {
    const job = ofStatus('held', pick);
    if (job === undefined) return;
    decide(
      job.jobId,
      (held, at) => (pick % 2 === 0 ? resumeHeldJob(held, toolsOf(held)) : scrapHeldJob(held, 'no', at)),
      pick,
    );
  };
  const cancelOne = (pick: number): void => {
    const job = choose([...jobs.values()], pick);
    if (job === undefined) return;
    const command = { reason: 'r', userId: 'u', ownOnly: false };
    decide(job.jobId, (one, at) => decisions.cancelJob(one, command, at), pick);
  };

  const steps: Record<StepKind, (pick: number) => void> = {
    create,
    dispatch,
    relay: () => relay(false),
    relayDies: () => relay(true),
    wipeStream: (pick) => {
      if (pick % 5 !== 0) return;
      wiped = true;
      stream = [];
      stored.clear();
      hit('stream wiped');
    },
    deliver: (pick) => deliver(pick, false),
    deliverTwice: (pick) => deliver(pick, true),
    heartbeat: (pick) => {
      const attempt = choose(inHand, pick);
      if (attempt !== undefined) beat(attempt, pick);
    },
    finish: (pick) => finish(pick, 1),
    finishTwice: (pick) => finish(pick, 2),
    workerPauses: (pick) => {
      const attempt = choose(inHand, pick);
      if (attempt === undefined) return;
      drop(attempt);
      ghosts.push(attempt);
    },
    // A worker falls silent, its run goes on elsewhere, and the silent one is still there.
    takeOver: (pick) => {
      steps.workerPauses(pick);
      nowMs += 20_000;
      reap();
      nowMs += 10_000;
      dispatch();
      relay(false);
      for (let index = 0; index < 4; index += 1) deliver(pick + index, false);
    },
    ghostWrites: (pick) => {
      const ghost = choose(ghosts, pick);
      if (ghost === undefined) return;
      if (pick % 2 === 0) beat(ghost, pick);
      else {
        end(ghost, endingOf(ghost, pick), pick);
        drop(ghost);
      }
    },
    handBack: takeBack,
    cancel: cancelOne,
    decideHeld,
    redrive: (pick) => {
      const job = ofStatus('failed', pick);
      if (job !== undefined) decide(job.jobId, (failed) => redriveJob(failed, 'd', toolsOf(failed)), pick);
    },
    timePasses: (pick) => void (nowMs += pick % 8_000),
    longTimePasses: (pick) => void (nowMs += pick % 4 === 0 ? (pick % 4) * 3_600_000 + 7_200_000 : 20_000),
    reap,
  };

  const checkFloor = (): void => {
    const active = [...jobs.values()].filter((job) => job.dispatchedAtMs !== null);
    const tools = active.map(toolOf);
    if (new Set(tools).size !== tools.length) fail('two active jobs on one tool');
    for (const queue of ['ion', 'rtp']) {
      if (active.filter((job) => job.queue === queue).length > 2) fail('a queue limit was passed');
    }
    for (const org of ['org0', 'org1', 'org2']) {
      if (active.filter((job) => job.orgId === org).length > 3) fail('an organisation limit was passed');
    }
    for (const [tool, lease] of leases) {
      if (lease.jobId === null) continue;
      const holder = jobs.get(lease.jobId);
      if (holder?.status !== 'running' || toolOf(holder) !== tool) fail('a lease outlived its attempt');
    }
    for (const job of jobs.values()) {
      const last = outbox.findLast(
        (one) =>
          one.jobId === job.jobId && one.event !== null && one.event !== 'spectra.run.cancel_requested',
      );
      if (last?.event === undefined || last.event === null || statusAfter[last.event] !== job.status) {
        fail(`the events of ${job.jobId} do not add up to ${job.status}`);
      }
    }
  };

  /** Everything heals: from here on every worker lives and every message arrives. */
  const settle = (): void => {
    inHand.splice(0);
    for (let round = 0; round < 40 * (jobs.size + 1); round += 1) {
      const open = [...jobs.values()].filter(
        (job) => job.status === 'queued' || job.status === 'running' || job.status === 'retrying',
      );
      if (open.length === 0) break;
      nowMs += 20_000;
      reap();
      dispatch();
      relay(false);
      while (stream.some((one) => one.event === null)) deliver(1, false);
      checkFloor();
      while (inHand.length > 0) finish(0, 1);
      checkFloor();
    }
    for (const ghost of ghosts) end(ghost, endingOf(ghost, 0), 0);
    relay(false);
    checkFloor();
    checkEnd();
  };
  const checkEnd = (): void => {
    for (const job of jobs.values()) {
      if (job.status === 'queued' || job.status === 'running' || job.status === 'retrying') {
        fail(`job ${job.jobId} never ended, it is ${job.status}`);
      }
      const events = outbox.filter((one) => one.jobId === job.jobId && one.event !== null);
      const terminal = events.filter((one) => /completed|failed|cancelled/.test(one.event ?? ''));
      const reopened = events.filter((one) => one.event === 'spectra.run.queued').length - 1;
      if (terminal.length > reopened + 1) fail('more than one terminal event');
      const read = stream.filter((one) => one.jobId === job.jobId && one.event !== null);
      const lost = events.length - read.length;
      if (!wiped && lost !== 0) fail(`${lost} events of ${job.jobId} never reached the stream`);
      const order = read.map((one) => outbox.indexOf(one));
      if (order.some((place, index) => index > 0 && place <= (order[index - 1] ?? -1))) {
        fail('events of a run arrived out of order');
      }
    }
  };

  return {
    hits,
    run: (schedule: readonly Step[]): void => {
      for (const step of schedule) {
        steps[step.kind](step.pick);
        checkFloor();
      }
      settle();
    },
  };
}
