import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { gasLimits, ionLimits, rtpLimits } from './limits.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample, shortAnneal } from './recipes.ts';
import { addTool, seedFab } from './seed.ts';

let platform: Platform;
let admin: Client;
let engineer: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  admin = await Client.logIn(platform.url, 'admin');
  engineer = await Client.logIn(platform.url, 'engineer');
}, 120_000);
afterAll(() => platform.close());

type FieldFault = { path: string; message: string; value?: unknown; limit?: unknown };

describe('wrong input is refused by field, value and limit', () => {
  test.each([
    [
      'a wrong species',
      { species: 'Xe' },
      { path: 'species', value: 'Xe', limit: { one_of: ['B', 'P', 'As', 'BF2', 'In', 'Sb'] } },
    ],
    ['too much energy', { energy_kev: 500 }, { path: 'energy_kev', value: 500, limit: { maximum: 200 } }],
    [
      'a negative dose',
      { dose_atoms_cm2: -1 },
      { path: 'dose_atoms_cm2', value: -1, limit: { minimum: 1e11 } },
    ],
    ['an unknown field', { colour: 'red' }, { path: 'colour', value: 'red' }],
    ['a number as text', { energy_kev: '40' }, { path: 'energy_kev', value: '40' }],
  ])('%s', async (_name, change, fault) => {
    const answer = await engineer.post('/api/ion/runs', { ...implantExample, ...change });
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ code: 'validation_failed', status: 422, instance: '/api/ion/runs' });
    expect(answer.body['errors'] as FieldFault[]).toContainEqual(expect.objectContaining(fault));
  });

  test('a ramp of 501 °C/s', async () => {
    const segments = [{ target_temp_c: 1000, duration_s: 10, ramp_rate_c_s: 501 }];
    const answer = await engineer.post('/api/rtp/runs', { ...shortAnneal, segments });
    expect(answer.status).toBe(422);
    const faults = answer.body['errors'] as FieldFault[];
    expect(faults[0]).toMatchObject({ path: 'segments.0.ramp_rate_c_s', value: 501 });
    expect(JSON.stringify(faults[0]?.limit)).toMatch(/100|250/);
  });
});

describe('the limits of the product: the limit itself is allowed, just beyond is refused', () => {
  // A tool that does not exist ends the request behind the limits, so that nothing is queued.
  const elsewhere = { equipment_id: 'NONE', wafer_id: 'W1' };
  const expectLimit = async (path: string, address: string, bodies: { on: object; beyond: object }) => {
    const allowed = await engineer.post(address, { ...bodies.on, ...elsewhere });
    expect(allowed.status, JSON.stringify(allowed.body)).toBe(404);
    const refused = await engineer.post(address, { ...bodies.beyond, ...elsewhere });
    expect(refused.status, JSON.stringify(refused.body)).toBe(422);
    const [fault] = refused.body['errors'] as FieldFault[];
    expect(fault).toMatchObject({ path, value: expect.any(Number), limit: expect.any(Object) });
  };

  test.each(ionLimits)('implant: %s %d', async (field, on, beyond) => {
    const bodyOf = (value: number) => ({ ...implantExample, [field]: value });
    await expectLimit(field, '/api/ion/runs', { on: bodyOf(on), beyond: bodyOf(beyond) });
  });

  test.each(rtpLimits)('anneal: %s of %j', async (field, on, beyond) => {
    const bodyOf = (segment: object) => ({
      ...shortAnneal,
      segments: [{ target_temp_c: 1000, duration_s: 20 }, segment],
    });
    await expectLimit(`segments.1.${field}`, '/api/rtp/runs', { on: bodyOf(on), beyond: bodyOf(beyond) });
  });

  test.each(gasLimits)('anneal: %s %d', async (field, on, beyond) => {
    const bodyOf = (value: number) => ({ ...shortAnneal, [field]: value });
    await expectLimit(field, '/api/rtp/runs', { on: bodyOf(on), beyond: bodyOf(beyond) });
  });

  test('a SOP may be tighter, is then the limit, and may not be wider', async () => {
    const write = (maximum: number) =>
      engineer.post('/api/sops', {
        process: 'ion',
        title: 'Shallow only',
        hazard_class: 'low',
        limits: { energy_kev: { maximum } },
      });
    const wider = await write(201);
    expect(wider.body).toMatchObject({
      status: 422,
      errors: [{ path: 'limits.energy_kev.maximum', value: 201 }],
    });
    const { sop_id, content_hash } = (await write(30)).body;
    const signature = { meaning: 'Released', content_hash };
    expect((await admin.post(`/api/sops/${String(sop_id)}/approvals`, signature)).status).toBe(201);
    const refused = await engineer.post('/api/ion/runs', { ...implantExample, sop_id });
    expect(refused.body).toMatchObject({
      status: 422,
      code: 'sop_limit_exceeded',
      errors: [{ path: 'energy_kev', value: 40, limit: { maximum: 30 } }],
    });
  });
});

