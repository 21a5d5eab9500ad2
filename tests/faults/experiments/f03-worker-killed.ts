import { pause, until } from '../until.ts';
import type { Experiment } from './experiment.ts';
import { energisedTools, linesSince } from './tools-at-work.ts';

/** A worker dies while its tools have energy: they save themselves; implants go on to the rest, anneals are held. */
export const workerKilled: Experiment = {
  id: 'F3',
  title: 'kill -9 worker mid-step',
  // Paced, so that wafers are under the beam and the lamps when the worker dies.
  load: { timeScale: 6, spreadMs: 2_000, implants: 0.55, anneals: 0.35 },
  async strike({ platform, draw, note, silence }) {
    const name = draw.oneOf(['ion-service', 'ion-service', 'rtp-service'] as const);
    await until('a tool has energy', () => energisedTools(platform, name).length > 0, 40_000);
    await pause(draw.between(0, 1_500));
    note('tools with energy at the kill', energisedTools(platform, name).length);
    const endSilence = silence(name);
    await platform.service(name).end('SIGKILL');
    // Long enough for the watchdogs, short or long against the lease.
    await pause(draw.between(3_200, 7_000));
    endSilence();
    await platform.service(name).start();
  },
  proof: (evidence) => ({
    'tools with energy at the kill': evidence.notes['tools with energy at the kill'] ?? 0,
    'watchdog trips': linesSince(evidence.journals, 'watchdog_trip', evidence.startedMs).length,
    'workers lost': evidence.attempts.filter((one) => /worker_lost/.test(one.error ?? '')).length,
  }),
  /** RTP holds: no anneal that was interrupted hot is completed by another attempt. */
  breaches: ({ jobs, attempts, journals }) =>
    jobs.flatMap((job) => {
      if (job.process !== 'rtp' || job.status !== 'completed') return [];
      const lost = attempts.find((one) => one.jobId === job.jobId && /worker_lost/.test(one.error ?? ''));
      if (lost === undefined) return [];
      const hot = journals.some(({ lines }) =>
        lines.some(
          (line) => line.run_id === job.runId && line.event === 'energised' && line.token === lost.leaseToken,
        ),
      );
      return hot ? [`anneal ${job.runId} was interrupted hot and then completed by itself`] : [];
    }),
};
