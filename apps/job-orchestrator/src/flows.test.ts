import { randomUUID } from 'node:crypto';
import {
  batchRpc,
  jobsRpc,
  toolJobsRpc,
  type BatchMode,
  type Caller,
  type RunOptions,
} from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  completed,
  failed,
  person,
  preparedRun,
  startServers,
  type Running,
} from '../test/start-orchestrator.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let o: Running;

beforeAll(async () => {
  servers = await startServers();
  o = await begin(servers);
});
afterAll(async () => {
  await o.stop();
  await servers.close();
});

type Wanted = { key?: string; options?: Partial<RunOptions> };

function runBatch(caller: Caller, runs: readonly Wanted[], change: { mode?: BatchMode; key?: string } = {}) {
  return o.call(
    batchRpc.createRuns,
    {
      mode: change.mode ?? 'all_or_nothing',
      process: 'ion',
      job_type: 'ion_implant',
      items: runs.map(({ key, options }) => ({
        key: key ?? null,
        item: {
          wanted: { prepared: preparedRun([randomUUID().slice(0, 8)]), options: { priority: 0, ...options } },
        },
      })),
      ...(change.key === undefined ? {} : { idempotency: { key: change.key, body_hash: 'h' } }),
    },
    caller,
  );
}

async function created(...asked: Parameters<typeof runBatch>) {
  const answer = await runBatch(...asked);
  if (!answer.ok) throw new Error(JSON.stringify(answer.refusal));
  return answer.value;
}

/** A run that waits for others, on a tool of its own. */
const behind = (caller: Caller, dependsOn: string[], options: Partial<RunOptions> = {}) =>
  o.create(caller, { equipment: [randomUUID().slice(0, 8)], options: { depends_on: dependsOn, ...options } });

const jobOf = (caller: Caller, job_id: string) => o.asked(jobsRpc.getJob, { job_id }, caller);
const countOf = async (caller: Caller) =>
  (await o.asked(jobsRpc.listJobs, { limit: 1, offset: 0 }, caller)).total;

/** Lets a dispatched run come to its end. */
async function end(jobId: string, ending = completed()) {
  await o.granted(jobId);
  return o.finish(jobId, 1, ending);
}

/** Runs a failed end that is final at once. */
const fail = (jobId: string) => end(jobId, failed(false));

describe('a batch of runs', () => {
  test('creates all in one go, each dispatched like any other', async () => {
    const caller = person();
    const report = await created(caller, [{}, {}, {}]);
    expect(report).toMatchObject({ created: 3, refused: 0 });
    expect(report.items.map((item) => item.created?.position_in_queue)).toEqual([1, 2, 3]);
    for (const { created: run } of report.items) await o.granted(run?.job_id ?? '');
  });

  test('with all or nothing, one unknown dependency creates nothing, and is named at its place', async () => {
    const caller = person();
    const answer = await runBatch(caller, [{}, { options: { depends_on: ['ION-20260101-00000000'] } }]);
    expect(answer).toMatchObject({
      refusal: {
        code: 'validation_failed',
        errors: [{ path: 'runs.1.depends_on.0', value: 'ION-20260101-00000000' }],
      },
    });
    expect(await countOf(caller)).toBe(0);
  });

  test('with each for itself, what is right is created and the rest is reported', async () => {
    const caller = person();
    const report = await created(
      caller,
      [{ key: 'a' }, { key: 'b', options: { depends_on: ['nobody'] } }, { options: { depends_on: ['b'] } }],
      { mode: 'each' },
    );
    expect(report).toMatchObject({
      created: 1,
      refused: 2,
      items: [
        { index: 0, key: 'a', problem: null },
        { index: 1, created: null, problem: { errors: [{ path: 'depends_on.0', value: 'nobody' }] } },
        { index: 2, created: null, problem: { errors: [{ path: 'depends_on', value: 'b' }] } },
      ],
    });
    expect(await countOf(caller)).toBe(1);
  });

  test('under the same key is created once and answered twice the same', async () => {
    const caller = person();
    const [first, second] = await Promise.all([
      created(caller, [{}, {}], { key: 'k' }),
      created(caller, [{}, {}], { key: 'k' }),
    ]);
    expect(second).toEqual(first);
    expect(await countOf(caller)).toBe(2);
  });

  test('may hold a chain by keys; a circle is refused', async () => {
    const caller = person();
    const chain = await created(caller, [{ key: 'a' }, { key: 'b', options: { depends_on: ['a'] } }]);
    expect(chain.items.map((item) => item.created?.status)).toEqual(['queued', 'blocked']);
    const circle = await runBatch(caller, [
      { key: 'a', options: { depends_on: ['b'] } },
      { key: 'b', options: { depends_on: ['a'] } },
    ]);
    expect(circle).toMatchObject({ refusal: { errors: [{ value: 'a → b → a' }, { value: 'b → a → b' }] } });
  });
});

