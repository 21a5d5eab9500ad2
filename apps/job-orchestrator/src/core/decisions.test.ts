import type { AttemptOutcome } from '@spectra/schemas';
import { describe, expect, test } from 'vitest';
import { aJob, situation } from '../../test/a-job.ts';
import { cancelJob } from './cancel-job.ts';
import { claimJob } from './claim-job.ts';
import { redriveJob, resumeHeldJob, scrapHeldJob } from './decide-by-person.ts';
import type { Decision } from './decision.ts';
import { finishAttempt } from './finish-attempt.ts';
import { handBack } from './hand-back.ts';
import type { Job } from './job.ts';
import { recordHeartbeat } from './record-heartbeat.ts';
import { watchAttempt } from './watch-attempt.ts';

const hourMs = 3_600_000;
const running = aJob({
  status: 'running',
  attempt: 2,
  dispatch: 2,
  dispatchedAtMs: 0,
  equipmentId: 'T1',
  workerId: 'w',
  leaseExpiresAtMs: 15_000,
  attemptStartedAtMs: 0,
});
const beat = { attempt: 2, progress: 10, currentStep: 'x', etaS: null, checkpoint: null, logs: [] };
const cancelWord = { reason: 'stop', userId: 'u', ownOnly: false };
const finishAs = (job: Job, outcome: AttemptOutcome, nowMs = 0) =>
  finishAttempt(job, { attempt: 2, currentStep: 'x', outcome, logs: [] }, situation({ nowMs }));
const transient: AttemptOutcome = {
  kind: 'failed',
  error: { code: 'timeout', message: 'slow', transient: true },
  artifacts: [],
};
const eventsOf = (decision: Decision<unknown>) =>
  decision.effects.flatMap((effect) => (effect.kind === 'event' ? [effect.type] : []));

describe('a claim', () => {
  const dispatched = aJob({ dispatch: 3, dispatchedAtMs: 0, equipmentId: 'T1' });

  test('raises the attempt and grants a token above the last one', () => {
    const decision = claimJob(
      dispatched,
      { dispatch: 3, workerId: 'w' },
      situation({ lease: { token: 7, jobId: null } }),
    );
    expect(decision.reply).toEqual({ granted: true, attempt: 1, leaseToken: 8 });
    expect(decision.job).toMatchObject({ status: 'running', workerId: 'w', leaseExpiresAtMs: 15_000 });
  });

  test('is refused while another job holds the tool, for an old dispatch, and for a job back in its line', () => {
    const held = situation({ lease: { token: 7, jobId: 'other' } });
    expect(claimJob(dispatched, { dispatch: 3, workerId: 'w' }, held).reply.granted).toBe(false);
    expect(claimJob(dispatched, { dispatch: 2, workerId: 'w' }, situation()).reply.granted).toBe(false);
    const back = { ...dispatched, dispatchedAtMs: null };
    expect(claimJob(back, { dispatch: 3, workerId: 'w' }, situation()).reply.granted).toBe(false);
  });
});

describe('a heartbeat', () => {
  test('of a stale attempt leaves the very same job', () => {
    const decision = recordHeartbeat(running, { ...beat, attempt: 1 }, situation());
    expect(decision.job).toBe(running);
    expect(decision.effects).toEqual([]);
  });

  test('that was overtaken renews the lease and nothing else', () => {
    const ahead = { ...running, progress: 50, checkpoint: { exposed: true, state: 1 } };
    const late = recordHeartbeat(
      ahead,
      { ...beat, checkpoint: { exposed: false, state: 0 } },
      situation({ nowMs: 1000 }),
    );
    expect(late.job).toEqual({ ...ahead, leaseExpiresAtMs: 16_000 });
  });

  test('cannot take back that a wafer was exposed', () => {
    const exposed = { ...running, checkpoint: { exposed: true, state: 1 } };
    const told = recordHeartbeat(exposed, { ...beat, checkpoint: { exposed: false, state: 2 } }, situation());
    expect(told.job.checkpoint).toEqual({ exposed: true, state: 2 });
  });
});

