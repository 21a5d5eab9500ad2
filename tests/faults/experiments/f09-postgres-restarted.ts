import { pause, seen } from '../until.ts';
import { failedCalls, untoldRefusals } from './experiment.ts';
import type { Experiment } from './experiment.ts';

/** Postgres goes and comes back, politely or from its log: refusals say so, and nothing is half done. */
export const postgresRestarted: Experiment = {
  id: 'F9',
  title: 'Postgres restart (fast, immediate)',
  load: { spreadMs: 5_000 },
  async strike({ platform, draw, load, note, failedSince }) {
    await pause(draw.between(100, 2_500));
    const mode = draw.oneOf(['fast', 'immediate'] as const);
    await platform.stopPostgres(mode);
    note(mode);
    const stoppedMs = Date.now();
    load.askNow();
    await seen(() => failedSince(stoppedMs) > 0, 10_000);
    await pause(draw.between(0, 3_000));
    await platform.startPostgres();
  },
  proof: (evidence) => ({ 'calls without success': failedCalls(evidence) }),
  breaches: untoldRefusals,
};
