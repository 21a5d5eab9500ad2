import type { AttemptFact, Evidence, JobFact, ToolJournal } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** Lease tokens of a tool only grow, each serves one attempt, and no two attempts hold a tool at a time. */
export const epochs: Invariant = {
  id: 'I4',
  promise: 'epochs grow, no two interleave on a tool',
  check(evidence) {
    const byTool = Map.groupBy(
      evidence.attempts.filter((attempt) => attempt.equipmentId !== null),
      (attempt) => `${attempt.orgId}/${attempt.equipmentId}`,
    );
    const runOf = new Map(evidence.jobs.map((job) => [job.jobId, job]));
    return [
      ...[...byTool].flatMap(([tool, attempts]) => attemptBreaches(tool, attempts)),
      ...evidence.journals.flatMap((journal) =>
        journalBreaches(journal, byTool.get(`${journal.orgId}/${journal.equipmentId}`) ?? [], runOf),
      ),
      ...claimBreaches(evidence),
    ];
  },
};

function attemptBreaches(tool: string, attempts: readonly AttemptFact[]): string[] {
  const ordered = attempts.toSorted((left, right) => left.leaseToken - right.leaseToken);
  return ordered.flatMap((attempt, index) => {
    const before = ordered[index - 1];
    if (before === undefined) return [];
    if (before.leaseToken === attempt.leaseToken)
      return [`${tool}: token ${attempt.leaseToken} was granted to ${before.jobId} and to ${attempt.jobId}`];
    if (before.endedMs === null || before.endedMs > attempt.startedMs)
      return [
        `${tool}: attempt under token ${attempt.leaseToken} began before that under ${before.leaseToken} ended`,
      ];
    return [];
  });
}

function journalBreaches(
  { orgId, equipmentId, lines }: ToolJournal,
  attempts: readonly AttemptFact[],
  jobs: ReadonlyMap<string, JobFact>,
): string[] {
  const holders = new Map(attempts.map((attempt) => [attempt.leaseToken, attempt]));
  const breaches: string[] = [];
  let highest = 0;
  for (const line of lines) {
    if (line.event === 'refused') continue;
    if (line.token < highest)
      breaches.push(`${orgId}/${equipmentId} obeyed token ${line.token} after ${highest} (${line.event})`);
    highest = Math.max(highest, line.token);
    if (line.event !== 'loaded') continue;
    const holder = holders.get(line.token);
    if (holder === undefined) breaches.push(`${equipmentId}: nobody was granted token ${line.token}`);
    const job = holder === undefined ? undefined : jobs.get(holder.jobId);
    if (job !== undefined && job.runId !== line.run_id)
      breaches.push(`${equipmentId}: token ${line.token} of run ${job.runId} loaded run ${line.run_id}`);
  }
  return breaches;
}

/** Each claim raises the attempt: 1, 2, 3 … without a double, and the job knows the last. */
function claimBreaches({ jobs, attempts }: Evidence): string[] {
  const byJob = Map.groupBy(attempts, (attempt) => attempt.jobId);
  return jobs.flatMap((job) => {
    const numbers = (byJob.get(job.jobId) ?? []).map(({ attempt }) => attempt).toSorted((a, b) => a - b);
    const whole = numbers.every((number, index) => number === index + 1) && numbers.length === job.attempt;
    return whole
      ? []
      : [`job ${job.jobId} counts ${job.attempt} attempts; there are [${numbers.join(', ')}]`];
  });
}
