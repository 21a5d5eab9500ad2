import { randomUUID } from 'node:crypto';
import {
  accept,
  offersSubject,
  refuse,
  toolJobsRpc,
  workerRpc,
  workerService,
  type Caller,
  type TakenJob,
} from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { begin, expireLease, person, startServers, type Running } from '../test/start-orchestrator.ts';
import { lockJobs } from './store/job-rows.ts';
import { lockTakers } from './store/take-rows.ts';

const queue = 'general-tools';
const limits = { perQueue: { [queue]: 4 }, otherQueue: 2, perOrganisation: 3, ageingStepMs: 60_000 };
const answered = {
  kind: 'answered' as const,
  result: { encoding: 'json', value: 1 } as const,
  artifacts: [],
};

let servers: Awaited<ReturnType<typeof startServers>>;
let floor: Running;

beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());
beforeEach(async () => {
  floor = await begin(servers, { change: { limits } });
});
afterEach(async () => {
  await floor.rows(sql`delete from jobs`);
  await floor.rows(sql`delete from job_counts`);
  await floor.stop();
});

const create = (caller: Caller, change: Record<string, unknown> = {}) =>
  floor.asked(
    toolJobsRpc.createToolJob,
    { tool: 'ping', params: { message: 'x' }, ttl_hours: 24, priority: 0, ...change },
    caller,
  );

/** A worker that stands by with these slots and remembers what it was told to begin. */
async function standBy(slots: number, begins: () => boolean = () => true) {
  const workerId = `worker-${randomUUID()}`;
  const told: TakenJob[] = [];
  const stop = floor.client.serve(workerService(queue, workerId), workerRpc.begin, async ({ body }) => {
    told.push(...body.jobs);
    floor.lookAgain();
    return begins() ? accept({}) : refuse('dependency_unavailable', 'not now');
  });
  const say = async (count: number) => {
    const offer = { queue, worker_id: workerId, slots: count };
    floor.client.connection.publish(offersSubject(), JSON.stringify(offer));
    // Answered behind the offer, which the orchestrator then has heard.
    await floor.asked(toolJobsRpc.listToolJobs, { limit: 1, offset: 0 }, person());
  };
  await say(slots);
  return { workerId, told, stop, say, hears: (jobId: string) => floor.until(() => find(told, jobId)) };
}

function find(jobs: readonly TakenJob[], jobId: string): TakenJob | undefined {
  return jobs.find(({ spec }) => spec.job_id === jobId);
}

const stored = async (jobId: string) => {
  const [row] = await floor.rows<{ status: string; worker_id: string | null; attempt: number }>(
    sql`select status, worker_id, attempt from jobs where job_id = ${jobId}`,
  );
  return row;
};

describe('a job before which nobody stands', () => {
  it('starts with a worker that stands by, in the commit that creates it', async () => {
    const worker = await standBy(2);
    const caller = person();
    const created = await create(caller, { priority: 4 });
    expect(created).toMatchObject({
      status: 'queued',
      position_in_queue: 1,
      estimated_start: created.created_at,
    });
    expect(await stored(created.job_id)).toEqual({
      status: 'running',
      worker_id: worker.workerId,
      attempt: 1,
    });
    expect(await worker.hears(created.job_id)).toMatchObject({
      kind: 'tool',
      attempt: 1,
      spec: { tool: 'ping', params: { message: 'x' }, org_id: caller.orgId, user_id: caller.userId },
    });
    await floor.heartbeat(created.job_id, 1, { progress: 50 });
    expect(await floor.finish(created.job_id, 1, answered)).toEqual({ accepted: true, status: 'completed' });
    const attempts = await floor.rows(
      sql`select attempt, worker_id, ending, ended_at >= started_at as ordered from attempts where job_id = ${created.job_id}`,
    );
    expect(attempts).toEqual([
      { attempt: 1, worker_id: worker.workerId, ending: 'completed', ordered: true },
    ]);
  });

  it('is stored as if it had been queued and then taken', async () => {
    const caller = person();
    const taken = await create(caller);
    await floor.take(queue, { workerId: 'same' });
    const worker = await standBy(2);
    await floor.take(queue, { workerId: 'empties the line' });
    const started = await create(caller);
    await worker.hears(started.job_id);
    const { jobs } = await servers.database
      .open('orchestrator')
      .withSystem((tx) => lockJobs(tx, [taken.job_id, started.job_id]));
    const [one, other] = [taken, started].map(({ job_id: jobId }) => jobs.get(jobId)?.job);
    const differing = [
      'jobId',
      'workerId',
      'traceparent',
      'dispatchedAtMs',
      'leaseExpiresAtMs',
      'startedAtMs',
      'attemptStartedAtMs',
    ];
    const alike = (job: object | undefined) =>
      Object.entries(job ?? {}).filter(([field]) => !differing.includes(field));
    expect(alike(other)).toEqual(alike(one));
    expect((other?.leaseExpiresAtMs ?? 0) - (other?.startedAtMs ?? 0)).toBe(60_000);
    expect(other?.dispatchedAtMs).toBe(other?.startedAtMs);
    expect(other?.attemptStartedAtMs).toBe(other?.startedAtMs);
  });

  it('is created once under its key, and answered the same', async () => {
    const worker = await standBy(2);
    const caller = person();
    const idempotency = { key: randomUUID(), body_hash: 'a' };
    const first = await create(caller, { idempotency });
    expect(await create(caller, { idempotency })).toEqual(first);
    await worker.hears(first.job_id);
    expect(worker.told).toHaveLength(1);
  });
});

