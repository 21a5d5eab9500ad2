import {
  accept,
  identityRpc,
  jobsRpc,
  processRpc,
  refuse,
  schedulesRpc,
  templatesRpc,
  toolJobsRpc,
  type Caller,
  type MissedPolicy,
  type Result,
  type WorkOrder,
} from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { begin, person, preparedRun, startServers, type Running } from '../test/start-orchestrator.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let o: Running;

/** Who the gateway says that somebody is now; a test may take their right away. */
const standings = new Map<string, Caller | null>();
let gate: Result<never> | null = null;
let asked: () => void = () => undefined;

beforeAll(async () => {
  servers = await startServers();
  o = await begin(servers);
  o.client.serve('gateway', identityRpc.callerStanding, async ({ body }) =>
    accept({ caller: standings.get(body.org_id) ?? null }),
  );
  o.client.serve('ion', processRpc.prepareRun, async () => {
    asked();
    return gate ?? accept(preparedRun(['IMP-9']));
  });
  await o.client.connection.flush();
});
afterAll(async () => {
  await o.stop();
  await servers.close();
});
beforeEach(() => {
  gate = null;
});

function somebody(): Caller {
  const caller = person();
  standings.set(caller.orgId, caller);
  return caller;
}

const ping: WorkOrder = { kind: 'job', order: { tool: 'ping', params: {}, ttl_hours: 1, priority: 2 } };
const implant: WorkOrder = {
  kind: 'run',
  process: 'ion',
  job_type: 'ion_implant',
  recipe: { species: 'P' },
  options: { priority: 0, wafer_id: 'W1' },
  permission: 'ion:create_run',
};
type Timing = { name: string; cron: string; time_zone: string; missed: MissedPolicy; enabled: boolean };
const yearly: Timing = { name: 'Yearly', cron: '0 0 1 1 *', time_zone: 'UTC', missed: 'skip', enabled: true };

const create = (caller: Caller, work: WorkOrder, change: Partial<Timing> = {}) =>
  o.asked(schedulesRpc.createSchedule, { ...yearly, ...change, work }, caller);

/** Lets the schedule be due as if its time had come so long ago. */
const setDue = (scheduleId: string, agoS: number) =>
  o.rows(sql`update schedules set next_due_at = date_trunc('milliseconds', clock_timestamp()) - make_interval(secs => ${agoS})
    where schedule_id = ${scheduleId}`);

/** Settles with what came of the last due time. */
async function fired(caller: Caller, schedule_id: string, count = 1) {
  for (;;) {
    const answer = await o.asked(schedulesRpc.listFirings, { schedule_id, limit: 10, offset: 0 }, caller);
    if (answer.items.length >= count) return answer.items;
  }
}

