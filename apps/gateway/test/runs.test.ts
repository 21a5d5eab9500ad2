import { problemSchema, refuse, type RunOutcome } from '@spectra/schemas';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

const implant = {
  species: 'P',
  energy_kev: 40.0,
  dose_atoms_cm2: 1e15,
  tilt_deg: 7.0,
  twist_deg: 0.0,
  beam_current_ma: 5.0,
  scan_speed_mm_s: 50.0,
  wafer_diameter_mm: 300,
  wafer_id: 'W12345',
  lot_id: 'LOT-001',
  comments: 'Test run',
};
const anneal = {
  segments: [
    { target_temp_c: 800, duration_s: 5, ramp_rate_c_s: 50 },
    { target_temp_c: 1000, duration_s: 30 },
  ],
  initial_temp_c: 25.0,
  n2_flow_slm: 10.0,
  o2_flow_slm: 0.0,
  controller_type: 'pid',
  wafer_id: 'W12345',
};

let fixture: GatewayFixture;
let engineer: string;
let operator: string;
let viewer: string;

beforeAll(async () => {
  fixture = await gatewayFixture();
  engineer = (await fixture.signIn(fixture.own, 'engineer')).access;
  operator = (await fixture.signIn(fixture.own, 'operator')).access;
  viewer = (await fixture.signIn(fixture.own, 'viewer')).access;
});
afterAll(() => fixture.close());
beforeEach(() => {
  fixture.services.heard.length = 0;
});