describe('a job stands in its line', () => {
  it('when others stand there, of whichever organisation', async () => {
    const waiting = await create(person());
    const worker = await standBy(2);
    const behind = await create(person());
    expect(behind).toMatchObject({ status: 'queued' });
    expect((await stored(behind.job_id))?.status).toBe('queued');
    const taken = await floor.take(queue, { workerId: worker.workerId, slots: 2 });
    expect(taken.map(({ spec }) => spec.job_id)).toEqual([waiting.job_id, behind.job_id]);
  });

  it('when another orchestrator let somebody stand there', async () => {
    const worker = await standBy(2);
    const first = await create(person());
    await worker.hears(first.job_id);
    await floor.rows(
      sql`update jobs set status = 'retrying', dispatched_at = null, worker_id = null where job_id = ${first.job_id}`,
    );
    const second = await create(person());
    expect((await stored(second.job_id))?.status).toBe('queued');
  });

  it('when whoever takes jobs is at it for long', async () => {
    const worker = await standBy(2);
    const other = servers.database.open('orchestrator');
    const created = await other.withSystem(async (tx) => {
      await lockTakers(tx);
      return create(person());
    });
    expect((await stored(created.job_id))?.status).toBe('queued');
    expect(worker.told).toEqual([]);
  });

  it('when its worker has no slot, the queue or the organisation is at its limit', async () => {
    const small = await standBy(1);
    const caller = person();
    await small.hears((await create(caller)).job_id);
    expect((await stored((await create(person())).job_id))?.status).toBe('queued');
    await small.say(0);
    const large = await standBy(50);
    await floor.take(queue, { workerId: 'empties the line', slots: 3 });
    const third = await create(caller);
    await large.hears(third.job_id);
    const fourth = await create(caller);
    await large.hears(fourth.job_id);
    // The queue may have four at a time, the organisation three.
    expect((await stored((await create(caller)).job_id))?.status).toBe('queued');
    expect((await stored((await create(person())).job_id))?.status).toBe('queued');
  });

  it('when the worker has more than this process knows of', async () => {
    const worker = await standBy(1);
    const first = await create(person());
    await worker.hears(first.job_id);
    // Somebody else wrote it: it is not known here any more after the next word.
    await floor.rows(sql`update jobs set log_lines = 7 where job_id = ${first.job_id}`);
    await floor.heartbeat(first.job_id, 1);
    expect((await stored((await create(person())).job_id))?.status).toBe('queued');
  });
});

describe('a worker that does not begin', () => {
  it('gives the job back to its line, without a retry, and is asked no more', async () => {
    const worker = await standBy(2, () => false);
    const created = await create(person());
    const again = await floor.grantedBy(queue, created.job_id, 2);
    expect(again).toMatchObject({ attempt: 2 });
    expect(worker.told).toHaveLength(1);
    const [row] = await floor.rows(
      sql`select retry_count, a.ending, a.error from jobs j join attempts a using (job_id)
          where job_id = ${created.job_id} and a.attempt = 1`,
    );
    expect(row).toMatchObject({
      retry_count: 0,
      ending: 'retry',
      error: 'The worker did not begin: not now',
    });
    // Its late words change nothing.
    expect(await floor.heartbeat(created.job_id, 1)).toMatchObject({ stale: true });
    expect(await floor.finish(created.job_id, 1, answered)).toMatchObject({ accepted: false });
    await create(person());
    expect(worker.told).toHaveLength(1);
  });

  it('and is gone is told by the wire at once', async () => {
    const worker = await standBy(2);
    await worker.stop();
    const created = await create(person());
    expect(await floor.grantedBy(queue, created.job_id, 2)).toMatchObject({ attempt: 2 });
  });

  it('since it never heard of it finds the job with its next question, or loses it by its lease', async () => {
    const worker = await standBy(2);
    const created = await create(person());
    await worker.hears(created.job_id);
    const [lost] = await floor.take(queue, { workerId: worker.workerId, inHand: [] });
    expect(lost).toMatchObject({ attempt: 1, spec: { job_id: created.job_id } });
    await floor.rows(expireLease(created.job_id));
    expect(await floor.grantedBy(queue, created.job_id, 2)).toMatchObject({ attempt: 2 });
  });
});
