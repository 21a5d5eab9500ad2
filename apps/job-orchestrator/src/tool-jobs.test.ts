import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { jobsRpc, toolJobsRpc, type Caller, type ToolResult } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expireToolJobs } from './background/expire-tool-jobs.ts';
import {
  begin,
  expireLease,
  failed,
  person,
  startServers,
  type Running,
} from '../test/start-orchestrator.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let floor: Running;

beforeAll(async () => {
  servers = await startServers();
  floor = await begin(servers);
});
afterAll(async () => {
  await floor.stop();
  await servers.close();
});

const params = { species: 'B', energy_kev: 20, ions: 20_000 };

function create(caller: Caller, change: Record<string, unknown> = {}) {
  return floor.asked(
    toolJobsRpc.createToolJob,
    { tool: 'ion.monte_carlo', params, ttl_hours: 24, priority: 0, ...change },
    caller,
  );
}

const read = (caller: Caller, jobId: string) =>
  floor.asked(toolJobsRpc.getToolJob, { job_id: jobId }, caller);

const claim = (jobId: string, attempt = 1) => floor.grantedTool(jobId, attempt);

const answered = (result: ToolResult) => ({ kind: 'answered' as const, result, artifacts: [] });

describe("a tool's job", () => {
  it('is queued, given out on the queue of its tool, followed and answered', async () => {
    const caller = person();
    const created = await create(caller, { priority: 3 });
    expect(created).toMatchObject({ status: 'queued', position_in_queue: 1 });
    expect(created.estimated_duration_s).toBeGreaterThan(0.5);
    const claimed = await claim(created.job_id);
    expect(floor.seen.some((one) => one.subject === 'jobs.ready.ion-tools')).toBe(true);
    expect(claimed).toMatchObject({
      attempt: 1,
      spec: { tool: 'ion.monte_carlo', params, org_id: caller.orgId, user_id: caller.userId },
    });
    await floor.heartbeat(created.job_id, 1, { progress: 40 });
    expect(await read(caller, created.job_id)).toMatchObject({
      status: 'running',
      progress: 40,
      result: null,
    });
    const end = await floor.finish(created.job_id, 1, answered({ encoding: 'json', value: { depth: 71 } }));
    expect(end).toEqual({ accepted: true, status: 'completed' });
    expect(await read(caller, created.job_id)).toMatchObject({
      status: 'completed',
      progress: 100,
      priority: 3,
      result: { depth: 71 },
    });
  });

  it('publishes no run event, for it has no run', async () => {
    const caller = person();
    const { job_id } = await create(caller);
    await claim(job_id);
    await floor.finish(job_id, 1, answered({ encoding: 'json', value: 1 }));
    const events = floor.seen.filter((one) => one.subject.startsWith(`fab.${caller.orgId}`));
    expect(events).toEqual([]);
  });

  it('gives a compressed result back as it was', async () => {
    const caller = person();
    const value = { profile: Array.from({ length: 3000 }, (_, i) => Math.sqrt(i)) };
    const text = JSON.stringify(value);
    const { job_id } = await create(caller);
    await claim(job_id);
    const base64 = gzipSync(text).toString('base64');
    await floor.finish(job_id, 1, answered({ encoding: 'gzip', base64, size_bytes: text.length }));
    expect((await read(caller, job_id)).result).toEqual(value);
    const [stored] = await floor.rows<{ bytes: number }>(
      sql`select octet_length(result_gzip)::int as bytes from jobs where job_id = ${job_id}`,
    );
    expect(stored?.bytes).toBeLessThan(text.length);
  });

  it('answered at once is recorded as completed, or as failed', async () => {
    const caller = person();
    const ended = (ending: unknown) => ({ tool: 'ping', params: {}, ended: { ending, duration_ms: 12 } });
    const done = await create(
      caller,
      ended({ kind: 'answered', result: { encoding: 'json', value: 'pong' } }),
    );
    expect(done).toMatchObject({ status: 'completed', position_in_queue: null });
    const record = await read(caller, done.job_id);
    expect(record).toMatchObject({ status: 'completed', result: 'pong', tool: 'ping' });
    expect(Date.parse(record.completed_at ?? '') - Date.parse(record.started_at ?? '')).toBe(12);
    const broken = await create(caller, ended({ kind: 'failed', error: { code: 'x', message: 'no' } }));
    expect(await read(caller, broken.job_id)).toMatchObject({ status: 'failed', error_message: 'no' });
  });

  it('is cancelled at once in its queue and by request while it runs', async () => {
    const caller = person();
    const running = await create(caller);
    await claim(running.job_id);
    const cancel = (job_id: string) =>
      floor.asked(jobsRpc.cancel, { job_id, tool_only: true, own_only: false, reason: 'enough' }, caller);
    expect(await cancel(running.job_id)).toMatchObject({ status: 'running', cancel_requested: true });
    expect(await floor.heartbeat(running.job_id, 1)).toEqual({ stale: false, cancel_requested: true });
    const end = { kind: 'cancelled' as const, message: 'stopped', safe_state_at: null, artifacts: [] };
    await floor.finish(running.job_id, 1, end);
    expect(await read(caller, running.job_id)).toMatchObject({ status: 'cancelled', result: null });
  });

  it('is tried again when its worker is lost, and a stale worker changes nothing', async () => {
    const caller = person();
    const { job_id } = await create(caller);
    await claim(job_id);
    await floor.rows(expireLease(job_id));
    const second = await claim(job_id, 2);
    expect(second.attempt).toBe(2);
    const late = await floor.finish(job_id, 1, answered({ encoding: 'json', value: 'late' }));
    expect(late.accepted).toBe(false);
    await floor.finish(job_id, 2, answered({ encoding: 'json', value: 'right' }));
    expect((await read(caller, job_id)).result).toBe('right');
  });

  it('that failed for good can be retried by hand, with the same parameters', async () => {
    const caller = person();
    const { job_id } = await create(caller, { ttl_hours: 2 });
    await claim(job_id);
    await floor.finish(job_id, 1, failed(false));
    const again = await floor.asked(jobsRpc.retry, { job_id }, caller);
    expect(again).toMatchObject({
      status: 'queued',
      retry_of: job_id,
      job_type: 'tool',
      tool: 'ion.monte_carlo',
      queue: 'ion-tools',
    });
    expect((await claim(again.job_id)).spec.params).toEqual(params);
    await floor.finish(again.job_id, 1, answered({ encoding: 'json', value: 1 }));
  });

  it('is created once under an idempotency key', async () => {
    const caller = person();
    const idempotency = { key: 'k1', body_hash: 'h' };
    const first = await create(caller, { idempotency });
    expect(await create(caller, { idempotency })).toEqual(first);
    const body = { tool: 'ion.monte_carlo' as const, params, ttl_hours: 24, priority: 0 };
    const other = { ...body, idempotency: { key: 'k1', body_hash: 'other' } };
    expect(await floor.call(toolJobsRpc.createToolJob, other, caller)).toMatchObject({
      ok: false,
      refusal: { code: 'idempotency_mismatch' },
    });
  });

  it('refuses parameters that cannot be stored', async () => {
    const body = { tool: 'ping' as const, params: { message: 'a\u0000b' }, ttl_hours: 1, priority: 0 };
    expect(await floor.call(toolJobsRpc.createToolJob, body, person())).toMatchObject({
      ok: false,
      refusal: { code: 'validation_failed', errors: [{ path: 'params' }] },
    });
  });

  it('is not seen by another organisation, and runs are not among the jobs of tools', async () => {
    const caller = person();
    const { job_id } = await create(caller);
    const stranger = await floor.call(toolJobsRpc.getToolJob, { job_id }, person());
    expect(stranger).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
    const run = await floor.create(caller, { equipment: [`T-${randomUUID()}`] });
    expect(await floor.call(toolJobsRpc.getToolJob, { job_id: run.job_id }, caller)).toMatchObject({
      ok: false,
    });
    const list = await floor.asked(toolJobsRpc.listToolJobs, { limit: 10, offset: 0 }, caller);
    expect(list).toMatchObject({ total: 1, items: [{ job_id }] });
    const none = { statuses: ['completed' as const], limit: 10, offset: 0 };
    expect((await floor.asked(toolJobsRpc.listToolJobs, none, caller)).total).toBe(0);
  });
});

