import { describe, expect, test } from 'vitest';
import type { Evidence, JournalLine } from '../evidence/evidence.ts';
import { healthyEvidence, jobId, orgId, otherOrgId, runId } from '../test/healthy-evidence.ts';
import { breachesOf, invariants } from './invariants.ts';

/** Evidence as a bug would have left it: one fact of a healthy round is other than it should be. */
type Planted = { breaks: string; corrupt: (healthy: Evidence) => Partial<Evidence> };

const changeJournal = (healthy: Evidence, change: (line: JournalLine, index: number) => JournalLine[]) => ({
  journals: healthy.journals.map((tool) => ({ ...tool, lines: tool.lines.flatMap(change) })),
});

const plantedBugs: Record<string, Planted> = {
  'the answer was given before the commit': {
    breaks: 'I1',
    corrupt: ({ jobs, runs }) => ({ jobs: jobs.slice(1), runs: runs.slice(1) }),
  },
  'the message was acknowledged before the commit, and the job waits for ever': {
    breaks: 'I1',
    corrupt: ({ jobs }) => ({ jobs: jobs.map((job) => ({ ...job, status: 'queued' })) }),
  },
  'a repeat under one key made a second job': {
    breaks: 'I1',
    corrupt: ({ accepted, jobs, attempts, calls }) => ({
      calls,
      accepted: [...accepted, ...accepted.slice(1).map((one) => ({ ...one, jobId: 'job-3' }))],
      jobs: [...jobs, ...jobs.slice(1).map((job) => ({ ...job, jobId: 'job-3' }))],
      attempts: [...attempts, ...attempts.slice(2).map((one) => ({ ...one, jobId: 'job-3' }))],
    }),
  },
  'an event was published before its transaction, which was rolled back': {
    breaks: 'I2',
    corrupt: ({ events }) => ({ events: events.filter((event) => event.type !== 'spectra.run.completed') }),
  },
  'a transition was lost': {
    breaks: 'I2',
    corrupt: ({ events }) => ({ events: events.filter((event) => event.type !== 'spectra.run.retrying') }),
  },
  'the run was completed twice': {
    breaks: 'I2',
    corrupt: ({ events }) => ({ events: [...events, ...events.slice(-1)] }),
  },
  'dedupe was dropped in the hub': {
    breaks: 'I2',
    corrupt: ({ stream }) => ({ stream: stream.map((message) => ({ ...message, messageId: 'same' })) }),
  },
  'the stream has a hole': {
    breaks: 'I2',
    corrupt: ({ stream }) => ({ stream: stream.filter((message) => message.seq !== 2) }),
  },
  'two workers did the same tool job': {
    breaks: 'I2',
    corrupt: ({ attempts, jobs }) => ({
      jobs: jobs.map((job) => (job.runId === null ? { ...job, attempt: 2 } : job)),
      attempts: [...attempts, ...attempts.slice(2).map((one) => ({ ...one, attempt: 2 }))],
    }),
  },
  'a wafer was started twice': {
    breaks: 'I3',
    corrupt: (healthy) => changeJournal(healthy, (line) => (line.event === 'loaded' ? [line, line] : [line])),
  },
  'the epoch check of the tool is skipped': {
    breaks: 'I4',
    corrupt: (healthy) =>
      changeJournal(healthy, (line) => [line.event === 'refused' ? { ...line, event: 'safe' } : line]),
  },
  'a lease is granted without looking at its holder': {
    breaks: 'I4',
    corrupt: ({ attempts }) => ({
      attempts: attempts.map((one) =>
        one.attempt === 2 ? { ...one, startedMs: one.startedMs - 3_000 } : one,
      ),
    }),
  },
  'a token is granted twice': {
    breaks: 'I4',
    corrupt: ({ attempts }) => ({ attempts: attempts.map((one) => ({ ...one, leaseToken: 1 })) }),
  },
  'a claim did not raise the attempt': {
    breaks: 'I4',
    corrupt: ({ attempts }) => ({
      attempts: attempts.filter((one) => one.attempt !== 1 || one.jobId !== jobId),
    }),
  },
  'the relay forgot a message': {
    breaks: 'I5',
    corrupt: () => ({ outbox: { waiting: 1, emptyAfterMs: null } }),
  },
  'the relay came back too late': {
    breaks: 'I5',
    corrupt: () => ({ outbox: { waiting: 0, emptyAfterMs: 31_000 } }),
  },
  'the dose went over its setpoint': {
    breaks: 'I6',
    corrupt: (healthy) =>
      changeJournal(healthy, (line) => [
        line.event === 'detached' ? { ...line, counted: { true_dose_atoms_cm2: 5.1e13 } } : line,
      ]),
  },
  'a resumed implant stopped short of its dose and counts as completed': {
    breaks: 'I6',
    corrupt: (healthy) =>
      changeJournal(healthy, (line) => [
        line.token === 2 ? { ...line, counted: { true_dose_atoms_cm2: 3e13 } } : line,
      ]),
  },
  'the watchdog sleeps': {
    breaks: 'I7',
    corrupt: (healthy) =>
      changeJournal(healthy, (line) =>
        line.token === 1 && line.event === 'de_energised'
          ? [{ ...line, at: '2026-01-01T00:00:07.000Z' }]
          : [line],
      ),
  },
  'an audit row is missing': {
    breaks: 'I8',
    corrupt: ({ audit }) => ({ audit: audit.slice(0, 1) }),
  },
  'an audit row was changed afterwards': {
    breaks: 'I8',
    corrupt: ({ audit }) => ({ audit: audit.map((entry) => ({ ...entry, actor: 'somebody else' })) }),
  },
  'an audit row was taken out of the middle': {
    breaks: 'I8',
    corrupt: ({ audit, calls }) => ({ audit: audit.slice(1), calls: calls.slice(1) }),
  },
  'an upload was lost': { breaks: 'I9', corrupt: () => ({ objects: [] }) },
  'an object is cut short': {
    breaks: 'I9',
    corrupt: ({ objects }) => ({ objects: objects.map((object) => ({ ...object, sha256: 'abd' })) }),
  },
  'a file was stored and its row forgotten': {
    breaks: 'I9',
    corrupt: ({ objects }) => ({
      objects: [
        ...objects,
        { key: `org/${orgId}/jobs/job-2/results/result.json`, sizeBytes: 3, sha256: 'abc' },
      ],
    }),
  },
  'a viewer missed messages and was not told': {
    breaks: 'I10',
    corrupt: ({ viewers }) => ({
      viewers: viewers.map((one) => ({ ...one, messages: one.messages.filter(({ seq }) => seq !== 3) })),
    }),
  },
  'a viewer got a message twice after a resume': {
    breaks: 'I10',
    corrupt: ({ viewers }) => ({
      viewers: viewers.map((one) => ({ ...one, messages: [...one.messages, ...one.messages.slice(-1)] })),
    }),
  },
  'a run answers to another organisation': {
    breaks: 'I11',
    corrupt: ({ foreignLooks }) => ({ foreignLooks: foreignLooks.map((look) => ({ ...look, status: 200 })) }),
  },
  'a list forgot its organisation': {
    breaks: 'I11',
    corrupt: () => ({ listed: [{ orgId: otherOrgId, runIds: [runId] }] }),
  },
  'a row was written under another organisation': {
    breaks: 'I11',
    corrupt: ({ artifacts }) => ({ artifacts: artifacts.map((row) => ({ ...row, orgId: otherOrgId })) }),
  },
  'connections leak': {
    breaks: 'I12',
    corrupt: ({ footprints }) => ({
      footprints: footprints.map((one) => ({ ...one, now: { ...one.now, descriptors: 900 } })),
    }),
  },
  'a delivery is never acknowledged': { breaks: 'I12', corrupt: () => ({ pendingAcks: 1 }) },
};

test('a healthy round breaks nothing', () => {
  expect(breachesOf(healthyEvidence())).toEqual([]);
});

describe('the checker notices when', () => {
  test.each(Object.entries(plantedBugs))('%s', (_bug, { breaks, corrupt }) => {
    const healthy = healthyEvidence();
    const found = breachesOf({ ...healthy, ...corrupt(healthy) });
    expect(found.map(({ id }) => id)).toContain(breaks);
  });

  test('each invariant has a bug planted against it', () => {
    const tried = new Set(Object.values(plantedBugs).map(({ breaks }) => breaks));
    expect(invariants.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
    expect(orgId).not.toBe(otherOrgId);
  });
});
