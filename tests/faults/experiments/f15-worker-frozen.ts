import { connect } from '@nats-io/transport-node';
import { readJournals } from '../evidence/read-files.ts';
import { pause, seen, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';
import { energisedTools, linesSince } from './tools-at-work.ts';

/** The sleep of the fault table; the other rounds wake the worker as soon as its lease has moved, when it races most. */
const longSleepMs = 60_000;

/** A worker sleeps past its lease, another takes its runs over, and the sleeper wakes and still believes in itself. */
export const workerFrozen: Experiment = {
  id: 'F15',
  title: 'SIGSTOP worker, lease moves, SIGCONT',
  load: { spreadMs: 1_500, paced: { runs: 10, timeScale: 2.5, anneals: 0 } },
  async strike(round) {
    const { platform, draw, note, silence } = round;
    const sleepMs = draw.happens(0.25) ? longSleepMs : 0;
    round.tellKind(sleepMs > 0 ? 'asleep for 60 s' : 'woken when the lease moved');
    // Alone so far, so whoever holds a run is the one that will be frozen.
    const holder = await until('a run is in hand', () => holderOf(round), 40_000);
    const twin = await platform.startTwin('ion-service', 'ion-service-twin');
    await pause(draw.between(0, 1_000));
    const tool = await until('a tool of the first has energy', () => toolOf(round, holder), 40_000);
    const frozen = platform.service('ion-service');
    await holdACommand(round);
    frozen.signal('SIGSTOP');
    const frozenMs = performance.now();
    note('runs in hand at the freeze');
    const endSilence = silence(holder);
    await until('the tool serves another attempt', () => servesNewer(round, tool), 60_000);
    note('late words of the old attempt refused', await speakForTheOld(round, tool));
    await pause(Math.max(draw.between(0, 3_000), frozenMs + sleepMs - performance.now()));
    endSilence();
    const wokenMs = Date.now();
    // What the sleeper had on its way to the tools arrives now, and it goes on itself.
    platform.linesOf('ion-service').tools.heal();
    frozen.signal('SIGCONT');
    await seen(() => refusedByTools(readJournals(platform.journalsFolder), wokenMs) > 0, 10_000);
    await frozen.ready(20_000);
    await twin.end('SIGTERM');
  },
  proof: ({ attempts, startedMs, journals, notes }) => ({
    'attempts that moved': attempts.filter((one) => one.attempt > 1 && one.startedMs > startedMs).length,
    'writes of the old epoch refused by the tool': refusedByTools(journals, startedMs),
    'late words of the old attempt refused': notes['late words of the old attempt refused'] ?? 0,
  }),
  breaches: ({ notes }) =>
    Object.keys(notes).filter((name) => name.endsWith(' was taken from an old attempt')),
};

interface HeldTool {
  readonly orgId: string;
  readonly equipmentId: string;
  readonly token: number;
  readonly jobId: string;
  readonly attempt: number;
}

/** The worker that holds implants now. */
async function holderOf({ platform }: Round): Promise<string | undefined> {
  const found = await platform.sql<{ worker: string }>(
    `select worker_id worker from orchestrator.jobs where status = 'running' and process = 'ion' limit 1`,
  );
  return found[0]?.worker;
}

/** A tool that has energy under an attempt of this worker. */
async function toolOf({ platform }: Round, worker: string): Promise<HeldTool | undefined> {
  const held = await platform.sql<HeldTool>(
    `select a.org_id "orgId", a.equipment_id "equipmentId", a.lease_token "token", a.job_id "jobId", a.attempt
     from orchestrator.attempts a join orchestrator.jobs j on j.job_id = a.job_id
     where a.worker_id = $1 and a.ended_at is null and j.status = 'running' and a.equipment_id is not null`,
    [worker],
  );
  const hot = energisedTools(platform, 'ion-service');
  return held.find((one) =>
    hot.some((tool) => tool.orgId === one.orgId && tool.equipmentId === one.equipmentId),
  );
}

/** From now on commands of the worker wait on their way; returns once one does. */
async function holdACommand({ platform }: Round): Promise<void> {
  const line = platform.linesOf('ion-service').tools;
  const before = line.counts.heldBytes;
  line.cut('mute');
  await until('a command is on its way', () => line.counts.heldBytes > before, 4_000);
}

function servesNewer({ platform }: Round, { orgId, equipmentId, token }: HeldTool): boolean {
  return readJournals(platform.journalsFolder).some(
    (journal) =>
      journal.orgId === orgId &&
      journal.equipmentId === equipmentId &&
      journal.lines.some((line) => line.token > token && line.event !== 'refused'),
  );
}

/** A heartbeat and an ending of the attempt that lost its lease, late: Postgres takes neither. Answers how many it refused. */
async function speakForTheOld({ platform, note }: Round, { jobId, attempt }: HeldTool): Promise<number> {
  const connection = await connect({ servers: platform.natsUrl });
  const common = { job_id: jobId, attempt, current_step: 'late', logs: [] };
  const outcome = {
    kind: 'failed',
    error: { code: 'late', message: 'late', transient: false },
    artifacts: [],
  };
  const words = [
    { verb: 'heartbeat', body: { ...common, progress: 99, eta_s: null }, refused: { stale: true } },
    { verb: 'finish', body: { ...common, outcome }, refused: { accepted: false } },
  ];
  let refused = 0;
  try {
    for (const { verb, body, refused: expected } of words) {
      const text = JSON.stringify({ traceparent: `00-${'7'.repeat(32)}-${'7'.repeat(16)}-01`, body });
      const answer = await connection.request(`rpc.jobs.${verb}`, text, { timeout: 10_000 });
      const { value } = answer.json<{ value?: Record<string, unknown> }>();
      const [name = '', wanted] = Object.entries(expected)[0] ?? [];
      if (value?.[name] === wanted) refused += 1;
      else note(`a ${verb} was taken from an old attempt`);
    }
  } finally {
    await connection.close();
  }
  return refused;
}

function refusedByTools(journals: Parameters<typeof linesSince>[0], sinceMs: number): number {
  return linesSince(journals, 'refused', sinceMs).filter((line) => line.detail?.startsWith('stale_token'))
    .length;
}
