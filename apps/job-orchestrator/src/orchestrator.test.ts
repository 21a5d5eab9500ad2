import { randomUUID } from 'node:crypto';
import { jobsRpc, queuesRpc } from '@spectra/schemas';
import { expectRowLevelSecurity } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  completed,
  expireLease,
  failed,
  outcome,
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

/** A created and claimed run on a tool of its own. */
async function runningJob(change: Parameters<Running['create']>[1] = {}) {
  const caller = person();
  const run = await o.create(caller, change);
  const claim = await o.granted(run.job_id);
  return { caller, run, claim };
}

test('every table with an organisation has row-level security', async () => {
  await expectRowLevelSecurity({
    adminUrl: servers.database.adminUrl,
    schema: 'orchestrator',
    withoutOrg: ['stream_marks'],
  });
});

describe('the straight line', () => {
  test('create, dispatch, claim, heartbeat, finish: one event for each transition, and the record says it all', async () => {
    const caller = person();
    const run = await o.create(caller, { options: { wafer_id: 'W1', lot_id: 'LOT-1', comments: 'Test' } });
    expect(run.run_id).toMatch(/^ION-\d{8}-[0-9A-F]{8}$/);
    expect(run).toMatchObject({ status: 'queued', position_in_queue: 1 });
    const claim = await o.granted(run.job_id);
    expect(claim).toMatchObject({ attempt: 1, lease_token: 1, checkpoint: null });
    expect(claim.spec).toMatchObject({ run_id: run.run_id, equipment_id: 'IMP-1', time_scale: 100 });
    await o.heartbeat(run.job_id, 1, { progress: 40, logs: ['beam on', 'wafer 1'] });
    await o.event(run.run_id, 'spectra.run.progressed');
    const artifact = {
      artifact_id: randomUUID(),
      kind: 'telemetry',
      name: 'telemetry.json',
      media_type: 'application/json',
      size_bytes: 10,
      sha256: 'a'.repeat(64),
      uri: 'local://x/telemetry.json',
    };
    const finished = await o.finish(run.job_id, 1, completed([artifact]));
    expect(finished).toEqual({ accepted: true, status: 'completed' });
    const event = await o.event(run.run_id, 'spectra.run.completed');
    expect(event.data).toMatchObject({ status: 'completed', progress: 100, outcome, artifacts: [artifact] });
    expect(o.eventsOf(run.run_id).map((one) => one.type.slice('spectra.run.'.length))).toEqual([
      'queued',
      'started',
      'progressed',
      'completed',
    ]);
    const record = await o.asked(jobsRpc.getRun, { run_id: run.run_id, process: 'ion' }, caller);
    expect(record).toMatchObject({ status: 'completed', outcome, artifacts: [artifact], attempt: 1 });
    const logs = await o.asked(jobsRpc.getLogs, { job_id: run.job_id, limit: 10, offset: 0 }, caller);
    expect(logs).toMatchObject({
      total: 2,
      items: [
        { line: 1, message: 'beam on' },
        { line: 2, attempt: 1 },
      ],
    });
    const stored = await o.asked(
      jobsRpc.getArtifact,
      { run_id: run.run_id, artifact_id: artifact.artifact_id },
      caller,
    );
    expect(stored).toEqual(artifact);
  });

  test('a page of large runs comes as far as a message carries it, and the rest behind it', async () => {
    const caller = person();
    for (const equipment of ['A', 'B', 'C']) await o.create(caller, { equipment: [equipment] });
    const { orgId } = caller;
    await o.rows(sql`update runs set comments = repeat('x', 400000) where org_id = ${orgId}`);
    const first = await o.asked(jobsRpc.listRuns, { process: 'ion', limit: 3, offset: 0 }, caller);
    expect([first.items.length, first.total]).toEqual([2, 3]);
    const rest = await o.asked(jobsRpc.listRuns, { process: 'ion', limit: 1, offset: 2 }, caller);
    const found = new Set([...first.items, ...rest.items].map((run) => run.run_id));
    expect(found.size).toBe(3);
  });

  test('lists are filtered, paged, counted, and an organisation sees only its own', async () => {
    const caller = person();
    const other = person();
    for (const equipment of ['A', 'B', 'C']) await o.create(caller, { equipment: [equipment] });
    await o.create(other, { process: 'rtp', equipment: ['A'] });
    const page = { limit: 2, offset: 0 };
    const runs = await o.asked(jobsRpc.listRuns, { process: 'ion', ...page }, caller);
    expect([runs.items.length, runs.total]).toEqual([2, 3]);
    const rtp = await o.asked(jobsRpc.listRuns, { process: 'rtp', ...page }, caller);
    expect(rtp).toEqual({ items: [], total: 0 });
    const jobs = await o.asked(jobsRpc.listJobs, { job_type: 'rtp', status: 'queued', ...page }, other);
    expect(jobs.total).toBe(1);
    const foreign = jobs.items[0]?.job_id ?? '';
    expect(await o.call(jobsRpc.getJob, { job_id: foreign }, caller)).toMatchObject({
      refusal: { code: 'not_found' },
    });
    const cancel = await o.call(
      jobsRpc.cancel,
      { job_id: foreign, own_only: false, reason: 'not mine' },
      caller,
    );
    expect(cancel).toMatchObject({ refusal: { code: 'not_found' } });
  });

  test('a request without a caller is refused where it needs one', async () => {
    expect(await o.call(jobsRpc.getJob, { job_id: randomUUID() })).toMatchObject({
      refusal: { code: 'unauthenticated' },
    });
  });

  test('the service tells its health', async () => {
    expect(await o.health()).toMatchObject({ status: 'healthy', dependencies: { postgres: {}, nats: {} } });
  });
});

