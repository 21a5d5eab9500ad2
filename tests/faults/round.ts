import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Stage } from './stage.ts';
import type { Draw } from './draw.ts';
import { collect, footprintsOf } from './evidence/collect.ts';
import type { Evidence, Silence } from './evidence/evidence.ts';
import { pendingAcks } from './evidence/nats-look.ts';
import { filesBelow } from './evidence/read-files.ts';
import { outboxWaiting } from './evidence/read-database.ts';
import { errorsOutside, isFailed } from './experiments/experiment.ts';
import type { Experiment, Round } from './experiments/experiment.ts';
import { breachesOf } from './invariants/invariants.ts';
import { Load } from './load/load.ts';
import type { Accepted, LoadPlan } from './load/load.ts';
import { Viewer } from './load/viewers.ts';
import { pause, seen } from './until.ts';

export interface RoundResult {
  readonly round: number;
  readonly seed: number;
  readonly jobs: number;
  readonly tookMs: number;
  /** How long this process, and with it every line, got no turn: a machine that is that busy trips watchdogs and leases. */
  readonly stoodStillMs: number;
  /** Which of its kinds the fault took; null for an experiment of one kind. */
  readonly kind: string | null;
  readonly proof: Readonly<Record<string, number>>;
  /** I13: the fault really hit. */
  readonly hit: boolean;
  readonly breaches: readonly { id: string; breach: string }[];
}

const usualLoad: Omit<LoadPlan, 'jobs'> = {
  spreadMs: 3_000,
  implants: 0.08,
  anneals: 0.05,
  paced: { runs: 4, timeScale: 10, anneals: 0.25 },
};
const settleLimitMs = 180_000;
const outboxLimitMs = 60_000;
/** The gateway keeps a connection that nobody uses for 72 s. */
const idleLimitMs = 80_000;
const viewersAtOnceMax = 4;
const viewersMax = 12;

/** One round: load on, fault in, healed, everything settled, evidence collected, promises checked. */
export async function runRound(options: {
  stage: Stage;
  experiment: Experiment;
  round: number;
  draw: Draw;
  jobs: number;
  otherVersion: string | null;
}): Promise<RoundResult> {
  const { stage, experiment, draw } = options;
  const begunMs = performance.now();
  const turns = monitorEventLoopDelay({ resolution: 20 });
  turns.enable();
  const plan = { ...usualLoad, jobs: options.jobs, ...experiment.load };
  const play = openRound({ stage, plan, draw, otherVersion: options.otherVersion });
  const common = { round: options.round, seed: draw.seed };
  try {
    play.load.start();
    const viewers = play.watchSome();
    await experiment.strike(play.round);
    await stage.platform.heal();
    const healedMs = Date.now();
    const outboxEmptyAfterMs = await settle(stage, play);
    play.stopLooking();
    await viewers;
    await watchedToTheEnd(stage, play);
    const evidence = await collect(stage.platform, stage.engineers, stage.base, {
      ...play.record(),
      experiment: experiment.id,
      seed: draw.seed,
      healedMs,
      outboxEmptyAfterMs,
    });
    const proof = experiment.proof(evidence);
    return {
      ...common,
      jobs: evidence.accepted.length,
      tookMs: performance.now() - begunMs,
      stoodStillMs: turns.max / 1e6,
      kind: play.kind(),
      proof,
      hit: Object.values(proof).every((count) => count >= 1),
      breaches: [...breachesOf(evidence), ...own(experiment, evidence)],
    };
  } catch (error) {
    const breach = `the round could not be finished: ${error instanceof Error ? error.message : String(error)}`;
    return {
      ...common,
      jobs: play.load.accepted.length,
      tookMs: performance.now() - begunMs,
      stoodStillMs: turns.max / 1e6,
      kind: play.kind(),
      proof: {},
      hit: false,
      breaches: [{ id: experiment.id, breach }],
    };
  } finally {
    turns.disable();
    play.stop();
  }
}

function own(experiment: Experiment, evidence: Evidence): { id: string; breach: string }[] {
  const refused = evidence.refused.map((breach) => ({ id: experiment.id, breach }));
  // Errors occur only during the fault, and while what it hit starts again.
  const late = errorsOutside(evidence, 5_000);
  const breaches = experiment.breaches?.(evidence) ?? [];
  return [...refused, ...[...late, ...breaches].map((breach) => ({ id: experiment.id, breach }))];
}

type Play = ReturnType<typeof openRound>;

