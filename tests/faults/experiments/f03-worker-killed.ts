import { pause } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';
import { linesSince, sawTrip, toolsInTheMiddle } from './tools-at-work.ts';

const triesMax = 3;

/** A worker dies while its tools have energy: they save themselves; implants go on to the rest, anneals are held. */
export const workerKilled: Experiment = {
  id: 'F3',
  title: 'kill -9 worker mid-step',
  // Paced, so that wafers are under the beam and the lamps when the worker dies.
  load: { spreadMs: 2_000, paced: { runs: 14, timeScale: 3, anneals: 0.4 } },
  async strike(round) {
    const name = round.draw.oneOf(['ion-service', 'ion-service', 'rtp-service'] as const);
    // A tool may take its energy off between the look and the kill: then the next one is waited for.
    for (let tries = 0; tries < triesMax; tries += 1) if (await kill(round, name)) return;
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

/** Kills the worker while a tool has energy; answers whether a watchdog tripped over it. */
async function kill({ platform, draw, note, silence }: Round, name: string): Promise<boolean> {
  const tools = await toolsInTheMiddle(platform, name, draw.between(0, 1_500));
  const endSilence = silence(name);
  const killedMs = Date.now();
  await platform.service(name).end('SIGKILL');
  note('tools with energy at the kill', tools.length);
  // Short or long against the lease.
  await pause(draw.between(0, 4_000));
  const tripped = await sawTrip(platform, killedMs, 4_000);
  endSilence();
  await platform.service(name).start();
  return tripped;
}
