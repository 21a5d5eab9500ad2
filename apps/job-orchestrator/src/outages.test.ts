import { randomUUID } from 'node:crypto';
import type { Database } from '@spectra/database';
import { connectMessaging } from '@spectra/messaging';
import type { Caller } from '@spectra/schemas';
import { silentLogger } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  completed,
  expireLease,
  person,
  preparedRun,
  startServers,
  type Running,
} from '../test/start-orchestrator.ts';
import { insertRuns } from './store/run-rows.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
const running: Running[] = [];

beforeAll(async () => {
  servers = await startServers();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});
afterAll(async () => {
  await servers.close();
});

async function start(options: Parameters<typeof begin>[1] = {}): Promise<Running> {
  const started = await begin(servers, options);
  running.push(started);
  return started;
}

/** Commits a run and nothing else, as an orchestrator does that dies right after its commit. */
async function commitOnly(caller: Caller): Promise<{ runId: string; jobId: string }> {
  const newRun = {
    ...caller,
    process: 'ion',
    jobType: 'ion_implant' as const,
    prepared: preparedRun(),
    options: { priority: 0 },
    retryOf: null,
    checkpoint: null,
    traceparent: 'none',
  };
  const settings = {
    ageingStepMs: 60_000,
    maxRetries: 3,
    chance: Math.random,
    newId: () => randomUUID(),
    isLast: true,
  };
  const door = servers.database.open('orchestrator');
  const [run] = await door.withOrg(caller.orgId, (tx) => insertRuns(tx, [newRun], settings));
  if (run === undefined) throw new Error('nothing was inserted');
  return run;
}

/** A door through which one relay transaction publishes and then dies before its commit. */
function dyingAfterPublish(door: Database): { database: Database; died: Promise<void> } {
  const { promise: died, resolve: tell } = Promise.withResolvers<void>();
  let armed = true;
  const database: Database = {
    ...door,
    withSystem: (work) =>
      door.withSystem(async (tx) => {
        const value = await work(tx);
        const relayed = typeof value === 'object' && value !== null && 'sent' in value && value.sent !== 0;
        if (!armed || !relayed) return value;
        armed = false;
        tell();
        throw new Error('killed between publish and commit');
      }),
  };
  return { database, died };
}

/** The subjects in the stream of run events, from its beginning and for ever. */
async function* storedSubjects(): AsyncGenerator<string> {
  const messaging = await connectMessaging({ url: servers.nats.url, name: 'reader', logger: silentLogger() });
  try {
    const consumer = await messaging.jetstream.consumers.get('RUNS');
    for await (const message of await consumer.consume()) yield message.subject;
  } finally {
    await messaging.close();
  }
}