describe('a schedule', () => {
  test('makes its job when it is due, in the name of who made it, and moves on', async () => {
    const caller = somebody();
    const made = await create(caller, ping);
    expect(made.upcoming).toHaveLength(5);
    expect(made.next_due_at).toBe(made.upcoming[0]);
    await setDue(made.schedule_id, 1);
    const [firing] = await fired(caller, made.schedule_id);
    expect(firing).toMatchObject({ outcome: 'created', missed: 0, problem: null });
    const job = await o.asked(toolJobsRpc.getToolJob, { job_id: firing?.job_id ?? '' }, caller);
    expect(job).toMatchObject({ tool: 'ping', user_id: caller.userId, priority: 2 });
    const after = await o.asked(schedulesRpc.getSchedule, { schedule_id: made.schedule_id }, caller);
    expect(after).toMatchObject({ next_due_at: made.next_due_at, last_firing: { outcome: 'created' } });
  });

  test('takes a run through its gates, and writes a refusal down where its maker sees it', async () => {
    const caller = somebody();
    const { schedule_id } = await create(caller, implant);
    await setDue(schedule_id, 1);
    const [first] = await fired(caller, schedule_id);
    expect(first).toMatchObject({ outcome: 'created', run_id: expect.stringMatching(/^ION-/) });
    await o.granted(first?.job_id ?? '');
    gate = refuse('calibration_expired', 'The Faraday cup has expired');
    await setDue(schedule_id, 0.5);
    const [second] = await fired(caller, schedule_id, 2);
    expect(second).toMatchObject({
      outcome: 'refused',
      job_id: null,
      problem: { code: 'calibration_expired' },
    });
  });

  test('does nothing any more for somebody who lost the right, or is gone', async () => {
    const caller = somebody();
    const { schedule_id } = await create(caller, implant);
    standings.set(caller.orgId, { ...caller, role: 'viewer' });
    await setDue(schedule_id, 1);
    const [viewer] = await fired(caller, schedule_id);
    expect(viewer?.problem).toEqual({
      code: 'permission_denied',
      detail: 'Permission denied: ion:create_run',
    });
    standings.set(caller.orgId, null);
    await setDue(schedule_id, 0.5);
    const [gone] = await fired(caller, schedule_id, 2);
    expect(gone).toMatchObject({ outcome: 'refused', problem: { code: 'permission_denied' } });
    const jobs = await o.asked(jobsRpc.listJobs, { limit: 1, offset: 0 }, caller);
    expect(jobs.total).toBe(0);
  });

  test('asks again while somebody who has to be asked does not answer', async () => {
    const caller = somebody();
    gate = refuse('dependency_unavailable', 'not now');
    const { schedule_id } = await create(caller, implant);
    await setDue(schedule_id, 1);
    // The gate opens once it was asked.
    await new Promise<void>((resolve) => {
      asked = resolve;
    });
    gate = null;
    const [firing] = await fired(caller, schedule_id);
    expect(firing?.outcome).toBe('created');
  });

  test('fires once however many instances look at it', async () => {
    const others = await Promise.all([begin(servers), begin(servers)]);
    const caller = somebody();
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, index) => create(caller, ping, { name: `S${index}` })),
    );
    await o.rows(sql`update schedules set next_due_at = date_trunc('milliseconds', clock_timestamp())
      where org_id = ${caller.orgId}`);
    for (const { schedule_id } of made) expect(await fired(caller, schedule_id)).toHaveLength(1);
    const jobs = await o.asked(jobsRpc.listJobs, { limit: 1, offset: 0 }, caller);
    expect(jobs.total).toBe(10);
    await Promise.all(others.map((one) => one.stop()));
  });

  test('set back to a time that it kept does not keep it again', async () => {
    const caller = somebody();
    const { schedule_id } = await create(caller, ping);
    await setDue(schedule_id, 1);
    const [kept] = await fired(caller, schedule_id);
    await o.rows(sql`update schedules set next_due_at = ${kept?.due_at} where schedule_id = ${schedule_id}`);
    await setDue((await create(caller, ping, { name: 'Other' })).schedule_id, 0);
    await movedOn(schedule_id);
    const jobs = await o.asked(jobsRpc.listJobs, { limit: 10, offset: 0 }, caller);
    expect(jobs.items.filter((job) => job.job_id === kept?.job_id)).toHaveLength(1);
    expect(await fired(caller, schedule_id)).toHaveLength(1);
  });

  test.each([
    ['skip', 'skipped', 0],
    ['once', 'created', 1],
  ] as const)('with "%s", a time that was missed is %s', async (missed, outcome, jobs) => {
    const caller = somebody();
    const { schedule_id } = await create(caller, ping, { missed });
    await setDue(schedule_id, 3600);
    const [firing] = await fired(caller, schedule_id);
    expect(firing?.outcome).toBe(outcome);
    expect((await o.asked(jobsRpc.listJobs, { limit: 1, offset: 0 }, caller)).total).toBe(jobs);
  });

  test('that is switched off is not due; switched on, it is due at its next time', async () => {
    const caller = somebody();
    const { schedule_id } = await create(caller, ping, { enabled: false });
    const change = (enabled: boolean) =>
      o.asked(schedulesRpc.changeSchedule, { schedule_id, enabled }, caller);
    expect((await o.asked(schedulesRpc.getSchedule, { schedule_id }, caller)).next_due_at).toBeNull();
    const on = await change(true);
    expect(on.next_due_at).toBe(on.upcoming[0]);
    expect((await change(false)).next_due_at).toBeNull();
  });

  test('is refused with a pattern, a zone or a name that does not fit, and is unknown to others', async () => {
    const caller = somebody();
    const { schedule_id } = await create(caller, ping);
    const refused = (change: Partial<Timing>) =>
      o.call(schedulesRpc.createSchedule, { ...yearly, name: 'X', ...change, work: ping }, caller);
    expect(await refused({ cron: '61 0 1 1 *' })).toMatchObject({
      refusal: { code: 'validation_failed', errors: [{ path: 'cron', value: '61 0 1 1 *' }] },
    });
    expect(await refused({ time_zone: 'Europe/Nowhere' })).toMatchObject({
      refusal: { errors: [{ path: 'time_zone', value: 'Europe/Nowhere' }] },
    });
    expect(await refused({ name: yearly.name })).toMatchObject({ refusal: { code: 'conflict' } });
    for (const contract of [
      schedulesRpc.getSchedule,
      schedulesRpc.removeSchedule,
      schedulesRpc.changeSchedule,
    ]) {
      expect(await o.call(contract, { schedule_id }, person())).toMatchObject({
        refusal: { code: 'not_found' },
      });
    }
    await o.asked(schedulesRpc.removeSchedule, { schedule_id }, caller);
    expect(await o.call(schedulesRpc.getSchedule, { schedule_id }, caller)).toMatchObject({ ok: false });
  });
});

