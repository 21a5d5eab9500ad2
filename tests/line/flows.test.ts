import { Client as Database } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample, shortAnneal } from './recipes.ts';
import { seedFab } from './seed.ts';
import { until } from './until.ts';

let platform: Platform;
let engineer: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
}, 120_000);
afterAll(() => platform.close());

const { wafer_id: _wafer, lot_id: _lot, comments: _comments, ...implant } = implantExample;
const { wafer_id: _annealed, ...anneal } = shortAnneal;
const quick = { dose_atoms_cm2: 1e13, time_scale: 0 };
type Run = { run_id: string; step: string; part: number; status: string; wafer_ids: string[] };

const jobOf = async (id: string) => (await engineer.get(`/v1/jobs/${id}`)).body;
const endedJob = (id: string) =>
  until(
    'the job has ended',
    async () => {
      const job = await jobOf(id);
      return ['completed', 'failed', 'cancelled'].includes(String(job['status'])) ? job : null;
    },
    120_000,
  );

describe('an anneal that depends on its implant', () => {
  test('waits for it, then takes the wafer as it was really implanted', async () => {
    const first = await engineer.startRun('ion', { ...implantExample, wafer_id: 'D1', ...quick });
    const second = await engineer.startRun('rtp', {
      ...anneal,
      wafer_id: 'D1',
      time_scale: 0,
      depends_on: [first.runId],
    });
    const waiting = (await engineer.get(`/api/rtp/runs/${second.runId}`)).body;
    expect(waiting).toMatchObject({ source_run_id: first.runId, depends_on: [{ run_id: first.runId }] });
    const annealed = await engineer.waitForRun('rtp', second.runId);
    expect(annealed).toMatchObject({ status: 'completed', source_run_id: first.runId });
    const implanted = (await engineer.get(`/api/ion/runs/${first.runId}`)).body;
    expect(Date.parse(String(implanted['completed_at']))).toBeLessThanOrEqual(
      Date.parse(String(annealed['started_at'])),
    );
  });

  test('is held with a reason when the implant is cancelled', async () => {
    const first = await engineer.startRun('ion', { ...implantExample, wafer_id: 'D2', time_scale: 1 });
    const second = await engineer.startRun('rtp', {
      ...anneal,
      wafer_id: 'D2',
      time_scale: 0,
      depends_on: [first.runId],
    });
    await engineer.delete(`/api/ion/runs/${first.runId}`);
    const held = await engineer.waitForRun('rtp', second.runId);
    expect(held['status']).toBe('held');
    expect(String(held['held_reason'])).toContain(`${first.runId}, on which this one depends, was cancelled`);
  });
});

describe('lot.run', () => {
  const wafers = [1, 2, 3, 4].map((slot) => ({ wafer_id: `L${slot}`, slot }));
  const order = (lot_id: string, change: Record<string, unknown> = {}) => ({
    tool: 'lot.run',
    params: {
      lot_id,
      wafers,
      implant: { ...implant, ...quick },
      anneal: { ...anneal, time_scale: 0 },
      parts: 2,
      ...change,
    },
  });

  test('implants and anneals every wafer of a lot, and lists its runs with their outcome', async () => {
    const created = await engineer.post('/v1/jobs', order('LOT-7'));
    expect(created.status, JSON.stringify(created.body)).toBe(202);
    const job = await endedJob(String(created.body['job_id']));
    expect(job['status'], JSON.stringify(job['error'])).toBe('completed');
    const { completed, runs } = job['result'] as { completed: boolean; runs: Run[] };
    expect(completed).toBe(true);
    expect(runs.map((run) => [run.step, run.part, run.wafer_ids])).toEqual([
      ['implant', 1, ['L1', 'L2']],
      ['anneal', 1, ['L1', 'L2']],
      ['implant', 2, ['L3', 'L4']],
      ['anneal', 2, ['L3', 'L4']],
    ]);
    const costs = await engineer.get('/api/costs?group_by=process');
    const groups = costs.body['groups'] as {
      group: { process: string | null };
      wafers: number;
      gas_standard_litres: number | null;
    }[];
    const annealed = groups.find(({ group }) => group.process === 'rtp');
    expect(annealed?.wafers).toBeGreaterThanOrEqual(4);
    expect(annealed?.gas_standard_litres).toBeGreaterThan(0);
  }, 180_000);

  test('makes nothing twice when its worker dies in the middle', async () => {
    const slow = { implant: { ...implant, dose_atoms_cm2: 1e13, time_scale: 20 } };
    const created = await engineer.post('/v1/jobs', order('LOT-8', slow));
    const id = String(created.body['job_id']);
    await until('its runs exist', async () => (await runsOf('LOT-8')).length === 4);
    await platform.kill('rtp-service');
    await platform.start('rtp-service');
    const job = await endedJob(id);
    expect(job).toMatchObject({ status: 'completed', result: { completed: true } });
    expect(Number(job['attempt'])).toBeGreaterThan(1);
    expect(await runsOf('LOT-8')).toHaveLength(4);
  }, 240_000);

  test('cancelled, it cancels its runs', async () => {
    const slow = { implant: { ...implant, time_scale: 1 } };
    const created = await engineer.post('/v1/jobs', order('LOT-9', slow));
    const id = String(created.body['job_id']);
    await until('its runs exist', async () => (await runsOf('LOT-9')).length === 4);
    expect((await engineer.delete(`/v1/jobs/${id}`)).status).toBe(202);
    expect((await endedJob(id))['status']).toBe('cancelled');
    await until('all its runs are cancelled', async () =>
      (await runsOf('LOT-9')).every((run) => run['status'] === 'cancelled'),
    );
  }, 120_000);
});