/** How many messages the stream keeps on each subject of a run. */
async function storedEvents(o: Running, runId: string): Promise<number> {
  const info = await o.client.manager.streams.info('RUNS', { subjects_filter: `fab.*.*.${runId}.event` });
  return Object.values(info.state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
}

describe('a crash of the orchestrator', () => {
  test('between commit and publish: the next start delivers the event and dispatches the job', async () => {
    const run = await commitOnly(person());
    const o = await start();
    await o.event(run.runId, 'spectra.run.queued');
    expect(await o.granted(run.jobId)).toMatchObject({ attempt: 1 });
    await o.event(run.runId, 'spectra.run.started');
    expect(await storedEvents(o, run.runId)).toBe(2);
  });

  test('between publish and mark: published twice under one id, and the stream keeps one', async () => {
    const { database, died } = dyingAfterPublish(servers.database.open('orchestrator'));
    const o = await start({ database });
    const run = await o.create(person());
    await died;
    await o.until((all) => {
      const ids = all.map((one) => one.messageId);
      return ids.find((id, index) => id !== '' && ids.indexOf(id) !== index);
    });
    await o.granted(run.job_id);
    await o.finish(run.job_id, 1, completed());
    await o.event(run.run_id, 'spectra.run.completed');
    expect(await storedEvents(o, run.run_id)).toBe(3);
  });

  test('workers that were alive meanwhile keep their runs: nobody is reaped within one lease of the start', async () => {
    const before = await start();
    const run = await before.create(person());
    await before.granted(run.job_id);
    await before.stop();
    const door = servers.database.open('orchestrator');
    await door.withSystem((tx) => tx.execute(expireLease(run.job_id)));
    const after = await start({ inGrace: true });
    expect(await after.heartbeat(run.job_id, 1)).toEqual({ stale: false, cancel_requested: false });
    const rows = await after.rows<{ fresh: boolean }>(sql`
      select lease_expires_at > clock_timestamp() as fresh from jobs where job_id = ${run.job_id}`);
    expect(rows).toEqual([{ fresh: true }]);
  });
});

describe('NATS', () => {
  test('killed while runs are committed: the outbox waits, then everything is delivered in order', async () => {
    const o = await start();
    await servers.nats.kill();
    const caller = person();
    const runs = [await commitOnly(caller), await commitOnly(caller), await commitOnly(caller)];
    await servers.nats.start();
    // Read from the stream: the watching connection may come back later than the orchestrator's own.
    const waiting = new Set(runs.map((run) => run.runId));
    const order: string[] = [];
    for await (const subject of storedSubjects()) {
      const runId = subject.split('.')[3] ?? '';
      if (waiting.delete(runId)) order.push(runId);
      if (waiting.size === 0) break;
    }
    expect(order).toEqual(runs.map((run) => run.runId));
    // What was ready while nobody could hear of it is given out; the others wait for the same tool.
    expect(await o.granted(runs[0]?.jobId ?? '')).toMatchObject({ attempt: 1 });
  });

  test('store wiped while everything was stopped: what is due is given out, what runs is not', async () => {
    const before = await start();
    const caller = person();
    const busy = await before.create(caller, { equipment: ['A'] });
    await before.granted(busy.job_id);
    const due = await before.create(caller, { equipment: ['B'] });
    await before.event(busy.run_id, 'spectra.run.started');
    await before.stop();
    await servers.nats.stop();
    await servers.nats.wipe();
    await servers.nats.start();

    const after = await start();
    const given = await after.take('ion');
    const ofThese = given.filter(({ spec }) => spec.org_id === caller.orgId);
    expect(ofThese.map(({ spec, attempt }) => [spec.job_id, attempt])).toEqual([[due.job_id, 1]]);
    expect(await after.heartbeat(busy.job_id, 1)).toMatchObject({ stale: false });
    await after.finish(busy.job_id, 1, completed());
    await after.event(busy.run_id, 'spectra.run.completed');
    // The events of the lost stream are back under their old ids, before the new one.
    const types = after.eventsOf(busy.run_id).map((event) => event.type.slice('spectra.run.'.length));
    expect(types.filter((type) => type !== 'progressed')).toEqual(['queued', 'started', 'completed']);
    expect(await storedEvents(after, busy.run_id)).toBeGreaterThanOrEqual(3);
  });

  test('that was away while jobs became ready: they are told of again, until somebody asks', async () => {
    const o = await start();
    const run = await o.create(person());
    const told = (all: Parameters<Parameters<typeof o.until>[0]>[0]) =>
      all.filter((one) => one.subject === 'jobs.ready.ion');
    await o.until((all) => told(all)[2]);
    expect(await o.granted(run.job_id)).toMatchObject({ attempt: 1 });
  });
});

test('two orchestrators at once hand every job out once and publish every event once', async () => {
  const [first, second] = [await start(), await start()];
  const caller = person();
  const tools = ['T1', 'T2', 'T3'];
  const runs = await Promise.all(
    Array.from({ length: 24 }, (_, index) =>
      (index % 2 === 0 ? first : second).create(caller, { equipment: tools }),
    ),
  );
  await Promise.all(
    runs.map(async (run) => {
      // Either of the two answers a request.
      expect(await first.granted(run.job_id)).toMatchObject({ attempt: 1 });
      await second.finish(run.job_id, 1, completed());
      await first.event(run.run_id, 'spectra.run.completed');
    }),
  );
  for (const run of runs) expect(await storedEvents(first, run.run_id)).toBe(3);
  const attempts = await first.rows<{ attempts: number }>(sql`
    select count(*)::int as attempts from attempts where org_id = ${caller.orgId}`);
  expect(attempts).toEqual([{ attempts: 24 }]);
});
