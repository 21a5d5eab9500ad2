import { pause } from '../until.ts';
import type { Experiment } from './experiment.ts';

/** Two intervals of the pings, and the time that a look at readiness takes. */
const detectedWithinMs = 2 * 5_000 + 2_000;
const cutServices = ['job-orchestrator', 'ion-service', 'rtp-service', 'telemetry-hub', 'gateway'] as const;
const restMs = 30_000;

/** One service alone loses NATS for half a minute, told so by resets or by nothing at all. */
export const natsCut: Experiment = {
  id: 'F7',
  title: 'NATS cut from one service 30 s (half-open, reset)',
  load: { spreadMs: 6_000, paced: { runs: 10, timeScale: 4, anneals: 0.3 } },
  async strike({ platform, draw, note, noteMost }) {
    await pause(draw.between(500, 2_500));
    const name = draw.oneOf(cutServices);
    const fault = draw.oneOf(['half-open', 'reset'] as const);
    const line = platform.linesOf(name).nats;
    const before = line.counts.cut;
    line.cut(fault);
    const cutMs = performance.now();
    note(`${fault} of ${name}`);
    note('lines cut', line.counts.cut - before);
    while (performance.now() - cutMs < restMs) {
      if (!(await platform.service(name).isReady())) {
        noteMost('ms until readiness was false', performance.now() - cutMs);
        note('readiness was false');
        break;
      }
      await pause(200);
    }
    await pause(Math.max(0, restMs - (performance.now() - cutMs)));
    line.heal();
    await platform.service(name).ready(20_000);
  },
  proof: ({ notes }) => ({
    'lines cut': notes['lines cut'] ?? 0,
    'readiness was false': notes['readiness was false'] ?? 0,
  }),
  breaches({ notes }) {
    const tookMs = notes['ms until readiness was false'];
    if (tookMs === undefined) return ['the service never said that it is not ready'];
    return tookMs > detectedWithinMs ? [`the cut was noticed only after ${Math.round(tookMs)} ms`] : [];
  },
};