function openRound(options: { stage: Stage; plan: LoadPlan; draw: Draw; otherVersion: string | null }) {
  const { stage, plan, draw, otherVersion } = options;
  const load = new Load(stage.engineers, plan, draw);
  const startedMs = Date.now();
  const notes: Record<string, number> = {};
  const others: Accepted[] = [];
  const silences: Silence[] = [];
  const viewers: Viewer[] = [];
  const state = { looking: true, kind: null as string | null };
  const round: Round = {
    platform: stage.platform,
    draw,
    otherVersion,
    load,
    engineers: stage.engineers,
    admins: stage.admins,
    watching: () => viewers.filter((viewer) => viewer.isWatching).length,
    failedSince: (ms) => stage.calls.filter((call) => call.endedMs >= ms && isFailed(call)).length,
    note: (name, count = 1) => {
      notes[name] = (notes[name] ?? 0) + count;
    },
    noteMost: (name, value) => {
      notes[name] = Math.max(notes[name] ?? 0, value);
    },
    tellKind: (kind) => {
      state.kind = kind;
    },
    silence: (process) => {
      const fromMs = Date.now();
      return () => void silences.push({ process, fromMs, toMs: Date.now() });
    },
    adopt: (accepted) => void others.push(accepted),
  };
  return {
    round,
    load,
    viewers,
    others,
    /** Opens streams on runs as they are accepted: a few at a time, for as long as the fault lasts. */
    watchSome: async () => {
      for (let seen = 0; state.looking && viewers.length < viewersMax; ) {
        const job = load.accepted[seen];
        const open = viewers.filter((viewer) => !viewer.sawTheEnd).length;
        if (job === undefined || open >= viewersAtOnceMax) {
          await pause(100);
          continue;
        }
        seen += 1;
        const client = stage.engineers.find((one) => one.organisation.orgId === job.orgId);
        if (job.runId !== null && client !== undefined)
          viewers.push(new Viewer(client, { process: job.kind, runId: job.runId }));
      }
    },
    stopLooking: () => void (state.looking = false),
    stop: () => {
      state.looking = false;
      for (const viewer of viewers) viewer.stop();
    },
    kind: () => state.kind,
    record: () => ({
      startedMs,
      load,
      others,
      calls: stage.calls.filter((call) => call.startedMs >= startedMs),
      viewers,
      silences,
      notes,
    }),
  };
}

/** Waits until nothing moves any more; answers how long after the heal the outbox was empty. */
async function settle(stage: Stage, play: Play): Promise<number | null> {
  const { platform } = stage;
  const healedMs = performance.now();
  let emptyAfterMs: number | null = null;
  const outboxEmpty = async () => (await outboxWaiting(platform)) === 0;
  const watching = seen(outboxEmpty, outboxLimitMs).then((empty) => {
    if (empty) emptyAfterMs = performance.now() - healedMs;
  });
  await play.load.allAsked();
  const jobIds = [...play.load.accepted, ...play.others].map((job) => job.jobId);
  await seen(async () => (await open(platform, jobIds)) === 0, settleLimitMs);
  await watching;
  await seen(outboxEmpty, outboxLimitMs);
  // Every stream has its end, no delivery is pending, files that waited are uploaded, idle connections are closed.
  await seen(async () => (await untold(platform, jobIds)) === 0, 30_000);
  await seen(async () => (await pendingAcks(platform.natsUrl)) === 0, 40_000);
  const spool = join(platform.folder, 'spool');
  await seen(() => filesBelow(spool).count === 0, 90_000);
  const slack = () =>
    footprintsOf(stage.platform, stage.base).every(
      ({ base, now }) => now.descriptors < base.descriptors + 45,
    );
  await seen(slack, idleLimitMs);
  return emptyAfterMs;
}

/** Viewers resume after a fault; whoever watches a run that ended gets its end. A held run has none yet. */
async function watchedToTheEnd({ platform }: Stage, { viewers }: Play): Promise<void> {
  const rows = await platform.sql<{ runId: string }>(
    `select run_id "runId" from orchestrator.jobs where status = 'held' and run_id is not null`,
  );
  const held = new Set(rows.map(({ runId }) => runId));
  const saw = (viewer: Viewer) => viewer.sawTheEnd || held.has(viewer.runId);
  await seen(() => viewers.every(saw), 10_000);
}

async function open(platform: Stage['platform'], jobIds: readonly string[]): Promise<number> {
  const rows = await platform.sql<{ open: number }>(
    `select count(*)::float8 open from orchestrator.jobs
     where job_id = any($1) and status in ('queued', 'running', 'retrying')`,
    [jobIds],
  );
  return rows[0]?.open ?? 0;
}

/** Ended runs whose stream has not ended yet. */
async function untold(platform: Stage['platform'], jobIds: readonly string[]): Promise<number> {
  const rows = await platform.sql<{ untold: number }>(
    `select count(*)::float8 untold from orchestrator.jobs j
     where job_id = any($1) and run_id is not null and status in ('completed', 'failed', 'cancelled')
       and not exists (select 1 from telemetry.run_streams s where s.run_id = j.run_id and s.ended)`,
    [jobIds],
  );
  return rows[0]?.untold ?? 0;
}