describe('idempotency', () => {
  const request = (key: string, bodyHash: string) => ({
    process: 'ion',
    job_type: 'ion_implant' as const,
    prepared: preparedRun(),
    options: { priority: 0 },
    idempotency: { key, body_hash: bodyHash },
  });

  test('twenty creations at once under one key are one run with one answer', async () => {
    const caller = person();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => o.asked(jobsRpc.createRun, request('k', 'h'), caller)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const later = await o.asked(jobsRpc.createRun, request('k', 'h'), caller);
    expect(later).toEqual(answers[0]);
    const runs = await o.asked(jobsRpc.listRuns, { process: 'ion', limit: 10, offset: 0 }, caller);
    expect(runs.total).toBe(1);
  });

  test('another body under the same key is refused; another user has keys of their own', async () => {
    const caller = person();
    const first = await o.asked(jobsRpc.createRun, request('k', 'h'), caller);
    expect(await o.call(jobsRpc.createRun, request('k', 'other'), caller)).toMatchObject({
      refusal: { code: 'idempotency_mismatch' },
    });
    const colleague = person(caller.orgId, 'user-2');
    const second = await o.asked(jobsRpc.createRun, request('k', 'other'), colleague);
    expect(second.run_id).not.toBe(first.run_id);
  });
});

