import type { FaultPlatform } from '../platform/fault-platform.ts';
import { pause, seen } from '../until.ts';
import type { Experiment } from './experiment.ts';

const hourMs = 3_600_000;

/** A worker's clock is an hour off, then the gateway's: leases live by the database's time and monotonic clocks. */
export const clockWrong: Experiment = {
  id: 'F14',
  title: 'clock ±1 h on a worker, then the gateway',
  load: { spreadMs: 6_000, paced: { runs: 10, timeScale: 4, anneals: 0.3 } },
  async strike({ platform, draw, load }) {
    const shiftMs = draw.oneOf([-hourMs, hourMs]);
    for (const name of [draw.oneOf(['ion-service', 'rtp-service'] as const), 'gateway'] as const) {
      await pause(draw.between(100, 1_500));
      platform.service(name).order({ clockShiftMs: shiftMs });
      const before = await rowsOfAnotherHour(platform);
      await pause(draw.between(500, 3_000));
      load.askNow();
      if (name === 'gateway') await seen(async () => (await rowsOfAnotherHour(platform)) > before, 10_000);
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

/** Audit rows whose time is far from now. */
async function rowsOfAnotherHour(platform: FaultPlatform): Promise<number> {
  const rows = await platform.sql<{ count: number }>(
    `select count(*)::float8 count from gateway.audit_entries
     where abs(extract(epoch from clock_timestamp() - at::timestamptz)) > 3000`,
  );
  return rows[0]?.count ?? 0;
}
