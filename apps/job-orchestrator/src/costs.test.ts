import { costsRpc, toolJobsRpc, type Caller, type CostRates } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  begin,
  completed,
  expireLease,
  person,
  startServers,
  type Running,
} from '../test/start-orchestrator.ts';

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

const rates: CostRates = {
  currency: 'EUR',
  tool_hour: 3600,
  equipment_hour: {},
  compute_hour: 3600,
  run: 5,
  wafer: 2,
  gas_standard_litre: 0,
  energy_kwh: 0,
};
const entries = (caller: Caller, filter: { job_id?: string } = {}) =>
  o.asked(costsRpc.listCostEntries, { ...filter, limit: 10, offset: 0 }, caller);
const sums = (caller: Caller, group_by: ('equipment' | 'user' | 'job_type' | 'day')[] = []) =>
  o.asked(costsRpc.sumCosts, { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z', group_by }, caller);

/** A run of two wafers that took so long on its tool. */
async function ranFor(caller: Caller, tool: string, seconds: number) {
  const wafers = [1, 2].map((slot) => ({ wafer_id: `W${slot}`, slot }));
  const run = await o.create(caller, { equipment: [tool], options: { wafers } });
  await o.granted(run.job_id);
  await o.rows(sql`update jobs set attempt_started_at = clock_timestamp() - make_interval(secs => ${seconds})
    where job_id = ${run.job_id}`);
  await o.finish(run.job_id, 1, completed());
  return run;
}

describe('the ledger', () => {
  test('has one row for each ended attempt, with the tool time, the run and its wafers', async () => {
    const caller = person();
    const run = await ranFor(caller, 'A', 90);
    await o.finish(run.job_id, 1, completed());
    const { items, total } = await entries(caller);
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({
      kind: 'attempt',
      run_id: run.run_id,
      equipment_id: 'A',
      user_id: caller.userId,
      ending: 'completed',
      compute_seconds: 0,
      runs: 1,
      wafers: 2,
      gas_standard_litres: null,
    });
    expect(items[0]?.tool_hours).toBeCloseTo(90 / 3600, 3);
  });

  test('counts an attempt that was lost, but neither run nor wafer', async () => {
    const caller = person();
    const run = await o.create(caller, { equipment: ['A'] });
    await o.granted(run.job_id);
    await o.rows(expireLease(run.job_id));
    await o.granted(run.job_id, 2);
    await o.finish(run.job_id, 2, completed());
    const { items } = await entries(caller, { job_id: run.job_id });
    expect(
      items.map(({ attempt, runs }) => [attempt, runs]).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
    ).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  test('counts what a tool computed, also one that was answered within its request', async () => {
    const caller = person();
    const ended = {
      ending: { kind: 'answered' as const, result: { encoding: 'json' as const, value: 1 } },
      duration_ms: 2500,
    };
    await o.asked(
      toolJobsRpc.createToolJob,
      { tool: 'ping', params: {}, ttl_hours: 1, priority: 0, ended },
      caller,
    );
    expect((await entries(caller)).items).toMatchObject([
      { tool: 'ping', equipment_id: null, tool_hours: 0, compute_seconds: 2.5, runs: 0 },
    ]);
  });

  test('is priced at the rates that counted when the attempt ended', async () => {
    const caller = person();
    await ranFor(caller, 'A', 10);
    const before = await sums(caller);
    expect(before.total).toMatchObject({ runs: 1, amounts: {} });
    await o.asked(costsRpc.setRates, rates, caller);
    await ranFor(caller, 'A', 10);
    await o.asked(costsRpc.setRates, { ...rates, equipment_hour: { B: 7200 }, currency: 'USD' }, caller);
    await ranFor(caller, 'B', 10);
    const after = await sums(caller, ['equipment']);
    expect(after.groups.map(({ group, entries: count }) => [group['equipment'], count])).toEqual([
      ['A', 2],
      ['B', 1],
    ]);
    // 10 s at one a second, a run, two wafers; then 10 s at two a second.
    expect(after.groups[0]?.amounts['EUR']).toBeCloseTo(10 + 5 + 4, 0);
    expect(after.groups[1]?.amounts['USD']).toBeCloseTo(20 + 5 + 4, 0);
    const { versions } = await o.asked(costsRpc.listRates, {}, caller);
    expect(versions.map((one) => one.version)).toEqual([2, 1]);
  });

  test('is corrected by further rows and never changed', async () => {
    const caller = person();
    await o.asked(costsRpc.setRates, rates, caller);
    await ranFor(caller, 'A', 100);
    const [entry] = (await entries(caller)).items;
    const change = {
      entry_id: entry?.entry_id ?? '',
      reason: 'stood still',
      tool_hours: -(entry?.tool_hours ?? 0),
    };
    const correction = await o.asked(costsRpc.correctCost, change, caller);
    expect(correction).toMatchObject({
      kind: 'correction',
      corrects: entry?.entry_id,
      created_by: caller.userId,
    });
    const { total } = await sums(caller);
    expect(total.tool_hours).toBeCloseTo(0, 9);
    expect(total.amounts['EUR']).toBeCloseTo(5 + 4, 6);
    await expect(o.rows(sql`update cost_entries set tool_s = 0`)).rejects.toThrow();
    await expect(o.rows(sql`delete from cost_entries`)).rejects.toThrow();
    expect(await o.call(costsRpc.correctCost, change, person())).toMatchObject({
      refusal: { code: 'not_found' },
    });
    expect((await entries(person())).total).toBe(0);
  });
});