describe('claims and leases', () => {
  test('of many workers that ask at once one gets the job', async () => {
    const run = await o.create(person());
    const taken = await Promise.all(
      Array.from({ length: 10 }, (_, index) => o.take('ion', { workerId: `worker-${index}` })),
    );
    expect(taken.flat().filter(({ spec }) => spec.job_id === run.job_id)).toHaveLength(1);
  });

  test('a worker gets no more than it has slots, and of its own queue only', async () => {
    await o.take('ion', { slots: 200 });
    await o.take('rtp', { slots: 200 });
    const caller = person();
    for (const equipment of ['A', 'B', 'C']) await o.create(caller, { equipment: [equipment] });
    const other = await o.create(caller, { process: 'rtp', equipment: ['D'] });
    expect(await o.take('rtp')).toMatchObject([{ spec: { job_id: other.job_id } }]);
    expect(await o.take('ion', { slots: 2 })).toHaveLength(2);
    expect(await o.take('ion', { slots: 2 })).toHaveLength(1);
    expect(await o.take('no such queue')).toEqual([]);
  });

  test('a worker that lost an answer gets what it holds again, in the same attempt, and nobody else does', async () => {
    await o.take('ion', { slots: 200 });
    const caller = person();
    const [known, lost] = [await o.create(caller), await o.create(caller, { equipment: ['IMP-2'] })];
    const given = await o.take('ion', { workerId: 'w-lost' });
    expect(given.map(({ spec }) => spec.job_id)).toEqual([known.job_id, lost.job_id]);
    const again = await o.take('ion', { workerId: 'w-lost', inHand: [known.job_id] });
    expect(again).toEqual(given.filter(({ spec }) => spec.job_id === lost.job_id));
    expect(await o.take('ion', { workerId: 'w-other', inHand: [] })).toEqual([]);
    expect(await o.take('ion', { workerId: 'w-lost' })).toEqual([]);
  });

  test('a take that was given up, and waited with the next one, gives nothing to nobody', async () => {
    await o.take('ion', { slots: 200 });
    const caller = person();
    const wanted = [await o.create(caller), await o.create(caller, { equipment: ['IMP-2'] })];
    // The first keeps the desk busy, so that those behind it are served together.
    const [, , last] = await Promise.all([
      o.take('no such queue'),
      o.take('ion', { workerId: 'w-slow' }),
      o.take('ion', { workerId: 'w-slow', inHand: [] }),
    ]);
    expect(last.map(({ spec }) => spec.job_id)).toEqual(wanted.map((job) => job.job_id));
  });

  test('what a worker holds unknown comes back before anything new takes its slots', async () => {
    await o.take('ion', { slots: 200 });
    const caller = person();
    const lost = await o.create(caller);
    await o.take('ion', { workerId: 'w-full', slots: 1 });
    const fresh = await o.create(caller, { equipment: ['IMP-2'] });
    const again = await o.take('ion', { workerId: 'w-full', slots: 1, inHand: [] });
    expect(again.map(({ spec }) => spec.job_id)).toEqual([lost.job_id]);
    const next = await o.take('ion', { workerId: 'w-full', slots: 1 });
    expect(next.map(({ spec }) => spec.job_id)).toEqual([fresh.job_id]);
  });

  test("a stale attempt's writes change nothing, in the table and in the events", async () => {
    const { run, caller } = await runningJob();
    await o.rows(expireLease(run.job_id));
    await o.event(run.run_id, 'spectra.run.retrying');
    const second = await o.granted(run.job_id, 2, 'worker-2');
    expect([second.attempt, second.lease_token]).toEqual([2, 2]);
    const before = await o.asked(jobsRpc.getJob, { job_id: run.job_id }, caller);
    const late = await o.heartbeat(run.job_id, 1, { progress: 99, logs: ['ghost'] });
    expect(late).toEqual({ stale: true, cancel_requested: false });
    expect(await o.finish(run.job_id, 1, completed())).toEqual({ accepted: false, status: 'running' });
    expect(await o.asked(jobsRpc.getJob, { job_id: run.job_id }, caller)).toEqual(before);
    expect(await o.finish(run.job_id, 2, completed())).toMatchObject({ accepted: true });
    await o.event(run.run_id, 'spectra.run.completed');
    expect(o.eventsOf(run.run_id).filter((event) => event.type === 'spectra.run.completed')).toHaveLength(1);
  });

  test('a finish that is said twice is accepted twice and counts once', async () => {
    const { run } = await runningJob();
    await o.finish(run.job_id, 1, completed());
    expect(await o.finish(run.job_id, 1, completed())).toEqual({ accepted: true, status: 'completed' });
    const rows = await o.rows(sql`
      select 1 from outbox where job_id = ${run.job_id} and payload like '%spectra.run.completed%'`);
    expect(rows).toHaveLength(1);
  });

  test('progress never goes back within an attempt', async () => {
    const { run, caller } = await runningJob();
    await o.heartbeat(run.job_id, 1, { progress: 50 });
    await o.heartbeat(run.job_id, 1, { progress: 30 });
    expect((await o.asked(jobsRpc.getJob, { job_id: run.job_id }, caller)).progress).toBe(50);
  });

  test('the database itself refuses a second active job on a tool', async () => {
    const { run, caller } = await runningJob();
    const waiting = await o.create(caller);
    await expect(
      o.rows(sql`
        update jobs set dispatched_at = clock_timestamp(), equipment_id = 'IMP-1'
        where job_id = ${waiting.job_id}`),
    ).rejects.toThrow();
    await o.finish(run.job_id, 1, completed());
    expect(await o.granted(waiting.job_id)).toMatchObject({ attempt: 1 });
  });
});