test('a thousand jobs of tools are one batch', async () => {
  const caller = person();
  const wanted = { tool: 'ping' as const, params: {}, ttl_hours: 24, priority: 0 };
  const items = Array.from({ length: 1000 }, (_, index) => ({ key: `j${index}`, item: { wanted } }));
  const body = { mode: 'all_or_nothing' as const, items };
  const report = await o.client.call('jobs', batchRpc.createToolJobs, { body, caller, timeoutMs: 30_000 });
  expect(report).toMatchObject({ ok: true, value: { created: 1000, refused: 0 } });
  expect(await countOf(caller)).toBe(1000);
});

describe('a job that depends on others', () => {
  test('stands in no queue until all of them are completed, and tells for whom it waits', async () => {
    const caller = person();
    const [first, second] = [
      await o.create(caller, { equipment: ['X'] }),
      await o.create(caller, { equipment: ['Y'] }),
    ];
    const last = await behind(caller, [first.run_id, second.job_id]);
    expect(last).toMatchObject({ status: 'blocked', position_in_queue: null });
    await end(first.job_id);
    expect(await jobOf(caller, last.job_id)).toMatchObject({
      status: 'blocked',
      waiting_reason: `Waits for ${first.run_id}, ${second.run_id}`,
      depends_on: [
        { run_id: first.run_id, status: 'completed' },
        { run_id: second.run_id, status: 'running' },
      ],
    });
    await end(second.job_id);
    await o.event(last.run_id, 'spectra.run.queued');
    expect(await end(last.job_id)).toMatchObject({ status: 'completed' });
    await o.event(last.run_id, 'spectra.run.completed');
    const types = o.eventsOf(last.run_id).map((event) => event.type.slice('spectra.run.'.length));
    expect(types).toEqual(['blocked', 'queued', 'started', 'completed']);
  });

  test('starts at once when everything is completed already', async () => {
    const caller = person();
    const first = await o.create(caller, { equipment: ['X'] });
    await end(first.job_id);
    expect(await behind(caller, [first.run_id])).toMatchObject({ status: 'queued', position_in_queue: 1 });
  });

  test('is held when one of them fails; a person may let it go on', async () => {
    const caller = person();
    const first = await o.create(caller, { equipment: ['X'] });
    const last = await behind(caller, [first.run_id]);
    await fail(first.job_id);
    await o.event(last.run_id, 'spectra.run.held');
    expect(await jobOf(caller, last.job_id)).toMatchObject({
      status: 'held',
      held_reason: `${first.run_id}, on which this one depends, failed`,
    });
    const decision = { decision: 'resume' as const, comment: 'measured by hand' };
    await o.asked(jobsRpc.resolveHeld, { job_id: last.job_id, ...decision }, caller);
    expect(await end(last.job_id)).toMatchObject({ status: 'completed' });
  });

  test('is cancelled with it when it was created so, down the whole chain', async () => {
    const caller = person();
    const first = await o.create(caller, { equipment: ['X'] });
    const second = await behind(caller, [first.run_id], { on_failure: 'cancel' });
    const third = await behind(caller, [second.run_id], { on_failure: 'cancel' });
    await o.asked(jobsRpc.cancel, { run_id: first.run_id, own_only: false, reason: 'no' }, caller);
    await o.event(third.run_id, 'spectra.run.cancelled');
    expect(await jobOf(caller, second.job_id)).toMatchObject({ status: 'cancelled' });
  });

  test('can be cancelled while it waits', async () => {
    const caller = person();
    const first = await o.create(caller, { equipment: ['X'] });
    const last = await behind(caller, [first.run_id]);
    const stopped = await o.asked(
      jobsRpc.cancel,
      { job_id: last.job_id, own_only: false, reason: 'no' },
      caller,
    );
    expect(stopped.status).toBe('cancelled');
  });

  test('of another organisation is as unknown as one that does not exist', async () => {
    const foreign = await o.create(person(), { equipment: ['X'] });
    const refused = await o.call(
      toolJobsRpc.createToolJob,
      { tool: 'ping', params: {}, ttl_hours: 1, priority: 0, depends_on: [foreign.job_id] },
      person(),
    );
    expect(refused).toMatchObject({
      refusal: { code: 'validation_failed', errors: [{ path: 'depends_on.0', value: foreign.job_id }] },
    });
  });

  test('takes the one run of its upstream process that it waits for as its source', async () => {
    const caller = person();
    const implant = await o.create(caller, { equipment: ['X'] });
    const body = {
      process: 'rtp',
      job_type: 'rtp' as const,
      prepared: { ...preparedRun(['R1']), upstream_process: 'ion' },
      options: { priority: 0, depends_on: [implant.run_id] },
    };
    const run = await o.asked(jobsRpc.createRun, body, caller);
    const record = await o.asked(jobsRpc.getRun, { run_id: run.run_id }, caller);
    expect(record).toMatchObject({ status: 'blocked', source_run_id: implant.run_id });
  });

  test('is found again after a restart, whatever happened meanwhile', async () => {
    const caller = person();
    const first = await o.create(caller, { equipment: ['X'] });
    const last = await behind(caller, [first.run_id]);
    await o.granted(first.job_id);
    await o.rows(sql`
      with moved as (
        update jobs set status = 'completed', dispatched_at = null, lease_expires_at = null, completed_at = now()
        where job_id = ${first.job_id} returning org_id, job_type, process)
      insert into job_counts (org_id, job_type, process, status, jobs)
      select org_id, job_type, process, status, jobs
      from moved, (values ('running', -1), ('completed', 1)) as change(status, jobs)`);
    const second = await begin(servers);
    await second.granted(last.job_id);
    await second.stop();
  });
});

