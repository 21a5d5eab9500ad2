import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareDatabase } from '@spectra/database';
import { migrationsUpTo, testDatabase } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));
const orgId = '11111111-1111-4111-8111-111111111111';
const [done, running] = ['33333333-3333-4333-8333-333333333331', '33333333-3333-4333-8333-333333333332'];

test('what tools were asked and answered, and who tried, is kept from before it stood in one row', async () => {
  // Up to the one before calls and attempts had no tables of their own any more.
  const folder = await migrationsUpTo(migrationsFolder, 10);
  const database = await testDatabase([{ schema: 'orchestrator', migrationsFolder: folder }]);
  try {
    const door = database.open('orchestrator');
    await door.withSystem(async (tx) => {
      await tx.execute(sql`
        insert into jobs (job_id, org_id, user_id, job_type, queue, priority, rank_ms, lane, equipment_ids, expected_s,
          status, max_retries, traceparent, created_at, tool_name, expires_at, attempt, worker_id, dispatched_at,
          lease_expires_at, attempt_started_at, completed_at)
        select id::uuid, ${orgId}, 'u', 'tool', 'general-tools', 0, 0, '', '{}', 1, status, 3, 't', now(), 'ping', now(),
          attempt, worker, at, at, now(), case when at is null then now() end
        from (values (${done}, 'completed', 2, null, null::timestamptz), (${running}, 'running', 1, 'w3', now()))
          as j(id, status, attempt, worker, at)`);
      await tx.execute(sql`
        insert into tool_calls (job_id, org_id, parameters, result_encoding, result)
        values (${done}, ${orgId}, '{"message": "a"}', 'json', '{"pong": true}'),
          (${running}, ${orgId}, '{"message": "b"}', null, null)`);
      await tx.execute(sql`
        insert into attempts (job_id, attempt, org_id, worker_id, lease_token, started_at, ended_at, ending, error)
        values (${done}, 1, ${orgId}, 'w1', 1, now() - interval '9 s', now() - interval '5 s', 'retry', 'worker_lost: x'),
          (${done}, 2, ${orgId}, 'w2', 1, now() - interval '4 s', now(), 'completed', null),
          (${running}, 1, ${orgId}, 'w3', 1, now(), null, null, null)`);
      // The ledger knew the second alone.
      await tx.execute(sql`
        insert into cost_entries (org_id, kind, job_id, attempt, job_type, tool_name, user_id, ended_at, ending, tool_s,
          compute_s, runs, wafers)
        values (${orgId}, 'attempt', ${done}, 2, 'tool', 'ping', 'u', now(), 'completed', 0, 4, 0, 0)`);
    });
    await prepareDatabase({
      adminUrl: database.adminUrl,
      database: new URL(database.adminUrl).pathname.slice(1),
      owners: [{ schema: 'orchestrator', migrationsFolder }],
      roleSecret: 'tests',
    });
    const [calls, attempts, costs, counts] = await door.withOrg(orgId, (tx) =>
      Promise.all([
        tx.execute(sql`select parameters->>'message' as asked, result from jobs order by job_id`),
        tx.execute(sql`select worker_id, ending, error from attempts order by job_id, attempt`),
        tx.execute(sql`select attempt, compute_s from cost_entries order by attempt`),
        tx.execute(sql`select status, jobs::int from job_counts order by status`),
      ]),
    );
    expect(calls.rows).toEqual([
      { asked: 'a', result: { pong: true } },
      { asked: 'b', result: null },
    ]);
    expect(attempts.rows).toEqual([
      { worker_id: 'w1', ending: 'retry', error: 'worker_lost: x' },
      { worker_id: 'w2', ending: 'completed', error: null },
      { worker_id: 'w3', ending: null, error: null },
    ]);
    expect(costs.rows).toEqual([
      { attempt: 1, compute_s: 4 },
      { attempt: 2, compute_s: 4 },
    ]);
    expect(counts.rows).toEqual([
      { status: 'completed', jobs: 1 },
      { status: 'running', jobs: 1 },
    ]);
    // Nobody else sees them: a view would otherwise be read with the rights of whoever made it.
    const foreign = await door.withOrg('11111111-1111-4111-8111-111111111112', (tx) =>
      tx.execute(sql`select 1 from attempts`),
    );
    expect(foreign.rows).toEqual([]);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
});
