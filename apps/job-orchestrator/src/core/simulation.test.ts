import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { simulatedFloor, stepKinds, trueDecisions, type Decisions } from '../../test/simulated-floor.ts';

const schedule = fc.array(
  fc.record({ kind: fc.constantFrom(...stepKinds), pick: fc.integer({ min: 0, max: 99_999 }) }),
  { minLength: 40, maxLength: 160, size: 'max' },
);

describe('thousands of random schedules', () => {
  test('one end for each job, legal changes only, one job on a tool, nothing lost, and the faults really hit', () => {
    const hits = new Map<string, number>();
    fc.assert(
      fc.property(schedule, (steps) => {
        const floor = simulatedFloor(trueDecisions);
        floor.run(steps);
        for (const [what, count] of floor.hits) hits.set(what, (hits.get(what) ?? 0) + count);
      }),
      { numRuns: 3000 },
    );
    for (const fault of [
      'claim refused',
      'claim reply lost',
      'repeat dropped',
      'stale finish',
      'stale heartbeat',
      'stream wiped',
      'taken back',
      'tool refused an old token',
      'tool unfit',
      'worker lost',
    ]) {
      expect(hits.get(fault) ?? 0, fault).toBeGreaterThan(50);
    }
  });
});

/** Each breaks one rule; the simulation must notice every one, or it proves nothing. */
const plantedBugs: Record<string, Partial<Decisions>> = {
  'a finish is not fenced by its attempt': {
    finishAttempt: (job, command, at) =>
      trueDecisions.finishAttempt(job, { ...command, attempt: job.attempt }, at),
  },
  'a heartbeat is not fenced by its attempt': {
    recordHeartbeat: (job, command, at) =>
      trueDecisions.recordHeartbeat(job, { ...command, attempt: job.attempt }, at),
  },
  'a word that takes a job back is not fenced by its attempt': {
    handBack: (job, command, at) => trueDecisions.handBack(job, { ...command, attempt: job.attempt }, at),
  },
  'progress may go back': {
    recordHeartbeat: (job, command, at) => {
      const made = trueDecisions.recordHeartbeat(job, command, at);
      return made.reply.stale ? made : { ...made, job: { ...made.job, progress: command.progress } };
    },
  },
  'a claim grants the old token again': {
    claimJob: (job, command, at) => {
      const made = trueDecisions.claimJob(job, command, at);
      const effects = made.effects.map((effect) =>
        effect.kind === 'grant-lease' ? { ...effect, token: Math.max(1, effect.token - 1) } : effect,
      );
      return { ...made, effects };
    },
  },
  'the dispatcher forgets busy tools': {
    pickJobs: (snapshot) =>
      trueDecisions.pickJobs({
        ...snapshot,
        active: snapshot.active.map((job) => ({ ...job, equipmentId: null })),
      }),
  },
  'the dispatcher forgets what is active': {
    pickJobs: (snapshot) => trueDecisions.pickJobs({ ...snapshot, active: [] }),
  },
  'a finished attempt keeps its lease': {
    finishAttempt: (job, command, at) => {
      const made = trueDecisions.finishAttempt(job, command, at);
      return { ...made, effects: made.effects.filter((effect) => effect.kind !== 'release-lease') };
    },
  },
  'a cancel tells nobody': {
    cancelJob: (job, command, at) => ({ ...trueDecisions.cancelJob(job, command, at), effects: [] }),
  },
  'nobody watches for lost workers': {
    watchAttempt: (job) => ({ job, effects: [], reply: 'fine' }),
  },
  'the relay marks before it publishes': { marksBeforePublish: true },
};

describe('the checker itself', () => {
  test.each(Object.entries(plantedBugs))('notices when %s', (_bug, planted) => {
    const result = fc.check(
      fc.property(schedule, (steps) => simulatedFloor({ ...trueDecisions, ...planted }).run(steps)),
      { numRuns: 500, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toContain('broken promise');
  });
});
