import { leaseTtlMs } from '../platform/environments.ts';
import { pause, seen, until } from '../until.ts';
import { failedCalls, openJobs } from './experiment.ts';
import type { Experiment } from './experiment.ts';

const resumesWithinMs = leaseTtlMs + 5_000;

/** The only writer of runs and jobs dies in the middle of its work; nothing is dispatched twice, and the line moves on. */
export const orchestratorKilled: Experiment = {
  id: 'F2',
  title: 'kill -9 orchestrator',
  load: { spreadMs: 4_000 },
  async strike({ platform, draw, load, note, failedSince }) {
    const orchestrator = platform.service('job-orchestrator');
    for (let kills = draw.between(1, 2); kills > 0; kills -= 1) {
      await pause(draw.between(100, 2_000));
      load.askNow('ion');
      const open = await until('a job is open', () => openJobs(platform), 10_000);
      await orchestrator.end('SIGKILL');
      note('open jobs at the kill', open);
      const killedMs = Date.now();
      load.askNow();
      await seen(() => failedSince(killedMs) > 0, 10_000);
      await pause(draw.between(0, 1_500));
      await orchestrator.start();
    }
  },
  proof: (evidence) => ({
    'open jobs at the kill': evidence.notes['open jobs at the kill'] ?? 0,
    'calls without success': failedCalls(evidence),
  }),
  breaches({ attempts, healedMs, jobs }) {
    const ids = new Set(jobs.filter((job) => (job.completedMs ?? 0) > healedMs).map((job) => job.jobId));
    const starts = attempts
      .filter((one) => ids.has(one.jobId) && one.startedMs > healedMs)
      .map((one) => one.startedMs);
    if (starts.length === 0) return [];
    const resumedMs = Math.min(...starts) - healedMs;
    return resumedMs > resumesWithinMs
      ? [`the queue resumed only ${Math.round(resumedMs)} ms after the heal`]
      : [];
  },
};
