import { basename } from 'node:path';
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

/**
 * Under load each service is replaced by a second process while the first still works, one service after the other,
 * until all are replaced; then all are rolled back. With `--other-version` the second processes run that version.
 */
export const rollingRestart: Experiment = {
  id: 'F20',
  title: 'rolling restart of each service, and back',
  load: { spreadMs: 12_000, paced: { runs: 10, timeScale: 2, anneals: 0.3 } },
  async strike(round) {
    const { platform, draw, otherVersion, tellKind } = round;
    tellKind(otherVersion === null ? 'the same version' : `this version and ${basename(otherVersion)}`);
    await seen(() => round.watching() > 0, 10_000);
    for (const app of order) {
      await platform.startTwin(app, twinOf(app), otherVersion ?? undefined);
      await replace(round, app, { from: app, to: twinOf(app) });
      await pause(draw.between(200, 800));
    }
    for (const app of order.toReversed()) {
      await platform.service(app).start();
      await replace(round, app, { from: twinOf(app), to: app });
      await pause(draw.between(200, 800));
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

function twinOf(app: ServiceName): string {
  return `${app}-next`;
}

async function replace(
  { platform, note }: Round,
  app: ServiceName,
  { from, to }: { from: string; to: string },
): Promise<void> {
  platform.takeOver(app, to);
  await platform.service(from).end('SIGTERM');
  note('processes replaced');
}
