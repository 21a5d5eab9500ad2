import { pause } from '../until.ts';
import { failedCalls, untoldRefusals } from './experiment.ts';
import type { Experiment } from './experiment.ts';

/** Postgres goes and comes back, politely or from its log: refusals say so, and nothing is half done. */
export const postgresRestarted: Experiment = {
  id: 'F9',
  title: 'Postgres restart (fast, immediate)',
  load: { spreadMs: 5_000 },
  async strike({ platform, draw, note }) {
    await pause(draw.between(400, 2_500));
    const mode = draw.oneOf(['fast', 'immediate'] as const);
    await platform.stopPostgres(mode);
    note(mode);
    await pause(draw.between(200, 3_000));
    await platform.startPostgres();
  },
  proof: (evidence) => ({ 'calls without success': failedCalls(evidence) }),
  breaches: untoldRefusals,
};
