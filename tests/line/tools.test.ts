import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client as Database } from 'pg';
import { Client, type Answer } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { theirEngineer } from './their-engineer.ts';
import { until } from './until.ts';

let platform: Platform;
let engineer: Client;
let viewer: Client;
let theirs: Client;

beforeAll(async () => {
  platform = await startPlatform();
  engineer = await Client.logIn(platform.url, 'engineer');
  viewer = await Client.logIn(platform.url, 'viewer');
  theirs = await theirEngineer(platform);
}, 120_000);
afterAll(() => platform.close());

async function inDatabase(text: string, values: readonly string[]): Promise<void> {
  const database = new Database({ connectionString: platform.adminUrl });
  await database.connect();
  await database.query(text, [...values]);
  await database.end();
}

/** B 30 keV at 7° in amorphous silicon, a row of the range reference. */
const boron = {
  species: 'B',
  energy_kev: 30,
  tilt_deg: 7,
  ions: 20_000,
  target: { crystalline: false },
};

function referenceRow(begin: string): string {
  const file = new URL('../../packages/domain/ion-physics/test/data/bca_reference.csv', import.meta.url);
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .find((line) => line.startsWith(begin)) ?? ''
  );
}

const start = (client: Client, tool: string, params: unknown, rest: Record<string, unknown> = {}) =>
  client.post('/v1/jobs', { tool, params, ...rest });

