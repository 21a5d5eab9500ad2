import { jobsRpc, queuesRpc, type Caller } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, completed, failed, person, startServers, type Running } from '../test/start-orchestrator.ts';

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

const letters = (caller: Caller, filter: { redriven?: boolean; code?: string; job_type?: 'rtp' } = {}) =>
  o.asked(queuesRpc.listDeadLetters, { ...filter, limit: 10, offset: 0 }, caller);

describe('the view of the queues', () => {
  test('counts what the organisation has in each, and tells who is next and when', async () => {
    const caller = person();
    const running = await o.create(caller, { equipment: ['A'] });
    await o.granted(running.job_id);
    const next = await o.create(caller, { equipment: ['A'], options: { priority: 3 } });
    await o.create(caller, { equipment: ['A'] });
    await o.create(caller, { equipment: ['A'], options: { depends_on: [next.run_id] } });
    const view = await o.asked(queuesRpc.viewQueues, {}, caller);
    const ion = view.queues.find(({ queue }) => queue === 'ion');
    expect(ion).toMatchObject({ waiting: 2, blocked: 1, running: 1, held: 0, limit: 500 });
    expect(ion?.next).toMatchObject({ job_id: next.job_id, run_id: next.run_id, priority: 3 });
    expect(Date.parse(ion?.next?.estimated_start ?? '')).toBeGreaterThanOrEqual(Date.parse(view.taken_at));
    expect(ion?.oldest_wait_s).toBeGreaterThanOrEqual(0);
    expect(view.organisation).toEqual({ running: 1, limit: 500 });
    const theirs = await o.asked(queuesRpc.viewQueues, {}, person());
    expect(theirs.queues.find(({ queue }) => queue === 'ion')).toMatchObject({ waiting: 0, next: null });
  });

  test('lists the queues of tools also while nothing is in them', async () => {
    const { queues } = await o.asked(queuesRpc.viewQueues, {}, person());
    expect(queues.map(({ queue }) => queue)).toEqual(
      expect.arrayContaining(['general-tools', 'ion', 'ion-tools', 'lot-tools', 'rtp', 'rtp-tools']),
    );
  });
});

describe('dead letters', () => {
  test('are narrowed by kind, code and whether they were redriven; a redriven job runs within the dedupe window', async () => {
    const caller = person();
    const run = await o.create(caller, { process: 'rtp', equipment: ['R'] });
    await o.granted(run.job_id);
    await o.finish(run.job_id, 1, failed(false));
    const [letter] = (await letters(caller, { job_type: 'rtp', code: 'tool_gone', redriven: false })).items;
    expect(letter).toMatchObject({
      job_id: run.job_id,
      run_id: run.run_id,
      attempts: 1,
      reason: 'the tool hung up',
    });
    expect((await letters(caller, { code: 'other' })).total).toBe(0);
    await o.asked(jobsRpc.redrive, { dead_letter_id: letter?.dead_letter_id ?? '' }, caller);
    // Seconds after the first attempt, far within the two minutes in which the stream drops repeats.
    const again = await o.granted(run.job_id, 2);
    expect(again.attempt).toBe(2);
    await o.finish(run.job_id, 2, completed());
    expect((await letters(caller, { redriven: false })).total).toBe(0);
    expect((await letters(caller, { redriven: true })).total).toBe(1);
    expect((await letters(person())).total).toBe(0);
  });
});