describe('the end of an attempt', () => {
  test('a transient failure after a cancel request is a cancel, not another attempt', () => {
    const decision = finishAs({ ...running, cancelRequested: true }, transient);
    expect(decision.reply.status).toBe('cancelled');
    expect(eventsOf(decision)).toEqual(['spectra.run.cancelled']);
  });

  test('a completed run whose cancel came too late is completed', () => {
    const done = finishAs(
      { ...running, cancelRequested: true },
      {
        kind: 'completed',
        outcome: { metrics: {}, vm_prediction: {}, spc_alerts_count: 0, spc: [], advice: [], wafers: [] },
        artifacts: [],
      },
    );
    expect(done.reply.status).toBe('completed');
  });

  test('an attempt that failed keeps how far it came by its own last word, and never less than was told before', () => {
    const from = { ...running, progress: 40 };
    const told = (progress?: number) =>
      finishAttempt(
        from,
        { attempt: 2, progress, currentStep: 'x', outcome: transient, logs: [] },
        situation(),
      ).job.progress;
    expect([told(60), told(20), told()]).toEqual([60, 40, 40]);
  });

  test('an exposed wafer without a clear word of its process is held after a transient failure', () => {
    const unclear = { ...running, checkpoint: { exposed: true, state: null } };
    expect(finishAs(unclear, transient).reply.status).toBe('held');
  });

  test('a retry of an exposed wafer is bound to the tool that holds it; an unexposed one is free', () => {
    const resumable = { ...running, equipmentIds: ['T1', 'T2'] };
    const exposed = { ...resumable, checkpoint: { exposed: true, state: { interruptedWafer: 'resume' } } };
    expect(finishAs(exposed, transient).job.equipmentIds).toEqual(['T1']);
    expect(finishAs(resumable, transient).job.equipmentIds).toEqual(['T1', 'T2']);
  });

  test('a run whose tool cannot take it now goes to its other tools, each once, and only then waits for a person', () => {
    const unfit = (unfit_equipment_id: string): AttemptOutcome => {
      return { kind: 'held', reason: 'Not started: in maintenance', artifacts: [], unfit_equipment_id };
    };
    const three = { ...running, retryCount: 1, equipmentIds: ['T1', 'T2', 'T3'] };
    const moved = finishAs(three, unfit('T1'));
    expect(moved.job).toMatchObject({
      status: 'retrying',
      equipmentIds: ['T2', 'T3'],
      retryCount: 1,
      runAtMs: null,
      heldReason: null,
    });
    expect(eventsOf(moved)).toEqual(['spectra.run.retrying']);
    const last = finishAs({ ...running, equipmentIds: ['T3'] }, unfit('T3'));
    expect(last.job).toMatchObject({ status: 'held', heldReason: 'Not started: in maintenance' });
    const exposed = { ...three, checkpoint: { exposed: true, state: { interruptedWafer: 'resume' } } };
    expect(finishAs(exposed, unfit('T1')).job).toMatchObject({ status: 'held', equipmentIds: ['T1'] });
    expect(finishAs({ ...three, cancelRequested: true }, unfit('T1')).reply.status).toBe('held');
  });

  test('frees slot and lease whatever the ending', () => {
    const endings: AttemptOutcome[] = [
      transient,
      { kind: 'held', reason: 'r', artifacts: [] },
      { kind: 'held', reason: 'r', artifacts: [], unfit_equipment_id: 'T9' },
      { kind: 'cancelled', message: 'm', safe_state_at: null, artifacts: [] },
    ];
    for (const ending of endings) {
      const decision = finishAs(running, ending);
      expect(decision.job).toMatchObject({ dispatchedAtMs: null, leaseExpiresAtMs: null });
      expect(decision.effects.map((effect) => effect.kind)).toContain('release-lease');
    }
  });
});

describe('watching an attempt', () => {
  test('a lease that is good for another millisecond is good', () => {
    expect(watchAttempt(running, situation({ nowMs: 14_999 })).reply).toBe('fine');
    expect(watchAttempt(running, situation({ nowMs: 15_000 })).reply).toBe('worker-lost');
  });

  test('a lost worker that was asked to stop leaves a cancelled job', () => {
    const decision = watchAttempt({ ...running, cancelRequested: true }, situation({ nowMs: 20_000 }));
    expect(decision.job.status).toBe('cancelled');
  });

  test('asks once at the soft limit, gives up at the hard one', () => {
    const alive = { ...running, leaseExpiresAtMs: 100 * hourMs };
    const asked = watchAttempt(alive, situation({ nowMs: 2 * hourMs }));
    expect(asked.reply).toBe('asked-to-stop');
    expect(watchAttempt(asked.job, situation({ nowMs: 2 * hourMs + 1 })).reply).toBe('fine');
    expect(watchAttempt(asked.job, situation({ nowMs: 3 * hourMs })).job.status).toBe('failed');
  });

  test('a job that is not running is left alone', () => {
    const waiting = aJob({});
    expect(watchAttempt(waiting, situation({ nowMs: 9 * hourMs })).job).toBe(waiting);
  });
});

