import type { Evidence } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** Nothing of one organisation is reachable by, listed for, or stored under another. */
export const organisationsApart: Invariant = {
  id: 'I11',
  promise: "no foreign organisation's data anywhere",
  check(evidence) {
    const { foreignLooks, listed, accepted, viewers } = evidence;
    const ownerOfRun = new Map(accepted.map((job) => [job.runId, job.orgId]));
    return [
      ...foreignLooks
        .filter((look) => look.status !== 404)
        .map((look) => `${look.orgId} asked for ${look.path} of another and got ${look.status}`),
      ...listed.flatMap(({ orgId, runIds }) =>
        runIds
          .filter((runId) => ownerOfRun.has(runId) && ownerOfRun.get(runId) !== orgId)
          .map((runId) => `${orgId} saw run ${runId} of another in its list`),
      ),
      ...viewers
        .filter((viewer) => viewer.messages.length > 0 && ownerOfRun.get(viewer.runId) !== viewer.orgId)
        .map((viewer) => `${viewer.orgId} watched run ${viewer.runId} of another`),
      ...rowBreaches(evidence),
    ];
  },
};

/** All that hangs on a job bears the job's organisation. */
function rowBreaches(evidence: Evidence): string[] {
  const ofJob = new Map(evidence.jobs.map((job) => [job.jobId, job.orgId]));
  const ofRun = new Map(evidence.jobs.map((job) => [job.runId, job.orgId]));
  const rows = [
    ...evidence.attempts.map((row) => ({
      what: `attempt of ${row.jobId}`,
      orgId: row.orgId,
      owner: ofJob.get(row.jobId),
    })),
    ...evidence.artifacts.map((row) => ({
      what: `artifact ${row.key}`,
      orgId: row.orgId,
      owner: ofJob.get(row.jobId),
    })),
    ...evidence.artifacts.map((row) => ({
      what: `object ${row.key}`,
      orgId: row.key.split('/')[1],
      owner: row.orgId,
    })),
    ...evidence.runs.map((row) => ({
      what: `run ${row.runId}`,
      orgId: row.orgId,
      owner: ofRun.get(row.runId),
    })),
    ...evidence.events.map((row) => ({
      what: `event of ${row.runId}`,
      orgId: row.orgId,
      owner: ofRun.get(row.runId),
    })),
    ...evidence.events.map((row) => ({
      what: `subject ${row.subject}`,
      orgId: row.subject.split('.')[1],
      owner: row.orgId,
    })),
    ...evidence.stream.map((row) => ({
      what: `stream of ${row.runId}`,
      orgId: row.orgId,
      owner: ofRun.get(row.runId),
    })),
  ];
  return rows
    .filter(({ orgId, owner }) => owner !== undefined && owner !== orgId)
    .map(({ what, orgId, owner }) => `${what} belongs to ${owner} and is kept under ${orgId}`);
}
