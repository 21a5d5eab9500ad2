import type { FaultPlatform } from '../platform/fault-platform.ts';
import { pause, until } from '../until.ts';
import type { Experiment } from './experiment.ts';
import { energisedTools, linesSince } from './tools-at-work.ts';

/** A worker sleeps past its lease, another takes its runs over, and the sleeper wakes and still believes in itself. */
export const workerFrozen: Experiment = {
  id: 'F15',
  title: 'SIGSTOP worker, lease moves, SIGCONT',
  load: { timeScale: 4, spreadMs: 1_500, implants: 0.9, anneals: 0 },
  async strike({ platform, draw, note, silence }) {
    // Alone so far, so whoever holds a run is the one that will be frozen.
    const [holder] = await until('a run is in hand', () => holders(platform), 40_000);
    const twin = await platform.startTwin('ion-service', 'ion-service-twin');
    await until('a tool has energy', () => energisedTools(platform, 'ion-service').length > 0, 40_000);
    await pause(draw.between(0, 1_000));
    note('runs in hand at the freeze');
    const frozen = platform.service('ion-service');
    frozen.signal('SIGSTOP');
    const frozenAt = new Date();
    const endSilence = silence(holder?.worker ?? 'nobody');
    await until(
      'a lease moved to the other worker',
      async () => {
        const moved = await platform.sql<{ moved: number }>(
          `select count(*)::float8 moved from orchestrator.attempts where attempt > 1 and started_at > $1`,
          [frozenAt],
        );
        return (moved[0]?.moved ?? 0) > 0;
      },
      60_000,
    );
    await pause(draw.between(0, 3_000));
    endSilence();
    frozen.signal('SIGCONT');
    await pause(3_000);
    await twin.end('SIGTERM');
  },
  proof: (evidence) => ({
    'attempts that moved': evidence.attempts.filter(
      (one) => one.attempt > 1 && one.startedMs > evidence.startedMs,
    ).length,
    'writes of the old epoch refused by the tool': linesSince(
      evidence.journals,
      'refused',
      evidence.startedMs,
    ).filter((line) => line.detail?.startsWith('stale_token')).length,
  }),
};

/** The workers that hold implants now. */
async function holders(platform: FaultPlatform): Promise<{ worker: string }[] | null> {
  const found = await platform.sql<{ worker: string }>(
    `select distinct worker_id worker from orchestrator.jobs where status = 'running' and process = 'ion'`,
  );
  return found.length > 0 ? found : null;
}