/** Settles when the schedule is due in the future again. */
async function movedOn(scheduleId: string): Promise<void> {
  for (;;) {
    const rows = await o.rows(
      sql`select 1 from schedules where schedule_id = ${scheduleId} and next_due_at > clock_timestamp()`,
    );
    if (rows.length > 0) return;
  }
}

describe('a template', () => {
  const content = {
    description: '',
    request: { kind: 'job' as const, body: { tool: 'ping', params: { message: '{{word}}' } } },
    parameters: { word: { type: 'string' as const, default: 'hello' } },
  };

  test('has versions that stay, also of writers at once, and is unknown to others', async () => {
    const caller = person();
    const made = await o.asked(templatesRpc.createTemplate, { name: 'Hello', ...content }, caller);
    const { template_id } = made;
    expect(made).toMatchObject({ version: 1, latest_version: 1, parameters: content.parameters });
    const versions = await Promise.all(
      ['a', 'b', 'c'].map((description) =>
        o.asked(templatesRpc.addTemplateVersion, { template_id, ...content, description }, caller),
      ),
    );
    expect(versions.map((one) => one.version).toSorted((a, b) => a - b)).toEqual([2, 3, 4]);
    const first = await o.asked(templatesRpc.getTemplate, { template_id, version: 1 }, caller);
    expect(first).toMatchObject({ version: 1, latest_version: 4, description: '' });
    const all = await o.asked(
      templatesRpc.listTemplateVersions,
      { template_id, limit: 2, offset: 0 },
      caller,
    );
    expect([all.total, all.items.map((one) => one.version)]).toEqual([4, [4, 3]]);
    expect(await o.call(templatesRpc.getTemplate, { template_id }, person())).toMatchObject({ ok: false });
    expect(await o.call(templatesRpc.getTemplate, { template_id, version: 9 }, caller)).toMatchObject({
      ok: false,
    });
  });

  test('keeps its name for itself until it is retired', async () => {
    const caller = person();
    const make = () => o.call(templatesRpc.createTemplate, { name: 'Hello', ...content }, caller);
    const first = await make();
    expect(await make()).toMatchObject({ refusal: { code: 'conflict', errors: [{ path: 'name' }] } });
    const template_id = first.ok ? first.value.template_id : '';
    const retired = await o.asked(templatesRpc.retireTemplate, { template_id }, caller);
    expect(retired.retired_at).not.toBeNull();
    expect(await make()).toMatchObject({ ok: true });
    const inUse = await o.asked(templatesRpc.listTemplates, { limit: 10, offset: 0 }, caller);
    expect(inUse.total).toBe(1);
  });
});