describe('the gates', () => {
  test('an expired calibration is refused with which and since when', async () => {
    await addTool(admin, 'ion', 'IMP-OLD', 3);
    const answer = await engineer.post('/api/ion/runs', { ...implantExample, equipment_id: 'IMP-OLD' });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'calibration_expired',
      detail: expect.stringContaining('IMP-OLD'),
    });
    expect(answer.body['detail']).toMatch(/expired at \d{4}-\d\d-\d\dT/);
  });

  test('a missing approval is refused and counts what is missing', async () => {
    const sop = await engineer.post('/api/sops', {
      process: 'ion',
      title: 'Not yet signed',
      hazard_class: 'high',
    });
    const answer = await engineer.post('/api/ion/runs', { ...implantExample, sop_id: sop.body['sop_id'] });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      code: 'sop_approval_missing',
      detail: expect.stringContaining('lacks 2 of 2 approvals'),
    });
  });

  test('nobody approves what they wrote', async () => {
    const sop = await admin.post('/api/sops', { process: 'ion', title: 'Mine', hazard_class: 'low' });
    const { sop_id, content_hash } = sop.body;
    const answer = await admin.post(`/api/sops/${String(sop_id)}/approvals`, {
      meaning: 'Released',
      content_hash,
    });
    expect(answer.status).toBe(403);
  });
});

describe('who may', () => {
  test('a viewer may not start a run', async () => {
    const viewer = await Client.logIn(platform.url, 'viewer');
    const answer = await viewer.post('/api/ion/runs', implantExample);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      code: 'permission_denied',
      detail: expect.stringContaining('ion:create_run'),
    });
  });

  test('nobody without credentials', async () => {
    const answer = await new Client(platform.url, '').get('/api/ion/runs');
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ code: 'unauthenticated' });
  });

  test("an operator may not cancel an engineer's run, and may abort it", async () => {
    const operator = await Client.logIn(platform.url, 'operator');
    const { runId } = await engineer.startRun('ion', { ...implantExample, time_scale: 1 });
    expect((await operator.delete(`/api/ion/runs/${runId}`)).status).toBe(403);
    expect((await operator.post(`/api/ion/runs/${runId}/abort`, {})).status).toBe(202);
    expect(await engineer.waitForRun('ion', runId)).toMatchObject({ status: 'cancelled' });
  });
});

test('the same idempotency key gives one run; with another body it is refused', async () => {
  const key = { 'idempotency-key': 'once-only' };
  const body = { ...implantExample, time_scale: 0 };
  const answers = await Promise.all([1, 2, 3].map(() => engineer.post('/api/ion/runs', body, key)));
  const runIds = new Set(
    answers.filter((answer) => answer.status === 202).map((answer) => answer.body['run_id']),
  );
  expect(runIds.size).toBe(1);
  const other = await engineer.post('/api/ion/runs', { ...body, energy_kev: 41 }, key);
  expect(other.status).toBe(422);
  expect(other.body).toMatchObject({ code: 'idempotency_mismatch' });
});
