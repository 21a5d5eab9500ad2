import { randomUUID } from 'node:crypto';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { accept, jobsRpc, offersSubject, workerRpc, workerService, type TakenJob } from '@spectra/schemas';
import { manualClock, ownNats, silentLogger, type OwnNats } from '@spectra/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JobTaker } from './job-taker.ts';

const queue = 'general-tools';

let nats: OwnNats;
let messaging: Messaging;

beforeAll(async () => {
  nats = await ownNats();
  messaging = await connectMessaging({ url: nats.url, name: 'test', logger: silentLogger() });
});
afterAll(async () => {
  await messaging.close();
  await nats.close();
});

function aTool(attempt = 1): TakenJob {
  const ids = { job_id: randomUUID(), org_id: randomUUID(), user_id: 'u' };
  const spec = {
    ...ids,
    tool: 'ping' as const,
    params: {},
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
  };
  return { kind: 'tool', attempt, lease_ttl_ms: 15_000, spec };
}

/** A worker of one queue whose attempts end when the test says so, and an orchestrator that gives `taken`. */
async function floor(taken: () => TakenJob[] = () => []) {
  const clock = manualClock();
  const workerId = `w-${randomUUID()}`;
  const begun: string[] = [];
  const questions: (string[] | undefined)[] = [];
  const offers: number[] = [];
  let endAll = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    endAll = resolve;
  });
  let run = (): Promise<void> => ended;
  const heard = messaging.connection.subscribe(offersSubject(), {
    callback: (_error, message) => void offers.push(message.json<{ slots: number }>().slots),
  });
  const stopServing = messaging.serve('jobs', jobsRpc.take, async ({ body }) => {
    questions.push(body.in_hand);
    return accept({ jobs: taken() });
  });
  const taker = new JobTaker(
    { messaging, clock, logger: silentLogger() },
    {
      queue,
      workerId,
      slots: 3,
      drainMs: 1_000,
      standsBy: true,
      attemptAt: ({ spec }) => ({
        run: () => {
          begun.push(spec.job_id);
          return run();
        },
        askToStop: () => undefined,
      }),
    },
  );
  await taker.start();
  const begin = (jobs: TakenJob[]) =>
    messaging.call(workerService(queue, workerId), workerRpc.begin, { body: { jobs } });
  return {
    taker,
    clock,
    begun,
    questions,
    offers,
    begin,
    endAll,
    /** What each attempt does from now on, in place of waiting for the end of all. */
    runs: (work: () => Promise<void>) => {
      run = work;
    },
    close: async () => {
      endAll();
      await taker.stop();
      heard.unsubscribe();
      await stopServing();
    },
  };
}

test('a job that is given before the worker asks begins once, however often it is told', async () => {
  const at = await floor();
  const job = aTool();
  expect(await at.begin([job])).toEqual({ ok: true, value: {} });
  await at.begin([job, aTool()]);
  expect(at.begun).toHaveLength(2);
  expect(at.taker.runningCount).toBe(2);
  // A later attempt at the same job is another one.
  await at.begin([{ ...job, attempt: 2 }]);
  expect(at.begun).toHaveLength(3);
  await at.close();
});

test('the end of a job that needs no time is told before the answer that it was begun', async () => {
  const at = await floor();
  const told: string[] = [];
  const stop = messaging.serve('jobs', jobsRpc.finish, async () => {
    told.push('end');
    return accept({ accepted: true, status: 'completed' });
  });
  const tell = async (): Promise<void> => {
    const outcome = { kind: 'cancelled' as const, message: '', safe_state_at: null, artifacts: [] };
    const body = { job_id: randomUUID(), attempt: 1, current_step: 'Done', outcome, logs: [] };
    await messaging.call('jobs', jobsRpc.finish, { body });
  };
  at.runs(tell);
  await at.begin([aTool()]);
  told.push('begun');
  expect(told).toEqual(['end', 'begun']);
  await stop();
  await at.close();
});

test('what was given and never arrived comes with the next question, and only once', async () => {
  const job = aTool();
  const at = await floor(() => [job]);
  await at.begin([job]);
  await messaging.connection.flush();
  expect(at.begun).toEqual([job.spec.job_id]);
  expect(at.questions[0]).toEqual([]);
  await at.close();
});

test('a worker offers its slots while it stands by, and none when it stops; then it begins nothing more', async () => {
  const at = await floor();
  await at.begin([aTool()]);
  const stopped = at.taker.stop();
  expect(await at.begin([aTool()])).toMatchObject({ ok: false, refusal: { code: 'dependency_unavailable' } });
  at.endAll();
  await stopped;
  expect(at.offers).toEqual([3, 0]);
  expect(at.begun).toHaveLength(1);
  await at.close();
});
