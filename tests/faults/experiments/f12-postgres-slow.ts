import { Client } from 'pg';
import { pause } from '../until.ts';
import { untoldRefusals } from './experiment.ts';
import type { Experiment } from './experiment.ts';

/** The way to Postgres is slow and its connections are taken: work queues up to a bound, and heartbeats go on. */
export const postgresSlow: Experiment = {
  id: 'F12',
  title: 'Postgres slow, pool exhausted',
  load: { spreadMs: 6_000, paced: { runs: 10, timeScale: 4, anneals: 0.3 } },
  async strike({ platform, draw, note, noteMost }) {
    await pause(draw.between(300, 2_000));
    const delayMs = draw.between(60, 120);
    note('ms of delay each way', delayMs);
    for (const name of ['gateway', 'job-orchestrator'] as const)
      platform.linesOf(name).database.delay(delayMs);
    const taken: Client[] = [];
    for (let left = draw.between(40, 80); left > 0; left -= 1) {
      const client = new Client({ connectionString: platform.adminUrl });
      client.on('error', () => undefined);
      await client.connect();
      taken.push(client);
    }
    note('connections taken', taken.length);
    const untilMs = performance.now() + draw.between(3_000, 6_000);
    while (performance.now() < untilMs) {
      const startedMs = performance.now();
      await fetch(`${platform.url}/health`).then(
        (answer) => answer.arrayBuffer(),
        () => undefined,
      );
      noteMost('ms for an answer of the gateway itself', performance.now() - startedMs);
      await pause(100);
    }
    await Promise.all(taken.map((client) => client.end()));
    for (const name of ['gateway', 'job-orchestrator'] as const) platform.linesOf(name).database.delay(0);
  },
  proof: ({ notes }) => ({ 'ms of delay each way': notes['ms of delay each way'] ?? 0 }),
  breaches: (evidence) => [
    ...untoldRefusals(evidence),
    ...evidence.attempts
      .filter((one) => one.startedMs >= evidence.startedMs && /worker_lost|lease_lost/.test(one.error ?? ''))
      .map((one) => `job ${one.jobId} lost its worker although only the database was slow: ${one.error}`),
  ],
};