describe('cancel', () => {
  const cancel = (job_id: string) => ({ job_id, own_only: false, reason: 'changed my mind' });

  test('while queued: cancelled at once, never starts, and a second cancel is refused', async () => {
    const { caller } = await runningJob();
    const queued = await o.create(caller);
    const answer = await o.asked(jobsRpc.cancel, cancel(queued.job_id), caller);
    expect(answer).toMatchObject({ status: 'cancelled', run_id: queued.run_id });
    const event = await o.event(queued.run_id, 'spectra.run.cancelled');
    expect(event.data).toMatchObject({ message: 'changed my mind', safe_state_at: null });
    expect(await o.call(jobsRpc.cancel, cancel(queued.job_id), caller)).toMatchObject({
      refusal: { code: 'illegal_transition' },
    });
  });

  test('of a job that is free to start: no worker gets it, and the tool is free for the next', async () => {
    const caller = person();
    const run = await o.create(caller);
    await o.asked(jobsRpc.cancel, cancel(run.job_id), caller);
    const next = await o.create(caller);
    const taken = await o.take('ion');
    expect(taken.map(({ spec }) => spec.job_id)).toEqual([next.job_id]);
  });

  test('while running: the worker is told at once and by heartbeat, repeating is harmless, then it is over', async () => {
    const { run, caller } = await runningJob();
    const answer = await o.asked(jobsRpc.cancel, cancel(run.job_id), caller);
    expect(answer).toMatchObject({ status: 'running', cancel_requested: true });
    await o.until((all) => all.find((one) => one.subject === `jobs.cancel.${run.job_id}`));
    expect(await o.asked(jobsRpc.cancel, cancel(run.job_id), caller)).toEqual(answer);
    expect(await o.heartbeat(run.job_id, 1)).toEqual({ stale: false, cancel_requested: true });
    const safeAt = '2026-01-22T10:00:00.000Z';
    const ended = await o.finish(run.job_id, 1, {
      kind: 'cancelled',
      message: 'beam gated',
      safe_state_at: safeAt,
      artifacts: [],
    });
    expect(ended.status).toBe('cancelled');
    const event = await o.event(run.run_id, 'spectra.run.cancelled');
    expect(event.data).toMatchObject({ message: 'beam gated', safe_state_at: safeAt });
    expect(o.eventsOf(run.run_id).filter((one) => one.type === 'spectra.run.cancel_requested')).toHaveLength(
      1,
    );
  });

  test('somebody who may stop only their own is refused for others, and may name the run', async () => {
    const { run, caller } = await runningJob();
    const operator = person(caller.orgId, 'operator-1');
    const body = { run_id: run.run_id, process: 'ion', own_only: true, reason: 'mine?' };
    expect(await o.call(jobsRpc.cancel, body, operator)).toMatchObject({
      refusal: { code: 'permission_denied' },
    });
    for (const other of [{ process: 'rtp' }, { tool_only: true }]) {
      expect(await o.call(jobsRpc.cancel, { ...body, ...other }, caller)).toMatchObject({
        refusal: { code: 'not_found' },
      });
    }
    expect(await o.asked(jobsRpc.cancel, body, caller)).toMatchObject({ cancel_requested: true });
  });
});