const post = (url: string, payload: unknown, token = engineer, headers: Record<string, string> = {}) =>
  fixture.app.inject({
    method: 'POST',
    url,
    headers: { ...bearer(token), 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(payload),
  });
const get = (url: string, token = engineer) => fixture.app.inject({ url, headers: bearer(token) });
const heard = (verb: string) => fixture.services.heard.filter((entry) => entry.verb === verb);
const ionRun = () => {
  const run = fixture.services.holdings.get(fixture.own.orgId)?.runs[0];
  if (run === undefined) throw new Error('no run');
  return run;
};

describe('creating a run', () => {
  it('takes a named recipe in place of an inline one, and refuses both and neither by field', async () => {
    const recipe_id = '11111111-1111-4111-8111-111111111111';
    const named = { recipe_id, recipe_version: 2, wafer_id: 'W1' };
    expect((await post('/api/ion/runs', named)).statusCode).toBe(202);
    const sent = heard('prepare-run')[0]?.body as { recipe: unknown; options: unknown };
    expect(sent.recipe).toEqual({});
    expect(sent.options).toMatchObject({ recipe_id, recipe_version: 2 });
    const faults = async (body: unknown) => {
      const answer = await post('/api/ion/runs', body);
      expect(answer.statusCode, answer.body).toBe(422);
      return (answer.json().errors as { path: string }[]).map((error) => error.path);
    };
    expect(await faults({ ...implant, recipe_id })).toEqual(['recipe_id']);
    expect(await faults({ wafer_id: 'W1' })).toContain('energy_kev');
    expect(await faults({ ...named, recipe_id: 'mine' })).toEqual(['recipe_id']);
    expect(await faults({ ...named, colour: 'red' })).toEqual(['colour']);
    expect(await faults({ ...implant, energy_kev: 500, colour: 'red' })).toEqual(['energy_kev', 'colour']);
  });

  it('asks the process first, then the orchestrator, in the name of the caller and in one trace', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const answer = await post('/api/ion/runs', implant, operator, {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    });
    expect(answer.statusCode, answer.body).toBe(202);
    expect(answer.json()).toMatchObject({
      run_id: 'ION-20260101-ABCDEF01',
      status: 'queued',
      message: 'The run is queued at position 3.',
      position_in_queue: 3,
      estimated_start: null,
      warnings: [{ code: 'slow_ramp' }],
      links: { stream: '/api/ion/stream/ION-20260101-ABCDEF01' },
    });
    expect(fixture.services.heard.map((entry) => entry.verb)).toEqual(['prepare-run', 'create-run']);
    const caller = { orgId: fixture.own.orgId, userId: fixture.own.userIds.operator, role: 'operator' };
    for (const entry of fixture.services.heard) {
      expect(entry.caller).toEqual(caller);
      expect(entry.traceparent).toContain(traceId);
    }
    const { wafer_id, lot_id, comments, ...recipe } = implant;
    expect(heard('prepare-run')[0]?.body).toEqual({
      recipe,
      options: { wafer_id, lot_id, comments, priority: 0 },
    });
    expect(heard('create-run')[0]?.body).toMatchObject({ process: 'ion', job_type: 'ion_implant' });
  });

  it('works the same way for every process', async () => {
    const answer = await post('/api/rtp/runs', anneal);
    expect(answer.json().run_id).toBe('RTP-20260101-ABCDEF01');
    expect(heard('create-run')[0]?.body).toMatchObject({ process: 'rtp', job_type: 'rtp' });
  });

  it('hands the idempotency key on with a hash that depends on the content alone', async () => {
    const headers = { 'idempotency-key': 'order-4711' };
    await post('/api/ion/runs', implant, engineer, headers);
    const reordered = Object.fromEntries(Object.entries(implant).toReversed());
    await post('/api/ion/runs', reordered, engineer, headers);
    await post('/api/ion/runs', { ...implant, dose_atoms_cm2: 2e15 }, engineer, headers);
    await post('/api/ion/runs', implant);
    const sent = heard('create-run').map(
      ({ body }) => (body as { idempotency?: { key: string; body_hash: string } }).idempotency,
    );
    expect(sent[0]).toEqual({ key: 'order-4711', body_hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]?.body_hash).not.toBe(sent[0]?.body_hash);
    expect(sent[3]).toBeUndefined();
  });

  it.each([
    [
      'a wrong species',
      '/api/ion/runs',
      { ...implant, species: 'Ga' },
      { path: 'species', value: 'Ga', limit: { one_of: ['B', 'P', 'As', 'BF2', 'In', 'Sb'] } },
    ],
    [
      'energy 500',
      '/api/ion/runs',
      { ...implant, energy_kev: 500 },
      { path: 'energy_kev', value: 500, limit: { maximum: 200 } },
    ],
    [
      'dose −1',
      '/api/ion/runs',
      { ...implant, dose_atoms_cm2: -1 },
      { path: 'dose_atoms_cm2', value: -1, limit: { minimum: 1e11 } },
    ],
    ['an unknown field', '/api/ion/runs', { ...implant, colour: 'red' }, { path: 'colour', value: 'red' }],
    [
      'a number as text',
      '/api/ion/runs',
      { ...implant, energy_kev: '40' },
      { path: 'energy_kev', value: '40' },
    ],
    [
      'a ramp of 501 °C/s',
      '/api/rtp/runs',
      { ...anneal, segments: [{ target_temp_c: 1000, duration_s: 5, ramp_rate_c_s: 501 }] },
      { path: 'segments.0.ramp_rate_c_s', value: 501, limit: { maximum: 250 } },
    ],
    [
      'a ramp of 150 °C/s outside a spike',
      '/api/rtp/runs',
      { ...anneal, segments: [{ target_temp_c: 1000, duration_s: 5, ramp_rate_c_s: 150 }] },
      { path: 'segments.0.ramp_rate_c_s', value: 150, limit: { maximum: 100 } },
    ],
  ])('refuses %s with field, value and limit, and asks nobody', async (_name, url, body, expected) => {
    const answer = await post(url, body);
    const problem = problemSchema.parse(answer.json());
    expect([problem.status, problem.code]).toEqual([422, 'validation_failed']);
    const [error] = problem.errors ?? [];
    expect(error).toMatchObject(expected);
    expect(error?.limit).toEqual('limit' in expected ? expected.limit : undefined);
    expect(fixture.services.heard).toEqual([]);
  });

  it('is not for a viewer', async () => {
    const answer = await post('/api/ion/runs', implant, viewer);
    expect(answer.statusCode).toBe(403);
    expect(problemSchema.parse(answer.json()).detail).toBe('Permission denied: ion:create_run');
  });

  it.each([
    ['prepare-run', 'calibration_expired', 409],
    ['prepare-run', 'sop_approval_missing', 409],
    ['prepare-run', 'sop_limit_exceeded', 422],
    ['create-run', 'idempotency_mismatch', 422],
    ['create-run', 'conflict', 409],
  ] as const)('passes a refusal of %s on: %s', async (verb, code, status) => {
    fixture.services.refuseNext(verb, refuse(code, 'the reason', [{ path: 'x', message: 'y', limit: 1 }]));
    const answer = await post('/api/ion/runs', implant);
    expect(problemSchema.parse(answer.json())).toMatchObject({
      status,
      code,
      detail: 'the reason',
      errors: [{ path: 'x', limit: 1 }],
    });
  });
});