describe('what a person decides', () => {
  test('a cancel by a person after one by the time limit counts as theirs', () => {
    const limited = { ...running, cancelRequested: true, timeLimitHit: true };
    expect(cancelJob(limited, cancelWord, situation()).job.timeLimitHit).toBe(false);
  });

  test('each waiting or held job is cancelled at once; each finished one refuses', () => {
    for (const status of ['queued', 'retrying', 'held'] as const) {
      expect(cancelJob(aJob({ status }), cancelWord, situation()).job.status).toBe('cancelled');
    }
    for (const status of ['completed', 'failed', 'cancelled'] as const) {
      const decision = cancelJob(aJob({ status }), cancelWord, situation());
      expect(decision.reply).toMatchObject({ ok: false, refusal: { code: 'illegal_transition' } });
    }
  });

  test('resume and scrap are for held jobs, redrive for failed ones, and nobody else', () => {
    for (const status of ['queued', 'running', 'retrying', 'completed', 'cancelled'] as const) {
      const job = aJob({ status });
      expect(resumeHeldJob(job, null).reply.ok).toBe(false);
      expect(scrapHeldJob(job, 'no', situation()).reply.ok).toBe(false);
      expect(redriveJob(job, 'd', null).reply.ok).toBe(false);
    }
    expect(resumeHeldJob(aJob({ status: 'held' }), null).job.status).toBe('queued');
    expect(scrapHeldJob(aJob({ status: 'held' }), 'no', situation()).job.status).toBe('cancelled');
    expect(redriveJob(aJob({ status: 'failed' }), 'd', null).job.status).toBe('queued');
  });

  test('a job that goes on may take each of its tools again, an exposed wafer only the one that holds it', () => {
    const tools = ['T1', 'T2', 'T3'];
    const narrowed = { equipmentIds: ['T3'] };
    const exposed = { ...narrowed, checkpoint: { exposed: true, state: null } };
    const resumed = (fields: Partial<Job>) =>
      resumeHeldJob(aJob({ status: 'held', ...fields }), tools).job.equipmentIds;
    expect([resumed(narrowed), resumed(exposed)]).toEqual([tools, ['T3']]);
    const redriven = redriveJob(aJob({ status: 'failed', ...narrowed }), 'd', tools).job;
    expect(redriven.equipmentIds).toEqual(tools);
  });
});

describe('a job that its worker did not begin', () => {
  const back = (job: Job, attempt = 2) =>
    handBack(job, { attempt, reason: 'silent' }, situation({ nowMs: 9 }));

  test('stands in its line at once, and no retry is counted', () => {
    const { job, reply, effects } = back(running);
    expect(reply).toBe(true);
    expect(job).toMatchObject({ status: 'retrying', runAtMs: null, dispatchedAtMs: null });
    expect(job.retryCount).toBe(running.retryCount);
    expect(effects).toContainEqual({ kind: 'end-attempt', ending: 'retry', error: 'silent' });
  });

  test('is left alone when it ended meanwhile, has a later attempt, or shall stop', () => {
    for (const job of [
      aJob({ status: 'completed', attempt: 2 }),
      { ...running, attempt: 3 },
      { ...running, cancelRequested: true },
    ])
      expect(back(job)).toEqual({ job, effects: [], reply: false });
  });
});

describe('log lines of an attempt', () => {
  const line = (message: string) => ({ at: '2026-01-22T10:00:00.000Z', level: 'info' as const, message });
  const lines = (...words: string[]) => words.map(line);
  const kept = (decision: Decision<unknown>) =>
    decision.effects.flatMap((effect) =>
      effect.kind === 'logs' ? effect.lines.map(({ message }, i) => [effect.firstLine + i, message]) : [],
    );
  const tell = (job: Job, logsBefore: number, ...words: string[]) =>
    recordHeartbeat(job, { ...beat, logs: lines(...words), logsBefore }, situation({ nowMs: 1 }));
  // Seven lines of the attempt before.
  const second = { ...running, logLines: 7, logLinesBefore: 7 };

  test('are kept once, however often they come, and go on where they were', () => {
    const first = tell(second, 0, 'a', 'b');
    expect(kept(first)).toEqual([
      [8, 'a'],
      [9, 'b'],
    ]);
    expect(kept(tell(first.job, 0, 'a', 'b'))).toEqual([]);
    expect(kept(tell(first.job, 0, 'a', 'b', 'c'))).toEqual([[10, 'c']]);
    const outcome = { kind: 'held' as const, reason: 'x', artifacts: [] };
    const command = { attempt: 2, currentStep: 'x', outcome, logs: lines('b', 'c'), logsBefore: 1 };
    expect(kept(finishAttempt(first.job, command, situation({ nowMs: 1 })))).toEqual([[10, 'c']]);
  });

  test('are all kept from a worker that does not count them', () => {
    const told = { ...beat, logs: lines('a') };
    const { job } = recordHeartbeat(second, told, situation({ nowMs: 1 }));
    expect(kept(recordHeartbeat(job, told, situation({ nowMs: 1 })))).toEqual([[9, 'a']]);
  });

  test('of a later attempt are counted anew', () => {
    const waiting = aJob({
      dispatch: 3,
      dispatchedAtMs: 0,
      equipmentId: 'T1',
      logLines: 9,
      logLinesBefore: 7,
    });
    expect(claimJob(waiting, { dispatch: 3, workerId: 'w' }, situation()).job.logLinesBefore).toBe(9);
  });
});