describe('failure, retry, hold', () => {
  test('a transient failure is retried three times, then a dead letter; a redrive runs it again', async () => {
    const { run, caller } = await runningJob();
    for (const attempt of [1, 2, 3]) {
      expect(await o.finish(run.job_id, attempt, failed(true))).toMatchObject({ status: 'retrying' });
      const claim = await o.granted(run.job_id, attempt + 1);
      expect(claim).toMatchObject({ attempt: attempt + 1, lease_token: attempt + 1 });
    }
    expect(await o.finish(run.job_id, 4, failed(true))).toMatchObject({ status: 'failed' });
    const event = await o.event(run.run_id, 'spectra.run.failed');
    expect(event.data).toMatchObject({
      error_code: 'tool_gone',
      error_message: 'the tool hung up',
      retryable: true,
    });
    const letters = await o.asked(queuesRpc.listDeadLetters, { limit: 10, offset: 0 }, caller);
    expect(letters).toMatchObject({
      total: 1,
      items: [{ job_id: run.job_id, attempts: 4, redriven_at: null }],
    });
    const dead_letter_id = letters.items[0]?.dead_letter_id ?? '';
    const redriven = await o.asked(jobsRpc.redrive, { dead_letter_id }, caller);
    expect(redriven).toMatchObject({ job_id: run.job_id, status: 'queued', retry_count: 0 });
    expect(await o.granted(run.job_id, 5)).toMatchObject({ attempt: 5 });
    expect(await o.call(jobsRpc.redrive, { dead_letter_id }, caller)).toMatchObject({
      refusal: { code: 'illegal_transition' },
    });
  });

  test('attempts, retries, lost workers and dead letters are counted by queue', async () => {
    const names = ['attempts', 'retries', 'leases_lost', 'dead_letters'];
    const count = async (name: string) => {
      const metric = o.registry.getSingleMetric(`spectra_job_${name}_total`);
      const { values } = (await metric?.get()) ?? { values: [] };
      return values.find(({ labels }) => labels.queue === 'ion')?.value ?? 0;
    };
    const started = async () =>
      (await o.registry.getSingleMetricAsString('spectra_job_start_seconds')).match(
        /_count\{queue="ion"\} (\d+)/,
      )?.[1];
    const before = await Promise.all(names.map(count));
    const startedBefore = Number((await started()) ?? 0);
    const { run } = await runningJob();
    await o.finish(run.job_id, 1, failed(true));
    await o.granted(run.job_id, 2);
    await o.rows(expireLease(run.job_id));
    await o.granted(run.job_id, 3);
    await o.finish(run.job_id, 3, failed(true));
    await o.granted(run.job_id, 4);
    await o.finish(run.job_id, 4, failed(true));
    const after = await Promise.all(names.map(count));
    expect(after.map((value, i) => value - (before[i] ?? 0))).toEqual([4, 3, 1, 1]);
    // A retry waits because it is told to, so only the first attempt has a time to its start.
    expect(Number(await started()) - startedBefore).toBe(1);
  });

  test('a failure of the recipe is never retried; retrying by hand makes a new job and a new run', async () => {
    const { run, caller } = await runningJob({ options: { priority: 7, lot_id: 'LOT-9', seed: 42 } });
    expect(await o.call(jobsRpc.retry, { job_id: run.job_id }, caller)).toMatchObject({
      refusal: { code: 'illegal_transition' },
    });
    await o.finish(run.job_id, 1, failed(false));
    const again = await o.asked(jobsRpc.retry, { job_id: run.job_id }, caller);
    expect(again).toMatchObject({ retry_of: run.job_id, priority: 7, attempt: 0 });
    const [before, after] = await Promise.all(
      [run.run_id, again.run_id ?? ''].map((run_id) => o.asked(jobsRpc.getRun, { run_id }, caller)),
    );
    expect(after?.run_id).not.toBe(before?.run_id);
    expect([after?.recipe, after?.wafers, after?.lot_id, after?.seed]).toEqual([
      before?.recipe,
      before?.wafers,
      'LOT-9',
      42,
    ]);
  });

  test('a failed job has one retry at a time, whoever asks and however often, and is not redriven beside it', async () => {
    const { run, caller } = await runningJob();
    await o.finish(run.job_id, 1, failed(false));
    const colleague = { ...caller, userId: 'colleague' };
    const retry = (who = caller, job_id = run.job_id) => o.call(jobsRpc.retry, { job_id }, who);
    const both = await Promise.all([retry(), retry(colleague)]);
    const made = new Set(both.flatMap((answer) => (answer.ok ? [answer.value.job_id] : [])));
    expect(made.size).toBe(1);
    const [first = ''] = made;
    expect(await retry(colleague)).toMatchObject({
      refusal: { code: 'illegal_transition', detail: `Job ${first} retries this one; it is queued` },
    });
    const letters = await o.asked(queuesRpc.listDeadLetters, { limit: 10, offset: 0 }, caller);
    const letter = letters.items.find(({ job_id }) => job_id === run.job_id);
    const redriven = { dead_letter_id: letter?.dead_letter_id ?? '' };
    expect(await o.call(jobsRpc.redrive, redriven, caller)).toMatchObject({
      refusal: { code: 'illegal_transition' },
    });
    await o.asked(jobsRpc.cancel, { job_id: first, own_only: false, reason: 'not now' }, caller);
    const next = await o.asked(jobsRpc.retry, { job_id: run.job_id }, colleague);
    expect(next).toMatchObject({ retry_of: run.job_id, status: 'queued' });
    expect(next.job_id).not.toBe(first);
  });

  test('a lost worker with a part-implanted wafer: a new attempt at once, on the same tool, from the checkpoint', async () => {
    const { run } = await runningJob({ equipment: ['IMP-7', 'IMP-8'] });
    const checkpoint = { exposed: true, state: { interruptedWafer: 'resume', doneCm2: 4e14 } };
    await o.heartbeat(run.job_id, 1, { checkpoint });
    await o.rows(expireLease(run.job_id));
    const claim = await o.granted(run.job_id, 2, 'worker-2');
    expect(claim).toMatchObject({ attempt: 2, lease_token: 2, checkpoint });
    expect(claim.spec.equipment_id).toBe('IMP-7');
  });

  test('a lost worker with a heated wafer: held, until a person resumes or scraps it', async () => {
    const { run, caller } = await runningJob({ process: 'rtp' });
    await o.heartbeat(run.job_id, 1, { checkpoint: { exposed: true, state: { interruptedWafer: 'hold' } } });
    await o.rows(expireLease(run.job_id));
    const held = await o.event(run.run_id, 'spectra.run.held');
    expect(held.data).toMatchObject({ status: 'held', error_code: 'worker_lost' });
    const decision = { job_id: run.job_id, comment: 'measured, fine' };
    const resumed = await o.asked(jobsRpc.resolveHeld, { ...decision, decision: 'resume' }, caller);
    expect(resumed).toMatchObject({ status: 'queued', held_reason: null });
    expect(await o.call(jobsRpc.resolveHeld, { ...decision, decision: 'scrap' }, caller)).toMatchObject({
      refusal: { code: 'illegal_transition' },
    });
    const claim = await o.granted(run.job_id, 2);
    expect(claim).toMatchObject({ attempt: 2 });
    await o.finish(run.job_id, 2, { kind: 'held', reason: 'calibration expired', artifacts: [] });
    const scrapped = await o.asked(jobsRpc.resolveHeld, { ...decision, decision: 'scrap' }, caller);
    expect(scrapped).toMatchObject({ status: 'cancelled' });
  });

  test('what somebody else changed meanwhile counts, although this process knows the job from its last write', async () => {
    const { run } = await runningJob();
    await o.heartbeat(run.job_id, 1, { progress: 10 });
    await o.rows(sql`update jobs set cancel_requested = true, progress = 60 where job_id = ${run.job_id}`);
    expect(await o.heartbeat(run.job_id, 1, { progress: 50 })).toEqual({
      stale: false,
      cancel_requested: true,
    });
    const [row] = await o.rows(sql`select progress from jobs where job_id = ${run.job_id}`);
    expect(row).toEqual({ progress: 60 });
  });

  test('an attempt that another process gave away is stale, although this one knows it as its own', async () => {
    const { run } = await runningJob();
    await o.heartbeat(run.job_id, 1, { progress: 10 });
    await o.rows(sql`update jobs set attempt = 2 where job_id = ${run.job_id}`);
    expect(await o.heartbeat(run.job_id, 1, { progress: 20 })).toMatchObject({ stale: true });
    expect(await o.heartbeat(run.job_id, 2, { progress: 20 })).toMatchObject({ stale: false });
  });

  test('past the soft time limit the worker is asked to stop, and the run counts as failed', async () => {
    const { run } = await runningJob();
    await o.rows(sql`
      update jobs set attempt_started_at = clock_timestamp() - interval '2 h 1 s' where job_id = ${run.job_id}`);
    await o.until((all) => all.find((one) => one.subject === `jobs.cancel.${run.job_id}`));
    expect(await o.heartbeat(run.job_id, 1)).toMatchObject({ cancel_requested: true });
    const ending = { kind: 'cancelled' as const, message: 'safe', safe_state_at: null, artifacts: [] };
    expect(await o.finish(run.job_id, 1, ending)).toMatchObject({ status: 'failed' });
    expect((await o.event(run.run_id, 'spectra.run.failed')).data.error_code).toBe('time_limit_exceeded');
  });

  test('past the hard time limit the attempt is given up, whatever the worker does', async () => {
    const { run } = await runningJob();
    await o.rows(sql`
      update jobs set attempt_started_at = clock_timestamp() - interval '3 h 1 s', cancel_requested = true
      where job_id = ${run.job_id}`);
    expect((await o.event(run.run_id, 'spectra.run.failed')).data.error_code).toBe('time_limit_exceeded');
    expect(await o.heartbeat(run.job_id, 1)).toMatchObject({ stale: true });
  });
});