describe('work that is asked for beforehand', () => {
  const template = {
    name: 'Light implant',
    request: {
      kind: 'run',
      process: 'ion',
      body: { ...implant, dose_atoms_cm2: '{{dose}}', wafer_id: '{{wafer}}', time_scale: 0 },
    },
    parameters: {
      dose: { type: 'number', minimum: 1e12, maximum: 1e14, default: 1e13 },
      wafer: { type: 'string' },
    },
  };

  test('a template makes a run, and a schedule makes another from it when its time comes', async () => {
    const made = await engineer.post('/api/templates', template);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const id = String(made.body['template_id']);
    const used = await engineer.post(`/api/templates/${id}/instantiate`, { parameters: { wafer: 'T1' } });
    expect(used.status, JSON.stringify(used.body)).toBe(202);
    const run = await engineer.waitForRun('ion', String(used.body['run_id']));
    expect(run).toMatchObject({ status: 'completed', recipe: { dose_atoms_cm2: 1e13 } });
    const schedule = await engineer.post('/api/schedules', {
      name: 'Every new year',
      cron: '0 0 1 1 *',
      time_zone: 'Europe/Berlin',
      request: { kind: 'template', template_id: id, parameters: { wafer: 'T2' } },
    });
    expect(schedule.status, JSON.stringify(schedule.body)).toBe(201);
    const scheduleId = String(schedule.body['schedule_id']);
    await setDue(scheduleId);
    const firing = await firingOf(scheduleId, 1);
    expect(firing).toMatchObject({ outcome: 'created', problem: null });
    expect(await engineer.waitForRun('ion', String(firing['run_id']))).toMatchObject({ status: 'completed' });
  }, 120_000);

  test('a schedule does nothing for somebody whose right was taken away, and says so', async () => {
    const admin = await Client.logIn(platform.url, 'admin');
    const { users } = (await admin.get('/api/auth/users')).body as {
      users: { user_id: string; name: string }[];
    };
    const user = users.find(({ name }) => name === 'operator')?.user_id ?? '';
    const become = async (role: string) =>
      expect((await admin.patch(`/api/auth/users/${user}`, { role })).status).toBe(200);
    await become('engineer');
    const shift = await Client.logIn(platform.url, 'operator');
    const schedule = await shift.post('/api/schedules', {
      name: 'Shift check',
      cron: '0 0 1 1 *',
      request: { kind: 'run', process: 'ion', body: { ...implant, ...quick, wafer_id: 'S1' } },
    });
    expect(schedule.status, JSON.stringify(schedule.body)).toBe(201);
    const scheduleId = String(schedule.body['schedule_id']);
    await become('viewer');
    await setDue(scheduleId);
    expect(await firingOf(scheduleId, 1)).toMatchObject({
      outcome: 'refused',
      problem: { code: 'permission_denied', detail: 'Permission denied: ion:create_run' },
    });
  }, 60_000);
});

test('a hundred jobs in one request all end, and the queue is empty behind them', async () => {
  const jobs = Array.from({ length: 100 }, () => ({ tool: 'ping', params: {} }));
  const batch = await engineer.post('/v1/jobs:batch', { mode: 'all_or_nothing', jobs });
  expect(batch.status, JSON.stringify(batch.body).slice(0, 300)).toBe(202);
  const items = batch.body['items'] as { created: { job_id: string } }[];
  const last = await endedJob(items.at(-1)?.created.job_id ?? '');
  expect(last['status']).toBe('completed');
  await until('the queue is empty', async () => {
    const queues = (await engineer.get('/api/queue')).body['queues'] as { queue: string; waiting: number }[];
    return queues.find(({ queue }) => queue === 'general-tools')?.waiting === 0;
  });
}, 60_000);

async function setDue(scheduleId: string): Promise<void> {
  const database = new Database({ connectionString: platform.adminUrl });
  await database.connect();
  await database.query(
    `update orchestrator.schedules set next_due_at = date_trunc('milliseconds', clock_timestamp()) where schedule_id = $1`,
    [scheduleId],
  );
  await database.end();
}

/** Settles with the last of so many firings. */
function firingOf(scheduleId: string, count: number): Promise<Record<string, unknown>> {
  return until('the schedule has fired', async () => {
    const answer = await engineer.get(`/api/schedules/${scheduleId}/firings`);
    const firings = (answer.body['firings'] ?? []) as Record<string, unknown>[];
    return firings.length >= count ? (firings[0] ?? null) : null;
  });
}

async function runsOf(lot: string): Promise<Record<string, unknown>[]> {
  const lists = await Promise.all(
    ['ion', 'rtp'].map(
      async (process) => (await engineer.get(`/api/${process}/runs?limit=100`)).body['runs'],
    ),
  );
  return (lists.flat() as Record<string, unknown>[]).filter((run) => run['lot_id'] === lot);
}
