import { randomUUID } from 'node:crypto';
import { jobsRpc, toolJobsRpc, type Caller, type JobStatus } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sumUpCounts } from './store/job-counts.ts';
import { completed, failed, person, startServers, begin, type Running } from '../test/start-orchestrator.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let floor: Running;
let caller: Caller;

const runs = 23;
const tools = 9;

/** Runs on tools of their own, a third of them completed, a third failed; jobs of tools, all queued. */
beforeAll(async () => {
  servers = await startServers();
  floor = await begin(servers);
  caller = person();
  for (let made = 0; made < runs; made += 1) {
    const run = await floor.create(caller, { equipment: [`T${made}`], process: made % 2 ? 'ion' : 'rtp' });
    if (made % 3 === 2) continue;
    await floor.granted(run.job_id);
    await floor.finish(run.job_id, 1, made % 3 === 0 ? completed() : failed(false));
  }
  for (let made = 0; made < tools; made += 1) {
    const body = { tool: 'ping' as const, params: {}, ttl_hours: 1, priority: 0 };
    await floor.asked(toolJobsRpc.createToolJob, body, caller);
  }
});
afterAll(async () => {
  await floor.stop();
  await servers.close();
});

async function stored(where: ReturnType<typeof sql>): Promise<string[]> {
  const rows = await floor.rows<{ job_id: string }>(sql`
    select job_id from jobs where org_id = ${caller.orgId} and ${where} order by created_at desc, sequence desc`);
  return rows.map((row) => row.job_id);
}

/** The whole list in pages of four, and the total that each page told. */
async function paged(
  read: (page: { limit: number; offset: number }) => Promise<{ items: { job_id: string }[]; total: number }>,
): Promise<{ ids: string[]; totals: Set<number> }> {
  const ids: string[] = [];
  const totals = new Set<number>();
  for (let offset = 0; offset < 60; offset += 4) {
    const { items, total } = await read({ limit: 4, offset });
    ids.push(...items.map((item) => item.job_id));
    totals.add(total);
  }
  return { ids, totals };
}

test.each([undefined, 'queued', 'running', 'completed', 'failed', 'held'] as (JobStatus | undefined)[])(
  'pages of jobs with status %s are all of them, newest first, whichever end is nearer, with their number',
  async (status) => {
    const list = await paged((page) =>
      floor.asked(jobsRpc.listJobs, { ...page, ...(status && { status }) }, caller),
    );
    const all = await stored(status === undefined ? sql`true` : sql`status = ${status}`);
    expect(list.ids).toEqual(all);
    expect([...list.totals]).toEqual([all.length]);
  },
);

test('pages of runs of a process, of jobs of one type, and of tools leave the others out', async () => {
  const ofRuns = await paged((page) =>
    floor.asked(jobsRpc.listRuns, { process: 'rtp', status: 'completed', ...page }, caller),
  );
  expect(ofRuns.ids).toEqual(await stored(sql`process = 'rtp' and status = 'completed'`));
  const ofType = await paged((page) =>
    floor.asked(jobsRpc.listJobs, { job_type: 'ion_implant', ...page }, caller),
  );
  expect(ofType.ids).toEqual(await stored(sql`job_type = 'ion_implant'`));
  const ofTools = await paged((page) =>
    floor.asked(toolJobsRpc.listToolJobs, { statuses: ['queued', 'running'], ...page }, caller),
  );
  expect(ofTools.ids).toEqual(await stored(sql`tool_name is not null`));
  expect([...ofTools.totals]).toEqual([tools]);
});

test('a page behind the last one is empty and tells the number; another organisation has none', async () => {
  const page = { limit: 10, offset: 1000 };
  expect(await floor.asked(jobsRpc.listJobs, page, caller)).toEqual({ items: [], total: runs + tools });
  const foreign = await floor.asked(jobsRpc.listJobs, { limit: 10, offset: 0 }, person(randomUUID()));
  expect(foreign).toEqual({ items: [], total: 0 });
});

test('summing the counts up leaves them as they were, and few rows of them', async () => {
  const counts = () =>
    floor.rows(sql`
      select status, sum(jobs)::int as jobs from job_counts where org_id = ${caller.orgId}
      group by status having sum(jobs) <> 0 order by status`);
  const before = await counts();
  await servers.database.open('orchestrator').withSystem(sumUpCounts);
  expect(await counts()).toEqual(before);
  const rows = await floor.rows<{ rows: number }>(
    sql`select count(*)::int as rows from job_counts where org_id = ${caller.orgId}`,
  );
  expect(rows[0]?.rows).toBeLessThan(50);
});
