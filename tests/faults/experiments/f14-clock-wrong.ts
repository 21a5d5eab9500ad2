import { pause } from '../until.ts';
import type { Experiment } from './experiment.ts';

const hourMs = 3_600_000;

/** A worker's clock is an hour off, then the gateway's: leases live by the database's time and monotonic clocks. */
export const clockWrong: Experiment = {
  id: 'F14',
  title: 'clock ±1 h on a worker, then the gateway',
  load: { timeScale: 10, spreadMs: 6_000 },
  async strike({ platform, draw }) {
    const shiftMs = draw.oneOf([-hourMs, hourMs]);
    for (const name of [draw.oneOf(['ion-service', 'rtp-service'] as const), 'gateway'] as const) {
      await pause(draw.between(500, 1_500));
      platform.service(name).order({ clockShiftMs: shiftMs });
      await pause(draw.between(1_500, 3_000));
      platform.service(name).order({ clockShiftMs: 0 });
    }
  },
  proof: ({ audit, startedMs, healedMs }) => ({
    'audit rows of another hour': audit.filter(({ at }) => {
      const awayMs = Math.min(Math.abs(Date.parse(at) - startedMs), Math.abs(Date.parse(at) - healedMs));
      return awayMs > 0.9 * hourMs && awayMs < 1.1 * hourMs;
    }).length,
  }),
  breaches: ({ attempts, startedMs }) =>
    attempts
      .filter((one) => one.startedMs >= startedMs && /worker_lost|lease_lost/.test(one.error ?? ''))
      .map((one) => `job ${one.jobId} lost its lease by a wrong clock: ${one.error}`),
};
