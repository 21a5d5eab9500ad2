import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pickJobs, type ActiveJob, type DispatchSnapshot, type WaitingJob } from './dispatcher.ts';

const ageingStepMs = 60_000;
const limits = { perQueue: { ion: 4, rtp: 4 }, otherQueue: 2, perOrganisation: 8, ageingStepMs };
const nowMs = 10_000_000;

const tools = ['T1', 'T2', 'T3', 'T4', 'T5'];
const orgs = ['A', 'B', 'C'];
const queues = ['ion', 'rtp', 'etch'];
const waitingJob = fc.record({
  orgId: fc.constantFrom(...orgs),
  queue: fc.constantFrom(...queues),
  priority: fc.integer({ min: 0, max: 10 }),
  enqueuedAtMs: fc.integer({ min: nowMs - 3_600_000, max: nowMs }),
  equipmentIds: fc.uniqueArray(fc.constantFrom(...tools), { maxLength: 3 }),
});
const activeJobs = fc.uniqueArray(
  fc.record({
    orgId: fc.constantFrom(...orgs),
    queue: fc.constantFrom(...queues),
    equipmentId: fc.constantFrom(...tools),
  }),
  { maxLength: 4, selector: (job) => `${job.orgId}/${job.equipmentId}` },
);
const snapshot = fc.tuple(fc.array(waitingJob, { maxLength: 40 }), activeJobs).map(
  ([waiting, active]): DispatchSnapshot => ({
    waiting: waiting.map((job, index) => ({ ...job, jobId: `j${index}`, sequence: index })),
    active,
    limits,
    nowMs,
  }),
);

function job(jobId: string, fields: Partial<WaitingJob>): WaitingJob {
  return {
    jobId,
    orgId: 'A',
    queue: 'ion',
    priority: 0,
    enqueuedAtMs: nowMs,
    sequence: Number(jobId.replaceAll(/\D/g, '')),
    equipmentIds: [],
    ...fields,
  };
}

function picked(waiting: readonly WaitingJob[], active: readonly ActiveJob[] = [], change = {}): string[] {
  return pickJobs({ waiting, active, limits: { ...limits, ...change }, nowMs }).map((pick) => pick.jobId);
}

function activeAfter(state: DispatchSnapshot): ActiveJob[] {
  const picks = pickJobs(state);
  const started = picks.map((pick) => {
    const found = state.waiting.find((waiting) => waiting.jobId === pick.jobId);
    if (found === undefined) throw new Error('a pick that nobody asked for');
    return { orgId: found.orgId, queue: found.queue, equipmentId: pick.equipmentId };
  });
  return [...state.active, ...started];
}

describe('the picks keep every limit', () => {
  test('a job is picked once, and only with a tool of its list', () => {
    fc.assert(
      fc.property(snapshot, (state) => {
        const picks = pickJobs(state);
        expect(new Set(picks.map((pick) => pick.jobId)).size).toBe(picks.length);
        for (const pick of picks) {
          const asked = state.waiting.find((waiting) => waiting.jobId === pick.jobId)?.equipmentIds ?? [];
          if (pick.equipmentId === null) expect(asked).toEqual([]);
          else expect(asked).toContain(pick.equipmentId);
        }
      }),
    );
  });

  test('never two on one tool of one organisation', () => {
    fc.assert(
      fc.property(snapshot, (state) => {
        const held = activeAfter(state)
          .filter((active) => active.equipmentId !== null)
          .map((active) => `${active.orgId}/${active.equipmentId}`);
        expect(new Set(held).size).toBe(held.length);
      }),
    );
  });

  test('queue and organisation limits are never passed', () => {
    fc.assert(
      fc.property(snapshot, (state) => {
        const active = activeAfter(state);
        const count = (test: (one: ActiveJob) => boolean) => active.filter(test).length;
        expect(count((one) => one.queue === 'ion')).toBeLessThanOrEqual(4);
        expect(count((one) => one.queue === 'rtp')).toBeLessThanOrEqual(4);
        // Up to four jobs were active before in this model, also in a queue of two.
        const before = state.active.filter((one) => one.queue === 'etch').length;
        expect(count((one) => one.queue === 'etch')).toBeLessThanOrEqual(Math.max(2, before));
        for (const org of orgs) expect(count((one) => one.orgId === org)).toBeLessThanOrEqual(8);
      }),
    );
  });

  test('nothing that could start is left waiting', () => {
    fc.assert(
      fc.property(snapshot, (state) => {
        const picks = new Set(pickJobs(state).map((pick) => pick.jobId));
        const left = state.waiting.filter((waiting) => !picks.has(waiting.jobId));
        expect(pickJobs({ ...state, waiting: left, active: activeAfter(state) })).toEqual([]);
      }),
    );
  });

  test('the order in which the snapshot lists the jobs does not matter', () => {
    fc.assert(
      fc.property(snapshot, (state) => {
        expect(pickJobs({ ...state, waiting: state.waiting.toReversed() })).toEqual(pickJobs(state));
      }),
    );
  });
});

