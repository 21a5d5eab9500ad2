import { parseArgs } from 'node:util';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { jobsRpc, toolJobsRpc } from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import { Client } from 'pg';
import { fillWithEndedJobs } from './jobs/fill-with-ended-jobs.ts';
import { startJobServers } from './jobs/job-servers.ts';
import { runPeer } from './jobs/run-peer.ts';
import { benchCaller } from './jobs/spectra-peer.ts';
import { quantile } from './quantile.ts';

/**
 * What a job, a list and a status cost with a thousand to a million ended jobs of the same organisation in the table.
 * Run with `./spectra bench jobs-at-scale [--most 1000000] [--jobs 3000]`.
 */
const { values } = parseArgs({
  options: { most: { type: 'string', default: '1000000' }, jobs: { type: 'string', default: '3000' } },
});
const [most, jobs] = [Number(values.most), Number(values.jobs)];
const slots = 50;
const reads = 300;
let someJobId = '';

const servers = await startJobServers(slots);
const logger = createLogger({ service: 'bench', level: 'error' });
const messaging = await connectMessaging({ url: servers.nats.url, name: 'bench-scale', logger });
const url = new URL(servers.postgres.adminUrl);
url.pathname = '/spectra';
const admin = new Client({ connectionString: url.href });
await admin.connect();
const order = { peer: 'spectra' as const, servers: servers.addresses.spectra, slots };
const running = await runPeer(order, servers.pidsOf('spectra'));
try {
  await running.measure({ kind: 'single', jobs: 2000, inFlight: slots });
  console.log(
    'ended jobs   CPU ms/job   jobs/s   p50/p99 in ms: status        list   failed ones    deep page (goals for p99: 20, 100)',
  );
  for (let size = 1000; size <= most; size *= 10) {
    await fillWithEndedJobs(admin, benchCaller.orgId, size);
    await servers.tidyUp();
    const found = await admin.query('select job_id from jobs where org_id = $1 limit 1', [benchCaller.orgId]);
    someJobId = found.rows[0].job_id;
    const round = await running.measure({ kind: 'single', jobs, inFlight: slots });
    const cells = [
      String(size).padStart(10),
      round.cpuMsPerJob.toFixed(3).padStart(12),
      round.perS.toFixed(0).padStart(8),
      (await times(() => readStatus(messaging))).padStart(22),
      (await times(() => readList(messaging, {}))).padStart(11),
      (await times(() => readList(messaging, { statuses: ['failed'] }))).padStart(13),
      (await times(() => readList(messaging, { offset: Math.floor(size / 2) }))).padStart(12),
    ];
    console.log(cells.join(' '));
  }
} finally {
  await admin.end();
  await running.stop();
  await messaging.close();
  await servers.stop();
}

async function times(read: () => Promise<void>): Promise<string> {
  await read();
  const took: number[] = [];
  for (let done = 0; done < reads; done += 1) {
    const begunMs = performance.now();
    await read();
    took.push(performance.now() - begunMs);
  }
  return `${quantile(took, 0.5).toFixed(1)}/${quantile(took, 0.99).toFixed(0)}`;
}

async function readStatus(to: Messaging): Promise<void> {
  const answer = await to.call('jobs', jobsRpc.getJob, { caller: benchCaller, body: { job_id: someJobId } });
  if (!answer.ok) throw new Error(answer.refusal.detail);
}

async function readList(to: Messaging, change: { statuses?: ['failed']; offset?: number }): Promise<void> {
  const body = { limit: 50, offset: 0, ...change };
  const answer = await to.call('jobs', toolJobsRpc.listToolJobs, { caller: benchCaller, body });
  if (!answer.ok) throw new Error(answer.refusal.detail);
  if (answer.value.items.length !== Math.min(50, answer.value.total - body.offset)) {
    throw new Error(`a page of ${answer.value.items.length} jobs of ${answer.value.total}`);
  }
}
