import type { Job } from '../../src/core/job.ts';
import { createBus } from './bus.ts';
import { createDatabase, type Database } from './database.ts';
import { createOrchestrator, trueRules, type Orchestrator } from './orchestrator.ts';
import { createStream, type Stream } from './stream.ts';
import { createTool, type Tool } from './tool.ts';
import { createWorker, setpoint, trueWorkerRules } from './worker.ts';
import { broken, createWorld, type World } from './world.ts';

/** Everything that a planted bug may change. */
export const trueStormRules = {
  orchestrator: trueRules,
  worker: trueWorkerRules,
  tool: { obeysOldTokens: false, takesRepeats: false, watchdogSleeps: false },
  hubForgetsIds: false,
};
export type StormRules = typeof trueStormRules;

const jobsWanted = 6;
const stormMs = 40_000;
const calmMs = 120_000;
const statusAfter: Readonly<Record<string, Job['status']>> = {
  'spectra.run.queued': 'queued',
  'spectra.run.started': 'running',
  'spectra.run.retrying': 'retrying',
  'spectra.run.held': 'held',
  'spectra.run.completed': 'completed',
  'spectra.run.failed': 'failed',
  'spectra.run.cancelled': 'cancelled',
};
const legalChanges = new Set(
  (
    '>queued queued>running queued>held queued>cancelled running>completed running>failed running>retrying ' +
    'running>held running>cancelled retrying>running retrying>held retrying>cancelled held>cancelled'
  ).split(' '),
);

/**
 * One schedule: a storm in which databases, buses, the orchestrator, workers and tools' answers fail at random, then calm.
 * Throws when a promise is broken; answers what really happened. The seed is the schedule.
 */
export function playStorm(seed: number, rules: StormRules = trueStormRules): ReadonlyMap<string, number> {
  const world = createWorld(seed);
  const database = createDatabase(world);
  const stream = createStream(world, rules);
  const tools = new Map<string, Tool>();
  for (const name of ['T1', 'T2'])
    tools.set(
      name,
      createTool(world, rules.tool, (token) => checkHolder(world, database, name, token)),
    );
  const parts = { database, stream, tools: [...tools.keys()], rules: rules.orchestrator };
  const orchestrator = createOrchestrator(world, parts);
  const bus = createBus(world);
  const workers = ['w1', 'w2', 'w3'].map((id) =>
    createWorker(world, { id, bus, orchestrator, tools, rules: rules.worker }),
  );
  const known = new Map<string, string>();
  for (let index = 0; index < jobsWanted; index += 1)
    world.after(world.between(0, 15_000), () => wish(`k${index}`));
  const wish = (key: string) => {
    if (known.has(key)) return;
    bus.request(
      () => orchestrator.create(key),
      (told) => {
        if (!told.ok) return;
        const before = known.get(key);
        if (before !== undefined && before !== told.value) broken(`the key ${key} made two jobs`);
        known.set(key, told.value);
      },
    );
    world.after(1_000, () => wish(key));
  };
  const trouble = () => {
    if (!world.stormy) return;
    const worker = workers[world.between(0, workers.length - 1)];
    if (world.happens(0.25)) orchestrator.kill(world.between(200, 4_000));
    else if (world.happens(0.4)) worker?.kill();
    else if (world.happens(0.5)) worker?.sleep(world.between(500, 9_000));
    else if (world.happens(0.6)) worker?.cutOff(world.between(1_000, 12_000));
    else cancelOne(world, orchestrator, [...known.values()]);
    world.after(world.between(500, 5_000), trouble);
  };
  world.after(1_000, trouble);
  world.playUntil(stormMs);
  world.stormy = false;
  world.playUntil(stormMs + calmMs);
  checkEnd({ database, stream, tools, known });
  return world.hits;
}

function cancelOne(world: World, orchestrator: Orchestrator, jobIds: readonly string[]): void {
  const jobId = jobIds[world.between(0, Math.max(0, jobIds.length - 1))];
  if (jobId === undefined) return;
  world.hit('cancel asked');
  orchestrator.cancel(jobId);
}

/** A tool never obeys an attempt whose lease has moved on. */
function checkHolder(_world: World, database: Database, tool: string, token: number): void {
  const lease = database.rows.leases.get(tool);
  if (lease !== undefined && lease.token > token)
    broken(`${tool} obeyed token ${token} after ${lease.token} was granted`);
}

function checkEnd(end: {
  database: Database;
  stream: Stream;
  tools: ReadonlyMap<string, Tool>;
  known: ReadonlyMap<string, string>;
}): void {
  const { rows } = end.database;
  for (const [key, jobId] of end.known)
    if (!rows.jobs.has(jobId)) broken(`${jobId} was acknowledged (${key}) and is lost`);
  if (rows.jobs.size > jobsWanted) broken(`${jobsWanted} wishes made ${rows.jobs.size} jobs`);
  if (end.known.size < jobsWanted) broken('a wish was never answered');
  if (rows.outbox.some((row) => !row.published)) broken('a message still waits in the outbox');
  for (const job of rows.jobs.values()) checkJob(job, end);
  const granted = new Set(rows.grants.map(({ tool, token }) => `${tool} ${token}`));
  if (granted.size !== rows.grants.length) broken('a token was granted twice');
  const attempts = new Set(rows.grants.map(({ jobId, attempt }) => `${jobId} ${attempt}`));
  if (attempts.size !== rows.grants.length) broken('an attempt was granted twice');
}

function checkJob(
  job: Job,
  { database, stream, tools }: { database: Database; stream: Stream; tools: ReadonlyMap<string, Tool> },
): void {
  if (['queued', 'running', 'retrying'].includes(job.status))
    broken(`${job.jobId} never ended: it is ${job.status}`);
  const written = database.rows.outbox.filter((row) => row.jobId === job.jobId);
  const heard = stream.stored.filter((row) => row.jobId === job.jobId);
  if (heard.map((row) => row.id).join() !== written.map((row) => row.id).join())
    broken(`the hub heard ${heard.length} of ${written.length} events of ${job.jobId}, or in another order`);
  let status = '';
  for (const { event } of heard) {
    const next = statusAfter[event];
    if (next === undefined) continue;
    if (!legalChanges.has(`${status}>${next}`)) broken(`${job.jobId}: ${status} became ${next}`);
    status = next;
  }
  if (status !== job.status) broken(`${job.jobId} is ${job.status}, its events say ${status}`);
  const doses = [...tools.values()].map((tool) => tool.doses.get(job.jobId) ?? 0);
  const dose = doses.reduce((sum, one) => sum + one, 0);
  if (dose > setpoint) broken(`${job.jobId} got ${dose} of ${setpoint}`);
  if (job.status === 'completed' && dose !== setpoint)
    broken(`${job.jobId} is completed with ${dose} of ${setpoint}`);
}
