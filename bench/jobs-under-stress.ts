import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { jobsRpc, toolJobsRpc, type Caller } from '@spectra/schemas';
import { createLogger } from '@spectra/service-kit';
import { Client } from 'pg';
import { startJobServers, type JobServers } from './jobs/job-servers.ts';
import { createNoop } from './jobs/spectra-peer.ts';
import { startWorker } from './jobs/start-worker.ts';
import { quantile } from './quantile.ts';

/**
 * Two experiments on the real orchestrator, a real worker and durable servers: what a small organisation waits for
 * behind a large one, and a storm of cancels while jobs start. Run with `./spectra bench jobs-under-stress`.
 */
const slots = 20;
const workMs = 50;
const crowd = 10_000;
const few = 10;
const cancelled = 9_000;
const stormMs = 10_000;

const servers = await startJobServers(slots);
const logger = createLogger({ service: 'bench', level: 'error' });
const messaging = await connectMessaging({ url: servers.nats.url, name: 'bench-stress', logger });
const order = { peer: 'spectra' as const, servers: servers.addresses.spectra, slots };
const worker = await startWorker(order);
try {
  const jobIds = await measureFairness(messaging);
  await stormOfCancels(messaging, servers, jobIds);
} finally {
  worker.process.kill('SIGKILL');
  await messaging.close();
  await servers.stop();
}

/** The time of ten jobs alone and behind another organisation's ten thousand; answers the ids of the crowd. */
async function measureFairness(to: Messaging): Promise<{ caller: Caller; jobIds: string[] }> {
  console.log(
    `\nfairness: ${few} jobs of ${workMs} ms, alone and behind ${crowd} of another organisation; ${slots} slots`,
  );
  await timeOfFew(to);
  const alone = [await timeOfFew(to), await timeOfFew(to), await timeOfFew(to)];
  const caller = person();
  const message = `0/${workMs}`;
  const jobIds = await Promise.all(Array.from({ length: crowd }, () => createNoop(to, caller, message)));
  const behind = [await timeOfFew(to), await timeOfFew(to), await timeOfFew(to)];
  const [aloneMs, behindMs] = [quantile(alone, 0.5), quantile(behind, 0.5)];
  console.log(`  alone   ${aloneMs.toFixed(0)} ms`);
  console.log(`  behind  ${behindMs.toFixed(0)} ms, ${(behindMs / aloneMs).toFixed(2)} × (goal < 2)`);
  return { caller, jobIds };
}

/** From the first request to the last end of a few jobs of an organisation that has no others. */
async function timeOfFew(to: Messaging): Promise<number> {
  const caller = person();
  const begunMs = performance.now();
  const jobIds = await Promise.all(Array.from({ length: few }, () => createNoop(to, caller, `0/${workMs}`)));
  for (;;) {
    const body = { statuses: ['completed' as const], limit: few, offset: 0 };
    const answer = await to.call('jobs', toolJobsRpc.listToolJobs, { caller, body });
    if (answer.ok && answer.value.total === jobIds.length) return performance.now() - begunMs;
    await wait(2);
  }
}

/** Cancels most of a long queue at even times while its jobs go on starting, then looks at what became of each. */
async function stormOfCancels(
  to: Messaging,
  { postgres }: JobServers,
  { caller, jobIds }: { caller: Caller; jobIds: string[] },
): Promise<void> {
  console.log(`\ncancel storm: ${cancelled} of ${crowd} within ${stormMs / 1000} s, while the queue runs`);
  const chosen = jobIds.toSorted(() => Math.random() - 0.5).slice(0, cancelled);
  const begunMs = performance.now();
  const answers = await Promise.all(
    chosen.map(async (job_id, index) => {
      await wait(Math.max(0, begunMs + (index * stormMs) / cancelled - performance.now()));
      const askedMs = performance.now();
      const body = { job_id, own_only: false, reason: 'storm' };
      const answer = await to.call('jobs', jobsRpc.cancel, { caller, body });
      return { answer, tookMs: performance.now() - askedMs };
    }),
  );
  const took = answers.map((one) => one.tookMs);
  const codes = Map.groupBy(answers, ({ answer }) => (answer.ok ? 'accepted' : answer.refusal.code));
  const told = [...codes].map(([code, group]) => `${code} ${group.length}`).join(', ');
  const p99 = quantile(took, 0.99);
  console.log(
    `  answers: ${told}; p50 ${quantile(took, 0.5).toFixed(1)} ms, p99 ${p99.toFixed(0)} ms (goal < 1000)`,
  );
  await tellEndings(postgres.adminUrl, caller.orgId);
}

async function tellEndings(adminUrl: string, orgId: string): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = '/spectra';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query('set search_path = orchestrator');
  const open = `select count(*)::int as jobs from jobs
    where org_id = $1 and status not in ('completed', 'failed', 'cancelled')`;
  while ((await client.query(open, [orgId])).rows[0].jobs > 0) await wait(100);
  const endings = await client.query(
    'select status, count(*)::int as jobs from jobs where org_id = $1 group by status order by status',
    [orgId],
  );
  const faults = await client.query(
    `select
       (select count(*)::int from attempts a where a.org_id = $1 and a.ended_at is null) as open_attempts,
       (select count(*)::int from jobs j where j.org_id = $1 and j.completed_at is null) as without_end,
       (select count(*)::int from (
          select job_id from attempts where org_id = $1 group by job_id having count(*) > 1) twice) as started_twice,
       (select count(*)::int from (
          select status, sum(jobs) as kept, (select count(*) from jobs j
            where j.org_id = $1 and j.status = c.status) as there
          from job_counts c where org_id = $1 group by status) k where kept <> there) as wrong_counts`,
    [orgId],
  );
  await client.end();
  console.log(`  endings: ${endings.rows.map((row) => `${row.status} ${row.jobs}`).join(', ')}`);
  console.log(
    `  faults:  ${Object.entries(faults.rows[0])
      .map(([what, count]) => `${what} ${String(count)}`)
      .join(', ')}`,
  );
}

function person(): Caller {
  return { orgId: randomUUID(), userId: 'bench', role: 'engineer' };
}