test('a run that a job asked for is cancelled with that job, whoever works on either', async () => {
  const caller = person();
  const order = { tool: 'ping' as const, params: {}, ttl_hours: 1, priority: 0 };
  const parent = await o.asked(toolJobsRpc.createToolJob, order, caller);
  const body = {
    process: 'ion',
    job_type: 'ion_implant' as const,
    prepared: preparedRun(['X']),
    options: { priority: 0 },
    parent_job_id: parent.job_id,
  };
  const child = await o.asked(jobsRpc.createRun, body, caller);
  await o.granted(child.job_id);
  await o.asked(jobsRpc.cancel, { job_id: parent.job_id, own_only: false, reason: 'stop the lot' }, caller);
  const event = await o.event(child.run_id, 'spectra.run.cancel_requested');
  expect(event.data.message).toBe('stop the lot');
  expect(await o.call(jobsRpc.createRun, body, person())).toMatchObject({ refusal: { code: 'not_found' } });
});

test('the first who waits for anything, long after the loop saw that nobody does, is settled all the same', async () => {
  const own = await startServers();
  const fresh = await begin(own);
  const caller = person();
  const done = async (jobId: string) => {
    await fresh.granted(jobId);
    await fresh.finish(jobId, 1, completed());
  };
  // Ended jobs before anybody waits: the loop looks at nothing for them.
  for (const tool of ['A', 'B', 'C']) await done((await fresh.create(caller, { equipment: [tool] })).job_id);
  const first = await fresh.create(caller, { equipment: ['D'] });
  const options = { depends_on: [first.run_id] };
  const last = await fresh.create(caller, { equipment: ['E'], options });
  await done(first.job_id);
  await fresh.event(last.run_id, 'spectra.run.queued');
  await fresh.stop();
  await own.close();
});