describe('a run', () => {
  it('tells its metrics as null until they are known', async () => {
    const answer = await get(`/api/ion/runs/${ionRun().run_id}`, viewer);
    expect(answer.json()).toMatchObject({
      run_id: ionRun().run_id,
      status: 'queued',
      final_dose_atoms_cm2: null,
      dose_error_pct: null,
      vm_prediction: null,
      spc_alerts_count: null,
      logs_uri: null,
    });
  });

  it('spreads the metrics of its outcome', async () => {
    const run = ionRun();
    const outcome: RunOutcome = {
      metrics: { final_dose_atoms_cm2: 1.001e15, dose_error_pct: 0.1, beam_glitches: 2 },
      vm_prediction: { sheet_resistance_ohm_sq: 80 },
      spc_alerts_count: 1,
      spc: [],
      advice: [],
      wafers: [],
    };
    run.outcome = outcome;
    run.status = 'completed';
    expect((await get(`/api/ion/runs/${run.run_id}`)).json()).toMatchObject({
      final_dose_atoms_cm2: 1.001e15,
      dose_error_pct: 0.1,
      beam_glitches: 2,
      vm_prediction: { sheet_resistance_ohm_sq: 80 },
      spc_alerts_count: 1,
    });
    run.outcome = null;
    run.status = 'queued';
  });

  it('tells where its telemetry stands while it has no metrics yet, and answers also while the hub is away', async () => {
    const run = ionRun();
    const url = `/api/ion/runs/${run.run_id}`;
    expect((await get(url)).json().latest_telemetry).toBeNull();
    run.status = 'running';
    expect((await get(url)).json().latest_telemetry).toMatchObject({
      seq: 12,
      age_ms: 40,
      values: { beam_current_ma: 5 },
    });
    fixture.services.refuseNext('latest', refuse('dependency_unavailable', 'away'));
    const alone = await get(url);
    expect([alone.statusCode, alone.json().latest_telemetry]).toEqual([200, null]);
    expect((await get('/api/ion/runs')).json().runs[0]).not.toHaveProperty('latest_telemetry');
    run.status = 'queued';
  });

  it('is listed by limit and offset, with total and has_more', async () => {
    const answer = (await get('/api/ion/runs?limit=1&status=queued')).json();
    expect(answer).toMatchObject({ total: 1, limit: 1, offset: 0, has_more: false });
    expect(answer.runs).toHaveLength(1);
    expect(heard('list-runs')[0]?.body).toEqual({ process: 'ion', status: 'queued', limit: 1, offset: 0 });
  });

  it('of another process or organisation is not found', async () => {
    const stranger = (await fixture.signIn(fixture.other, 'admin')).access;
    expect((await get(`/api/rtp/runs/${ionRun().run_id}`)).statusCode).toBe(404);
    expect((await get(`/api/ion/runs/${ionRun().run_id}`, stranger)).statusCode).toBe(404);
  });

  it('is cancelled by an operator only when it is an own one, and aborted always', async () => {
    const url = `/api/ion/runs/${ionRun().run_id}`;
    const foreign = await fixture.app.inject({ method: 'DELETE', url, headers: bearer(operator) });
    expect(foreign.statusCode).toBe(403);
    ionRun().created_by = fixture.own.userIds.operator;
    const own = await fixture.app.inject({ method: 'DELETE', url, headers: bearer(operator) });
    expect(own.statusCode).toBe(202);
    ionRun().created_by = 'somebody';
    const aborted = await fixture.app.inject({
      method: 'POST',
      url: `${url}/abort`,
      headers: bearer(operator),
    });
    expect(aborted.statusCode).toBe(202);
    expect(heard('cancel').map(({ body }) => (body as { own_only: boolean }).own_only)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('gives the bytes of an artifact with its hash', async () => {
    const run = ionRun();
    await fixture.objectStore.put(
      `org/${fixture.own.orgId}/runs/${run.run_id}/telemetry/telemetry.json`,
      Buffer.from('{"a":1}'),
      { mediaType: 'application/json' },
    );
    const listed = (await get(`/api/runs/${run.run_id}/artifacts`)).json().artifacts[0];
    const bytes = await get(listed.href);
    expect(bytes.body).toBe('{"a":1}');
    expect(bytes.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '7',
      etag: `"${listed.sha256}"`,
    });
  });
});

describe('a job', () => {
  it('is listed by pages', async () => {
    const answer = (await get('/api/jobs?page=2&page_size=1&job_type=rtp')).json();
    expect(answer).toMatchObject({ total: 2, page: 2, page_size: 1, has_more: false });
    expect(heard('list-jobs')[0]?.body).toMatchObject({ job_type: 'rtp', limit: 1, offset: 1 });
  });

  it('that is held waits for a decision with a reason', async () => {
    const url = `/api/jobs/${ionRun().job_id}/resolve`;
    expect((await post(url, { decision: 'scrap', comment: 'no' })).statusCode).toBe(422);
    expect((await post(url, { decision: 'scrap', comment: 'too hot' })).statusCode).toBe(200);
  });
});

describe('a list over several processes', () => {
  it('goes on from one process to the next without hole or double', async () => {
    const ids: string[] = [];
    for (const offset of [0, 1, 2]) {
      const answer = (await get(`/api/equipment?limit=1&offset=${offset}`)).json();
      expect(answer).toMatchObject({ total: 2, has_more: offset === 0 });
      ids.push(...answer.equipment.map((tool: { equipment_id: string }) => tool.equipment_id));
    }
    expect(ids).toEqual(['IMP-01', 'RTP-01']);
  });

  it('is refused rather than told short when one process is away', async () => {
    fixture.services.refuseNext('list-sops', refuse('dependency_unavailable', 'away'));
    expect((await get('/api/sops')).statusCode).toBe(503);
  });
});

describe('a signature', () => {
  it('carries the time of the sign-in, which a program does not have', async () => {
    const sop = fixture.services.holdings.get(fixture.own.orgId)?.sops[0];
    const body = { meaning: 'Reviewed', content_hash: 'a'.repeat(64) };
    expect((await post(`/api/sops/${sop?.sop_id}/approvals`, body)).statusCode).toBe(201);
    const sent = heard('approve-sop')[0]?.body as { authenticated_at: string };
    expect(Math.abs(Date.now() - Date.parse(sent.authenticated_at))).toBeLessThan(60_000);
    const admin = (await fixture.signIn(fixture.own, 'admin')).access;
    const key = await post(
      '/api/auth/api-keys',
      { name: 'robot', role: 'engineer', scopes: ['sop:approve'] },
      admin,
    );
    const byKey = await post(`/api/sops/${sop?.sop_id}/approvals`, body, key.json().api_key);
    expect([byKey.statusCode, byKey.json().code]).toEqual([403, 'fresh_login_required']);
  });
});

describe('health', () => {
  it('tells what is there and what is away, and stays below unhealthy while the gateway works', async () => {
    const answer = (await fixture.app.inject('/health')).json();
    expect(answer.status).toBe('degraded');
    expect(answer.dependencies).toMatchObject({
      postgres: { status: 'healthy' },
      nats: { status: 'healthy' },
      jobs: { status: 'healthy' },
      ion: { status: 'degraded' },
    });
    expect((await fixture.app.inject('/health/ready')).statusCode).toBe(200);
    expect((await fixture.app.inject('/health/live')).statusCode).toBe(200);
  });

  it('keeps metrics for those who may see them', async () => {
    expect((await fixture.app.inject('/metrics')).statusCode).toBe(401);
    const admin = (await fixture.signIn(fixture.own, 'admin')).access;
    const answer = await get('/metrics', admin);
    expect(answer.headers['content-type']).toContain('text/plain');
    expect(answer.body).toContain('http_request_duration_seconds_bucket');
  });

  it('tells a client where to begin', async () => {
    const answer = (await fixture.app.inject('/api/info')).json();
    expect(answer).toMatchObject({ name: 'SPECTRA', routes: fixture.routes.length });
    expect(answer.processes.map((door: { process: string }) => door.process)).toEqual(['ion', 'rtp']);
  });
});

describe('the document', () => {
  it('has every route of the table', async () => {
    const document = (await fixture.app.inject('/openapi.json')).json();
    const told = Object.entries(document.paths).flatMap(([url, operations]) =>
      Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${url}`),
    );
    const wanted = fixture.routes.map(
      (route) => `${route.method} ${route.url.replace('*', '{*}').replace(/(?<=\/):(\w+)/g, '{$1}')}`,
    );
    expect(told.toSorted()).toEqual(wanted.toSorted());
  });
});

describe('a calculator', () => {
  const bodies = {
    '/api/ion/simulate/dose_profile': { species: 'B', energy_kev: 20, dose_atoms_cm2: 5e14 },
    '/api/rtp/simulate/anneal': {
      implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
      thermal: { temp_c: 1000, time_s: 30 },
    },
  };

  it.each(Object.entries(bodies))('%s answers numbers, or a picture with format=svg', async (url, body) => {
    const picture = await post(`${url}?format=svg`, body);
    expect(picture.statusCode).toBe(200);
    expect(picture.headers['content-type']).toMatch(/^image\/svg\+xml/);
    expect(picture.body).toMatch(/^<svg>(ion|rtp)<\/svg>$/);
    for (const asked of [url, `${url}?format=json`]) {
      const numbers = await post(asked, body);
      expect(numbers.statusCode).toBe(200);
      expect(numbers.headers['content-type']).toMatch(/^application\/json/);
    }
  });

  it.each(Object.entries(bodies))('%s answers 400 for a format that it does not know', async (url, body) => {
    const answer = problemSchema.parse((await post(`${url}?format=png`, body)).json());
    expect(answer).toMatchObject({ status: 400, code: 'invalid_query' });
    expect(answer.errors?.[0]?.path).toContain('format');
    expect(heard('dose-profile-chart')).toEqual([]);
    expect(heard('anneal-chart')).toEqual([]);
  });

  it('asks the permission for the picture too', async () => {
    const answer = await post(
      '/api/ion/simulate/dose_profile?format=svg',
      bodies['/api/ion/simulate/dose_profile'],
      viewer,
    );
    expect(answer.statusCode).toBe(403);
  });
});