test('fifty runs over eight tools: all complete, never two on a tool, tokens of a tool grow one by one', async () => {
  const caller = person();
  const tools = Array.from({ length: 8 }, (_, index) => `TOOL-${index}`);
  const busy = new Map<string, string>();
  const tokens = new Map<string, number[]>();
  const overlaps: string[] = [];
  const work = async (run: { job_id: string; run_id: string }): Promise<void> => {
    const claim = await o.granted(run.job_id);
    const tool = claim.spec.equipment_id;
    if (busy.has(tool)) overlaps.push(`${run.run_id} and ${busy.get(tool)} on ${tool}`);
    busy.set(tool, run.run_id);
    tokens.set(tool, [...(tokens.get(tool) ?? []), claim.lease_token]);
    await o.heartbeat(run.job_id, claim.attempt);
    busy.delete(tool);
    await o.finish(run.job_id, claim.attempt, completed());
  };
  const runs = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      o.create(caller, { process: index % 2 === 0 ? 'ion' : 'rtp', equipment: tools }),
    ),
  );
  await Promise.all(runs.map(work));
  expect(overlaps).toEqual([]);
  const list = await o.asked(jobsRpc.listJobs, { status: 'completed', limit: 100, offset: 0 }, caller);
  expect(list.total).toBe(50);
  for (const [tool, granted] of tokens) {
    expect(granted, tool).toEqual(granted.map((_, index) => index + 1));
  }
  expect([...tokens.values()].flat()).toHaveLength(50);
});
