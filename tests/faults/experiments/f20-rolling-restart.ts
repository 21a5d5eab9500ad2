import type { ServiceName } from '../platform/service-process.ts';
import { pause, seen } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

// Those that hold streams first, while the first runs are watched.
const order: readonly ServiceName[] = [
  'gateway',
  'telemetry-hub',
  'job-orchestrator',
  'ion-service',
  'rtp-service',
];
const politeCodes = new Set([1001, 1012]);

/** Each service is replaced by a second process while the first still works, and then rolled back, under load. */
export const rollingRestart: Experiment = {
  id: 'F20',
  title: 'rolling restart of each service, and back',
  load: { spreadMs: 12_000, paced: { runs: 10, timeScale: 2, anneals: 0.3 } },
  async strike(round) {
    const { platform, draw } = round;
    await seen(() => round.watching() > 0, 10_000);
    for (const app of order) {
      const twin = `${app}-next`;
      await platform.startTwin(app, twin);
      await replace(round, app, { from: app, to: twin });
      await pause(draw.between(200, 800));
      await platform.service(app).start();
      await replace(round, app, { from: twin, to: app });
    }
  },
  proof: ({ notes, viewers }) => ({
    'processes replaced': notes['processes replaced'] ?? 0,
    'streams closed and resumed': viewers.filter((one) => one.closeCodes.length > 1).length,
  }),
  breaches: ({ calls, viewers }) => [
    ...calls
      .filter((call) => call.status === null || call.status >= 500)
      .map(
        (call) => `${call.method} ${call.path} failed with ${call.status ?? 'no answer'} ${call.code ?? ''}`,
      ),
    ...viewers
      .flatMap((viewer) => viewer.closeCodes.slice(0, -1))
      .filter((code) => !politeCodes.has(code))
      .map((code) => `a stream was closed with ${code}`),
  ],
};

async function replace(
  { platform, note }: Round,
  app: ServiceName,
  { from, to }: { from: string; to: string },
): Promise<void> {
  platform.takeOver(app, to);
  await platform.service(from).end('SIGTERM');
  note('processes replaced');
}
