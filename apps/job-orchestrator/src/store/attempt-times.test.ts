import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aJob } from '../../test/a-job.ts';
import { begin, person, startServers, type Running } from '../../test/start-orchestrator.ts';
import { saveEffects } from './save-effects.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let o: Running;

beforeAll(async () => {
  servers = await startServers();
  o = await begin(servers);
});
afterAll(async () => {
  await o.stop();
  await servers.close();
});

test('an attempt whose end was decided by a clock that is ahead ends by the clock of the database', async () => {
  const caller = person();
  const run = await o.create(caller);
  await o.granted(run.job_id);
  const job = aJob({ orgId: caller.orgId, jobId: run.job_id, runId: run.run_id, attempt: 1 });
  const effect = { kind: 'end-attempt', ending: 'completed', error: null } as const;
  const [row] = await servers.database.open('orchestrator').withSystem(async (tx) => {
    await saveEffects(tx, [{ job, effect, atMs: Date.now() + 5_000 }], () => randomUUID());
    const read = await tx.execute<{ order: boolean }>(
      sql`select started_at <= ended_at and ended_at <= clock_timestamp() as "order"
          from attempts where job_id = ${run.job_id}`,
    );
    return read.rows;
  });
  expect(row?.order).toBe(true);
});