async function job(client: Client, id: unknown): Promise<Answer['body']> {
  const answer = await client.get(`/v1/jobs/${String(id)}`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const ended = (client: Client, id: unknown) =>
  until(
    'the job has ended',
    async () => {
      const body = await job(client, id);
      return ['completed', 'failed', 'cancelled'].includes(String(body['status'])) ? body : null;
    },
    90_000,
  );

describe('immediate tools', () => {
  test('ping answers at once and leaves a completed job', async () => {
    const answer = await start(engineer, 'ping', { message: 'hello' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'completed',
        job: { tool: 'ping', progress: 1, result: { pong: true, message: 'hello' } },
      },
    });
    expect(await job(engineer, answer.body['job_id'])).toMatchObject({ status: 'completed', error: null });
    const task = await engineer.get(`/tasks/${String(answer.body['job_id'])}`);
    expect(task.body).toMatchObject({ status: 'COMPLETED', progress: 1 });
  });

  test.each([
    ['ion.range', { species: 'B', energy_kev: 20, dose_atoms_cm2: 5e14 }, 'moments'],
    ['ion.dose_profile', { species: 'B', energy_kev: 20, dose_atoms_cm2: 5e14 }, 'profile_1d'],
    [
      'rtp.anneal',
      {
        implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
        thermal: { temp_c: 1000, time_s: 30 },
      },
      'junction_depth_um',
    ],
    [
      'rtp.tune',
      { controller_type: 'pid', model: { gain: 10, time_constant_s: 5, dead_time_s: 0.5 } },
      'parameters',
    ],
    ['spc.check', { chart: 'i_mr', data: [10.1, 9.9, 10, 10.2, 9.8, 10.1, 10, 18] }, 'series'],
  ])('%s gives what its schema promises', async (tool, params, field) => {
    const answer = await start(engineer, tool, params);
    expect([200, 202], JSON.stringify(answer.body)).toContain(answer.status);
    const done = await ended(engineer, answer.body['job_id']);
    expect(done, JSON.stringify(done['error'])).toMatchObject({ status: 'completed' });
    expect(done['result']).toHaveProperty(field);
  });

  test('spc.check finds the point beyond its limits', async () => {
    const data = [10.1, 9.9, 10, 10.2, 9.8, 10.1, 10, 9.9, 10.1, 10, 18];
    const answer = await start(engineer, 'spc.check', { chart: 'i_mr', data });
    const result = (answer.body['job'] as Answer['body'])['result'] as {
      in_control: boolean;
      series: { points: { rules: number[] }[] }[];
    };
    expect(result.in_control).toBe(false);
    expect(result.series[0]?.points.at(-1)?.rules).toContain(1);
  });

  test('one that nobody answers at once becomes a job and is done when somebody is back', async () => {
    await platform.kill('rtp-service');
    const answer = await start(engineer, 'rtp.anneal', {
      implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
      thermal: { temp_c: 1000, time_s: 30 },
    });
    expect(answer).toMatchObject({ status: 202, body: { status: 'pending', position_in_queue: 1 } });
    await platform.start('rtp-service');
    expect(await ended(engineer, answer.body['job_id'])).toMatchObject({ status: 'completed' });
  });
});

describe('a Monte Carlo', () => {
  test('is queued, shows its progress, and meets the range reference within 2 %', async () => {
    const answer = await start(engineer, 'ion.monte_carlo', boron);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ status: 'pending', position_in_queue: 1 });
    expect(answer.body['estimated_duration']).toBeGreaterThan(0);
    const seen: number[] = [];
    const done = await until(
      'the Monte Carlo has ended',
      async () => {
        const body = await job(engineer, answer.body['job_id']);
        seen.push(Number(body['progress']));
        return ['completed', 'failed'].includes(String(body['status'])) ? body : null;
      },
      90_000,
    );
    expect(done, JSON.stringify(done['error'])).toMatchObject({ status: 'completed', progress: 1 });
    expect(seen.some((share) => share > 0 && share < 1)).toBe(true);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    const result = done['result'] as { ions: number; moments: { projected_range_nm: number } };
    expect(result.ions).toBe(20_000);
    const reference = Number(referenceRow('B,30,7,').split(',')[3]);
    expect(Math.abs(result.moments.projected_range_nm / reference - 1)).toBeLessThan(0.02);
    const alone = await engineer.get(`/v1/jobs/${String(answer.body['job_id'])}/result`);
    expect(alone.body).toEqual(result);
  });

  test('at 20 keV agrees with the fast profile within 2 %', async () => {
    const params = { ...boron, energy_kev: 20 };
    const slow = await ended(engineer, (await start(engineer, 'ion.monte_carlo', params)).body['job_id']);
    const { ions: _ions, ...implant } = params;
    const fast = await start(engineer, 'ion.range', { ...implant, dose_atoms_cm2: 1e14 });
    const rangeOf = (body: unknown) =>
      (body as { result: { moments: { projected_range_nm: number } } }).result.moments.projected_range_nm;
    expect(Math.abs(rangeOf(slow) / rangeOf(fast.body['job']) - 1)).toBeLessThan(0.02);
  });

  test('stops soon after its cancel, and stays on record', async () => {
    const answer = await start(engineer, 'ion.monte_carlo', { ...boron, ions: 1_000_000 });
    const id = String(answer.body['job_id']);
    await until('it runs', async () => (await job(engineer, id))['status'] === 'running');
    const askedMs = performance.now();
    expect((await engineer.delete(`/v1/jobs/${id}`)).status).toBe(202);
    expect(await ended(engineer, id)).toMatchObject({ status: 'cancelled', result: null });
    expect(performance.now() - askedMs).toBeLessThan(2_000);
    expect((await engineer.delete(`/v1/jobs/${id}`)).status).toBe(409);
    expect((await engineer.get(`/tasks/${id}`)).body).toMatchObject({ status: 'REVOKED' });
  });

  test('goes on elsewhere when its worker dies', async () => {
    const answer = await start(engineer, 'ion.monte_carlo', { ...boron, ions: 60_000 });
    const id = String(answer.body['job_id']);
    await until('it has got somewhere', async () => Number((await job(engineer, id))['progress']) > 0);
    await platform.kill('ion-service');
    await platform.start('ion-service');
    const done = await ended(engineer, id);
    expect(done, JSON.stringify(done['error'])).toMatchObject({ status: 'completed', attempt: 2 });
  });

  test('too large for its record lies in the object store, and is read by the same address', async () => {
    const params = { ...boron, ions: 60_000, depth_bins: 1000, lateral_bins: 400 };
    const answer = await start(engineer, 'ion.monte_carlo', params);
    const done = await ended(engineer, answer.body['job_id']);
    expect(done['status'], JSON.stringify(done['error'])).toBe('completed');
    expect(done['result'] === null).toBe(true);
    const [file] = done['artifacts'] as { size_bytes: number; href: string }[];
    expect(file?.size_bytes).toBeGreaterThan(1_000_000);
    const result = (await engineer.get(String(file?.href))).body as unknown as {
      profile_2d: { shares: number[] };
    };
    expect(result.profile_2d.shares).toHaveLength(400_000);
  });
});

