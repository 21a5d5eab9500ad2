import { pause, seen } from '../until.ts';
import { failedCalls, untoldRefusals } from './experiment.ts';
import type { Experiment } from './experiment.ts';

/** Postgres takes no writes: they are refused with a problem document and a time to come back; reads are fine. */
export const postgresReadOnly: Experiment = {
  id: 'F11',
  title: 'Postgres read-only',
  load: { spreadMs: 6_000 },
  async strike({ platform, draw, engineers, load, note, failedSince }) {
    await pause(draw.between(300, 2_000));
    await platform.sql('alter system set default_transaction_read_only = on');
    await platform.sql('select pg_reload_conf()');
    const readOnlyMs = Date.now();
    load.askNow();
    await seen(() => failedSince(readOnlyMs) > 0, 10_000);
    const untilMs = performance.now() + draw.between(1_500, 5_000);
    while (performance.now() < untilMs) {
      for (const engineer of engineers) {
        const { status } = await engineer.get('/api/ion/runs?limit=5');
        note(status === 200 ? 'reads answered' : 'reads refused');
      }
      await pause(150);
    }
    await platform.sql('alter system reset default_transaction_read_only');
    await platform.sql('select pg_reload_conf()');
  },
  proof: (evidence) => ({
    'writes refused': failedCalls(evidence),
    'reads answered': evidence.notes['reads answered'] ?? 0,
  }),
  breaches: (evidence) => [
    ...untoldRefusals(evidence),
    ...((evidence.notes['reads refused'] ?? 0) > 0
      ? [`${evidence.notes['reads refused']} reads were refused`]
      : []),
  ],
};
