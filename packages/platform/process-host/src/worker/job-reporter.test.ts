import { describe, expect, test } from 'vitest';
import type { Messaging } from '@spectra/messaging';
import type { AttemptOutcome } from '@spectra/schemas';
import { manualClock, silentLogger } from '@spectra/testkit';
import { JobReporter } from './job-reporter.ts';
import { RunLog } from './run-log.ts';

type Sent = {
  logs: { message: string }[];
  checkpoint?: unknown;
  progress: number;
  outcome?: unknown;
};

/** The orchestrator's end of the line: keeps what it hears and answers when told. */
function orchestrator() {
  const heard: Sent[] = [];
  const answers: (() => void)[] = [];
  const value = { stale: false, cancel_requested: false, accepted: true, status: 'completed' };
  const call = (_service: string, _contract: unknown, request: { body: unknown }) => {
    heard.push(request.body as Sent);
    return new Promise((resolve) => {
      answers.push(() => resolve({ ok: true, value }));
    });
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const answerNext = async () => {
    while (answers.length === 0) await turn();
    answers.shift()?.();
    // Whatever follows from the answer happens in microtasks.
    await turn();
  };
  return { heard, answerNext, messaging: { call } as Pick<Messaging, 'call'> };
}

test('a checkpoint beside a heartbeat loses no line of the log and repeats none', async () => {
  const { heard, answerNext, messaging } = orchestrator();
  const services = { messaging, clock: manualClock(), logger: silentLogger() };
  const log = new RunLog(services.clock, services.logger);
  const reporter = new JobReporter(
    { jobId: 'J', attempt: 1, leaseTtlMs: 5_000, leasedMs: 0 },
    { ...services, log },
  );
  log.info('first');
  const beaten = reporter.announce(10, 'second');
  log.info('third');
  const stored = reporter.checkpoint({ exposed: true, state: null });
  await answerNext();
  await answerNext();
  await Promise.all([beaten, stored]);
  const last = reporter.announce(20, 'fourth');
  await answerNext();
  await last;
  expect(heard.flatMap((sent) => sent.logs.map((line) => line.message))).toEqual([
    'first',
    'second',
    'third',
    'fourth',
  ]);
  expect(heard.filter((sent) => sent.checkpoint !== undefined)).toHaveLength(1);
});

test('an answer that waited while the process was frozen does not make an old lease young', async () => {
  const { heard, answerNext, messaging } = orchestrator();
  const clock = manualClock();
  const services = { messaging, clock, logger: silentLogger() };
  const log = new RunLog(clock, services.logger);
  const reporter = new JobReporter(
    { jobId: 'J', attempt: 1, leaseTtlMs: 5_000, leasedMs: 0 },
    { ...services, log },
  );
  const beaten = reporter.announce(10, 'first');
  await expect.poll(() => heard.length).toBe(1);
  clock.advance(4_000);
  await answerNext();
  await beaten;
  expect(reporter.stopReason()).toBe('lease_lost');
});

test('a lease counts from when the job was asked for, not from when the answer was read', () => {
  const clock = manualClock();
  clock.advance(10_000);
  const services = { messaging: orchestrator().messaging, clock, logger: silentLogger() };
  const log = new RunLog(clock, services.logger);
  const attempt = { jobId: 'J', attempt: 1, leaseTtlMs: 5_000, leasedMs: 2_000 };
  expect(new JobReporter(attempt, { ...services, log }).stopReason()).toBe('lease_lost');
});

test('an answer is waited for as long as two such waits leave the lease alive, however slow the database', async () => {
  const waits: (number | undefined)[] = [];
  const call = async (_service: string, _contract: unknown, request: { timeoutMs?: number }) => {
    waits.push(request.timeoutMs);
    return {
      ok: true,
      value: { stale: false, cancel_requested: false, accepted: true, status: 'completed' },
    };
  };
  const messaging = { call } as unknown as Pick<Messaging, 'call'>;
  for (const leaseTtlMs of [5_000, 15_000, 30_000]) {
    const services = { messaging, clock: manualClock(), logger: silentLogger() };
    const log = new RunLog(services.clock, services.logger);
    const reporter = new JobReporter(
      { jobId: 'J', attempt: 1, leaseTtlMs, leasedMs: 0 },
      { ...services, log },
    );
    await reporter.announce(10, 'first');
    await reporter.finish({
      kind: 'failed',
      error: { code: 'c', message: 'm', transient: false },
      artifacts: [],
    });
  }
  expect(waits).toEqual([3_000, 3_000, 5_000, 5_000, 10_000, 10_000]);
});

describe('a step that a tool records', () => {
  const error = { code: 'c', message: 'm', transient: false };
  const failed: AttemptOutcome = { kind: 'failed', error, artifacts: [] };
  const begin = () => {
    const line = orchestrator();
    const services = { messaging: line.messaging, clock: manualClock(), logger: silentLogger() };
    const log = new RunLog(services.clock, services.logger);
    const reporter = new JobReporter(
      { jobId: 'J', attempt: 1, leaseTtlMs: 5_000, leasedMs: 0 },
      { ...services, log },
    );
    return { ...line, reporter };
  };

  test('is told at once while the work goes on', async () => {
    const { heard, answerNext, reporter } = begin();
    reporter.record(50, 'half', null);
    await expect.poll(() => heard.length).toBe(1);
    expect(heard[0]).toMatchObject({ progress: 50, logs: [{ message: 'half' }] });
    await answerNext();
  });

  test('goes with the end that comes first, and is told once', async () => {
    const { heard, answerNext, reporter } = begin();
    reporter.record(50, 'half', null);
    const ended = reporter.finish(failed);
    await answerNext();
    expect(await ended).toBe('completed');
    expect(heard).toMatchObject([{ progress: 50, logs: [{ message: 'half' }], outcome: failed }]);
  });
});