describe('past its time', () => {
  it('an ended job is gone at once for its readers, then from the tables with its files; others stay', async () => {
    const caller = person();
    const [old, waiting, run] = [
      await create(caller, { ttl_hours: 1 }),
      await create(caller, { ttl_hours: 1 }),
      await floor.create(caller, { equipment: [`T-${randomUUID()}`] }),
    ];
    await claim(old.job_id);
    const uri = `file://store/org/${caller.orgId}/jobs/${old.job_id}/result.json`;
    const artifact = {
      artifact_id: randomUUID(),
      kind: 'result',
      name: 'result.json',
      media_type: 'application/json',
      size_bytes: 2_000_000,
      sha256: 'a'.repeat(64),
      uri,
    };
    const end = { ...answered({ encoding: 'artifact', size_bytes: 2_000_000 }), artifacts: [artifact] };
    await floor.finish(old.job_id, 1, end);
    expect((await read(caller, old.job_id)).artifacts).toMatchObject([{ uri }]);
    await floor.rows(sql`
      update jobs set expires_at = clock_timestamp() - interval '1 h'
      where org_id = ${caller.orgId} and tool_name is not null`);
    expect(await floor.call(toolJobsRpc.getToolJob, { job_id: old.job_id }, caller)).toMatchObject({
      ok: false,
    });
    expect(await read(caller, waiting.job_id)).toMatchObject({ job_id: waiting.job_id });
    const dropped: string[] = [];
    const database = servers.database.open('orchestrator');
    expect(await expireToolJobs(database, async (dropFrom) => void dropped.push(dropFrom))).toBe(1);
    await database.close();
    expect(dropped).toEqual([uri]);
    const left = await floor.rows<{ job_id: string }>(
      sql`select job_id from jobs where org_id = ${caller.orgId} order by sequence`,
    );
    expect(left.map((row) => row.job_id)).toEqual([waiting.job_id, run.job_id]);
    const beside = await floor.rows<{ rows: number }>(sql`
      select (select count(*) from job_logs where job_id = ${old.job_id})::int
        + (select count(*) from attempts where job_id = ${old.job_id})::int
        + (select count(*) from artifacts where job_id = ${old.job_id})::int as rows`);
    expect(beside[0]?.rows).toBe(0);
  });
});