describe('order within an organisation', () => {
  test('priority 10 goes first, then first in first out', () => {
    const waiting = [
      job('j1', { enqueuedAtMs: nowMs - 3000 }),
      job('j2', { enqueuedAtMs: nowMs - 2000, priority: 10 }),
      job('j3', { enqueuedAtMs: nowMs - 1000, priority: 10 }),
      job('j4', { enqueuedAtMs: nowMs - 4000 }),
    ];
    expect(picked(waiting)).toEqual(['j2', 'j3', 'j4', 'j1']);
  });

  test('equal times are settled by the order of creation', () => {
    expect(picked([job('j2', {}), job('j1', {})])).toEqual(['j1', 'j2']);
  });

  test('a job of priority 0 that waited ten steps passes a new one of priority 10', () => {
    const patient = job('j1', { enqueuedAtMs: nowMs - 10 * ageingStepMs - 1 });
    const urgent = job('j2', { priority: 10 });
    expect(picked([patient, urgent], [], { perQueue: { ion: 1 } })).toEqual(['j1']);
    const lessPatient = { ...patient, enqueuedAtMs: nowMs - 9 * ageingStepMs };
    expect(picked([lessPatient, urgent], [], { perQueue: { ion: 1 } })).toEqual(['j2']);
  });

  test('a job whose tool is busy does not hold up the one behind it', () => {
    const active = [{ orgId: 'A', queue: 'ion', equipmentId: 'T1' }];
    const waiting = [job('j1', { priority: 5, equipmentIds: ['T1'] }), job('j2', { equipmentIds: ['T2'] })];
    expect(picked(waiting, active)).toEqual(['j2']);
  });

  test('the first free tool of the list is taken', () => {
    const active = [{ orgId: 'A', queue: 'ion', equipmentId: 'T1' }];
    const picks = pickJobs({
      waiting: [job('j1', { equipmentIds: ['T1', 'T3', 'T2'] })],
      active,
      limits,
      nowMs,
    });
    expect(picks).toEqual([{ jobId: 'j1', equipmentId: 'T3' }]);
  });

  test("the same tool name in another organisation is another organisation's tool", () => {
    const active = [{ orgId: 'B', queue: 'ion', equipmentId: 'T1' }];
    expect(picked([job('j1', { equipmentIds: ['T1'] })], active)).toEqual(['j1']);
  });
});

/** Plays a queue with `slots` slots where every job takes one time unit per slot; answers who ran when. */
function playThrough(waiting: readonly WaitingJob[], slots: number, stepMs: number): WaitingJob[][] {
  let left = [...waiting];
  const rounds: WaitingJob[][] = [];
  let timeMs = nowMs;
  let active: { job: WaitingJob; ends: number }[] = [];
  for (let tick = 0; left.length > 0; tick += 1) {
    active = active.filter((one) => one.ends > tick);
    const state: DispatchSnapshot = {
      waiting: left,
      active: active.map(({ job: one }) => ({ orgId: one.orgId, queue: one.queue, equipmentId: null })),
      limits: { ...limits, perQueue: { ion: slots }, perOrganisation: 100 },
      nowMs: timeMs,
    };
    const names = pickJobs(state).map((pick) => pick.jobId);
    const started = left.filter((one) => names.includes(one.jobId));
    left = left.filter((one) => !names.includes(one.jobId));
    // One slot becomes free with each tick, as in a busy fab.
    active.push(...started.map((one, index) => ({ job: one, ends: tick + 1 + ((tick + index) % slots) })));
    rounds.push(started);
    timeMs += stepMs;
  }
  return rounds;
}

describe('fairness between organisations', () => {
  test('ten jobs behind ten thousand wait less than twice their time alone', () => {
    const crowd = Array.from({ length: 500 }, (_, index) =>
      job(`j${index}`, { enqueuedAtMs: nowMs - 3_600_000 + index }),
    );
    const few = Array.from({ length: 10 }, (_, index) => job(`j${1000 + index}`, { orgId: 'B' }));
    const lastOf = (rounds: WaitingJob[][]) =>
      rounds.findLastIndex((round) => round.some((one) => one.orgId === 'B'));
    const alone = lastOf(playThrough(few, 4, 60_000));
    const crowded = lastOf(playThrough([...crowd, ...few], 4, 60_000));
    expect(crowded).toBeLessThanOrEqual(2 * (alone + 1));
  });

  test('an organisation that runs nothing goes before one that runs three, whatever waits longer', () => {
    const active = [1, 2, 3].map(() => ({ orgId: 'A', queue: 'ion', equipmentId: null }));
    const waiting = [
      job('j1', { orgId: 'A', enqueuedAtMs: nowMs - 20 * ageingStepMs }),
      job('j2', { orgId: 'B', enqueuedAtMs: nowMs }),
    ];
    expect(picked(waiting, active)).toEqual(['j2']);
  });

  test('a stream of priority 10 does not starve another organisation for ever', () => {
    const active = [1, 2, 3].map(() => ({ orgId: 'A', queue: 'ion', equipmentId: null }));
    const urgent = job('j1', { orgId: 'A', priority: 10 });
    const patient = job('j2', { orgId: 'B', enqueuedAtMs: nowMs - 10 * ageingStepMs });
    expect(picked([urgent, patient], active)).toEqual(['j2']);
    expect(picked([urgent, { ...patient, enqueuedAtMs: nowMs }], active)).toEqual(['j1']);
  });

  test('nobody starves: every job of a finite crowd starts', () => {
    fc.assert(
      fc.property(fc.array(waitingJob, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (jobs, slots) => {
        const waiting = jobs.map((one, index) =>
          job(`j${index}`, { ...one, queue: 'ion', equipmentIds: [] }),
        );
        expect(playThrough(waiting, slots, 1000).flat()).toHaveLength(waiting.length);
      }),
      { numRuns: 30 },
    );
  });
});
