import { Client } from 'pg';
import type { FaultPlatform } from '../platform/fault-platform.ts';
import { serviceNames } from '../platform/service-process.ts';
import { pause } from '../until.ts';
import { failedCalls, untoldRefusals } from './experiment.ts';
import type { Experiment, Round } from './experiment.ts';
import { toolsInTheMiddle } from './tools-at-work.ts';

/** Each way, so that every exchange with Postgres takes two seconds. */
const delayMs = 1_000;
/**
 * Taking a job needs three exchanges, a heartbeat two, and each may wait for those before it: a lease has to outlast some
 * twelve of them. An installation whose database is so slow needs LEASE_TTL_S=30; the usual 15 s carry half the delay.
 */
const leaseTtlMs = 30_000;
/** A change passes up to four steps at Postgres, each of which waits at most 5 s for a connection, then goes its way. */
const answeredWithinMs = 40_000;
/** As much at once as no pool of connections carries at that pace. */
const burst = 80;
/** Postgres keeps so many connections for administrators. */
const reserved = 3;

/**
 * Every word to Postgres and from it takes a second, and it has no further connection to give: work queues up to a bound,
 * what is beyond it is shed, and heartbeats go on.
 */
export const postgresSlow: Experiment = {
  id: 'F12',
  title: 'Postgres 2 s slow, pool exhausted',
  platform: { leaseTtlMs },
  load: { spreadMs: 6_000, paced: { runs: 10, timeScale: 1, anneals: 0.3 } },
  async strike(round) {
    const { platform, draw, load, note, engineers } = round;
    for (const engineer of engineers) engineer.patienceMs = answeredWithinMs;
    await toolsInTheMiddle(platform, 'ion-service', draw.between(0, 1_500));
    for (const name of serviceNames) platform.linesOf(name).database.delay(delayMs);
    const taken = await takeConnections(platform);
    note('connections taken', taken.length);
    for (let left = burst; left > 0; left -= 1) load.askNow();
    await lookAtTheGateway(round, draw.between(10_000, 20_000));
    for (const name of serviceNames) platform.linesOf(name).database.delay(0);
    await Promise.all(taken.map((client) => client.end()));
  },
  proof: (evidence) => ({
    'connections taken': evidence.notes['connections taken'] ?? 0,
    'requests shed': failedCalls(evidence),
  }),
  breaches: (evidence) => [
    ...untoldRefusals(evidence),
    ...evidence.calls
      .filter(({ status }) => status === null)
      .map(({ method, path }) => `${method} ${path} got no answer within ${answeredWithinMs} ms`),
    ...evidence.attempts
      .filter((one) => one.startedMs >= evidence.startedMs && /worker_lost|lease_lost/.test(one.error ?? ''))
      .map((one) => `job ${one.jobId} lost its worker although only the database was slow: ${one.error}`),
  ],
};

/** Every connection that Postgres still has for others. */
async function takeConnections(platform: FaultPlatform): Promise<Client[]> {
  const [row] = await platform.sql<{ left: number }>(
    `select current_setting('max_connections')::int - count(*)::int "left" from pg_stat_activity
     where backend_type = 'client backend'`,
  );
  const taken: Client[] = [];
  for (let left = (row?.left ?? 0) - reserved; left > 0; left -= 1) {
    const client = new Client({ connectionString: platform.adminUrl });
    client.on('error', () => undefined);
    const connected = await client.connect().then(
      () => true,
      () => false,
    );
    if (!connected) break;
    taken.push(client);
  }
  return taken;
}

async function lookAtTheGateway({ platform, noteMost }: Round, forMs: number): Promise<void> {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    const startedMs = performance.now();
    await fetch(`${platform.url}/health`).then(
      (answer) => answer.arrayBuffer(),
      () => undefined,
    );
    noteMost('ms for an answer of the gateway itself', performance.now() - startedMs);
    await pause(100);
  }
}
