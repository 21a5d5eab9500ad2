import type { Evidence, JobFact } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** A wafer is loaded exactly once for a completed run, and at most once for any other. */
export const toolEffects: Invariant = {
  id: 'I3',
  promise: 'exactly one tool effect per committed step, at most one per unknown',
  check(evidence) {
    const loads = loadsByRun(evidence);
    const wafersOf = new Map(evidence.accepted.map((job) => [job.jobId, job.wafers]));
    return evidence.jobs.flatMap((job) => {
      if (job.runId === null) return [];
      return breachesOf(job, loads.get(job.runId) ?? new Map(), wafersOf.get(job.jobId) ?? 1);
    });
  },
};

function loadsByRun({ journals }: Evidence): Map<string, Map<number, number>> {
  const loads = new Map<string, Map<number, number>>();
  for (const { lines } of journals) {
    for (const line of lines) {
      if (line.event !== 'loaded' || line.run_id === null || line.wafer_index === null) continue;
      const wafers = loads.get(line.run_id) ?? new Map<number, number>();
      wafers.set(line.wafer_index, (wafers.get(line.wafer_index) ?? 0) + 1);
      loads.set(line.run_id, wafers);
    }
  }
  return loads;
}

function breachesOf(job: JobFact, loads: ReadonlyMap<number, number>, wafers: number): string[] {
  const twice = [...loads].filter(([, count]) => count > 1);
  const breaches = twice.map(
    ([wafer, count]) => `run ${job.runId}: wafer ${wafer} was loaded ${count} times`,
  );
  if (job.status === 'completed' && loads.size !== wafers)
    breaches.push(`run ${job.runId} is completed; ${loads.size} of ${wafers} wafers were on a tool`);
  if (job.attempt === 0 && loads.size > 0)
    breaches.push(`run ${job.runId} was never claimed and is on a tool`);
  return breaches;
}
