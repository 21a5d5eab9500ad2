import { pause } from '../until.ts';
import { serviceNames } from '../platform/service-process.ts';
import type { Experiment } from './experiment.ts';

/** Connections are taken away at random, in and out of transactions: no service ends over it. */
export const backendTerminated: Experiment = {
  id: 'F10',
  title: 'random backend terminated',
  load: { spreadMs: 5_000 },
  async strike({ platform, draw, note }) {
    for (let left = draw.between(10, 30); left > 0; left -= 1) {
      await pause(draw.between(20, 250));
      const backends = await platform.sql<{ pid: number; state: string }>(
        `select pid, state from pg_stat_activity where usename like 'spectra%' order by pid`,
      );
      if (backends.length === 0) continue;
      const { pid, state } = draw.oneOf(backends);
      await platform.sql('select pg_terminate_backend($1)', [pid]);
      note(state === 'idle' ? 'idle backends terminated' : 'busy backends terminated');
    }
    for (const name of serviceNames) {
      const { ending } = platform.service(name);
      if (ending !== null) note(`${name} ended`);
    }
  },
  proof: ({ notes }) => ({
    'backends terminated':
      (notes['idle backends terminated'] ?? 0) + (notes['busy backends terminated'] ?? 0),
  }),
  breaches: ({ notes }) => Object.keys(notes).filter((name) => name.endsWith(' ended')),
};
