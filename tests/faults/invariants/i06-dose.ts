import type { Invariant } from './invariant.ts';

/** Delivered above the setpoint at most, as a share of it; the tolerance that the fab is promised. */
const toleranceShare = 0.005;
const doseField = 'true_dose_atoms_cm2';

/**
 * The dose that a wafer truly got never exceeds setpoint + tolerance. The tool counts every simulated millisecond and
 * dose only grows while a wafer is on the tool, so the count at each line bounds all moments before it.
 */
export const deliveredDose: Invariant = {
  id: 'I6',
  promise: 'delivered dose ≤ setpoint + tolerance at every simulated millisecond',
  check({ accepted, journals, jobs }) {
    const setpoints = new Map(
      accepted.flatMap((job) =>
        job.runId === null || job.dosePerCm2 === null ? [] : [[job.runId, job.dosePerCm2]],
      ),
    );
    const completed = new Set(jobs.filter((job) => job.status === 'completed').map((job) => job.runId));
    return journals.flatMap(({ equipmentId, lines }) => {
      const breaches: string[] = [];
      const last = new Map<string, number>();
      for (const { run_id: runId, counted, wafer_index: wafer, event } of lines) {
        const setpoint = runId === null ? undefined : setpoints.get(runId);
        const dose = counted?.[doseField];
        if (runId === null || setpoint === undefined || dose === undefined) continue;
        const key = `${runId}/${wafer}`;
        if (dose > setpoint * (1 + toleranceShare))
          breaches.push(`${equipmentId}: run ${runId} got ${dose} of ${setpoint} ions/cm²`);
        if (event !== 'loaded' && dose < (last.get(key) ?? 0))
          breaches.push(`${equipmentId}: the dose of run ${runId} fell from ${last.get(key)} to ${dose}`);
        last.set(key, dose);
      }
      for (const [key, dose] of last) {
        const [runId = ''] = key.split('/');
        const setpoint = setpoints.get(runId) ?? 0;
        if (completed.has(runId) && dose < setpoint * (1 - toleranceShare))
          breaches.push(`${equipmentId}: run ${runId} is completed with ${dose} of ${setpoint} ions/cm²`);
      }
      return breaches;
    });
  },
};