describe('what is refused', () => {
  test.each([
    [
      'an energy beyond its limit',
      { energy_kev: 500 },
      { path: 'params.energy_kev', value: 500, limit: { maximum: 200 } },
    ],
    ['an unknown field', { colour: 'red' }, { path: 'params.colour', value: 'red' }],
    ['too few ions', { ions: 999 }, { path: 'params.ions', value: 999, limit: { minimum: 1000 } }],
  ])('%s: 400 with field, value and limit', async (_name, change, fault) => {
    const answer = await start(engineer, 'ion.monte_carlo', { ...boron, ...change });
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_parameters' } });
    expect(answer.body['errors']).toContainEqual(expect.objectContaining(fault));
  });

  test('an unknown tool, and lives and priorities beyond their limits', async () => {
    const unknown = await start(engineer, 'ion.teleport', {});
    expect(unknown).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'tool', value: 'ion.teleport' }] },
    });
    for (const rest of [{ ttl_hours: 169 }, { ttl_hours: 0 }, { priority: 11 }]) {
      expect((await start(engineer, 'ping', {}, rest)).status).toBe(400);
    }
  });

  test('what the tool itself finds wrong', async () => {
    const answer = await start(engineer, 'spc.check', { chart: 'xbar_r', data: [1, 2, 3] });
    expect(answer.status, JSON.stringify(answer.body)).toBe(400);
  });

  test('a tool without its permission: 403', async () => {
    const answer = await start(viewer, 'ion.monte_carlo', boron);
    expect(answer).toMatchObject({ status: 403, body: { detail: 'Permission denied: ion:simulate' } });
    expect((await start(viewer, 'ping', {})).status).toBe(200);
  });

  test("another organisation's job: 404, by every address", async () => {
    const id = String((await start(engineer, 'ping', {})).body['job_id']);
    for (const path of [`/v1/jobs/${id}`, `/v1/jobs/${id}/result`, `/tasks/${id}`]) {
      expect((await theirs.get(path)).status).toBe(404);
    }
    expect((await theirs.delete(`/v1/jobs/${id}`)).status).toBe(404);
    expect((await theirs.get('/v1/jobs')).body).toMatchObject({ jobs: [], total: 0 });
  });
});

test('a repeated request under its key is the same job; the list knows pages and states', async () => {
  const key = { 'idempotency-key': 'ping-once' };
  const body = { tool: 'ping', params: {} };
  const first = await engineer.post('/v1/jobs', body, key);
  const second = await engineer.post('/v1/jobs', body, key);
  expect(second.body).toEqual(first.body);
  expect((await engineer.post('/v1/jobs', { ...body, priority: 1 }, key)).status).toBe(422);
  const page = await engineer.get('/v1/jobs?status=completed&limit=1&offset=1');
  expect(page.body).toMatchObject({ limit: 1, offset: 1, has_more: true });
  expect((page.body['jobs'] as unknown[]).length).toBe(1);
  expect((await engineer.get('/v1/jobs?limit=101')).status).toBe(400);
});

test('past its time a job is not found any more', async () => {
  const id = String((await start(engineer, 'ping', {}, { ttl_hours: 1 })).body['job_id']);
  const { expires_at, created_at } = await job(engineer, id);
  expect(Date.parse(String(expires_at)) - Date.parse(String(created_at))).toBe(3_600_000);
  await inDatabase(`update orchestrator.jobs set expires_at = now() - interval '1 s' where job_id = $1`, [
    id,
  ]);
  expect((await engineer.get(`/v1/jobs/${id}`)).status).toBe(404);
  expect((await engineer.delete(`/v1/jobs/${id}`)).status).toBe(404);
});
