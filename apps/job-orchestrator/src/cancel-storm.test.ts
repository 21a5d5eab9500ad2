import { jobsRpc, type AttemptOutcome } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, completed, person, startServers, type Running } from '../test/start-orchestrator.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let floor: Running;

beforeAll(async () => {
  servers = await startServers();
  floor = await begin(servers);
});
afterAll(async () => {
  await floor.stop();
  await servers.close();
});

const stopped: AttemptOutcome = { kind: 'cancelled', message: 'stopped', safe_state_at: null, artifacts: [] };
const endings = new Set(['spectra.run.completed', 'spectra.run.cancelled', 'spectra.run.failed']);

test('cancels that race with starts leave each run with one end, and no cancelled one starts', async () => {
  const caller = person();
  const runs = await Promise.all(
    Array.from({ length: 200 }, (_, index) => floor.create(caller, { equipment: [`T${index % 40}`] })),
  );
  const work = async (): Promise<void> => {
    for (let round = 0; round < 12; round += 1) {
      const taken = await floor.take('ion', { slots: 10 });
      await Promise.all(
        taken.map(async ({ spec, attempt }) => {
          const { cancel_requested } = await floor.heartbeat(spec.job_id, attempt);
          await floor.finish(spec.job_id, attempt, cancel_requested ? stopped : completed());
        }),
      );
    }
  };
  const cancels = runs
    .slice(0, 180)
    .map(({ job_id }) => floor.call(jobsRpc.cancel, { job_id, own_only: false, reason: 'storm' }, caller));
  const [answers] = await Promise.all([Promise.all(cancels), work(), work()]);
  const accepted = answers.filter((answer) => answer.ok).length;
  const refused = answers.filter((answer) => !answer.ok);
  for (const answer of refused) expect(answer).toMatchObject({ refusal: { code: 'illegal_transition' } });
  expect(accepted).toBeGreaterThan(0);
  await drained(work, caller.orgId);
  for (const { run_id } of runs) {
    await floor.until(() => floor.eventsOf(run_id).find(({ type }) => endings.has(type)));
    const ended = floor.eventsOf(run_id).filter(({ type }) => endings.has(type));
    expect(ended).toHaveLength(1);
  }
});

/** Goes on working until no run waits or runs any more. */
async function drained(work: () => Promise<void>, orgId: string): Promise<void> {
  for (;;) {
    const open = await floor.rows(sql`
      select 1 from jobs where org_id = ${orgId} and status in ('queued', 'running', 'retrying') limit 1`);
    if (open.length === 0) return;
    await work();
  }
}
