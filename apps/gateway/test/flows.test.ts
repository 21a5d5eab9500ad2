import { identityRpc, problemSchema, type Role } from '@spectra/schemas';
import { connectMessaging, type Messaging } from '@spectra/messaging';
import { silentLogger } from '@spectra/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let orchestrator: Messaging;

beforeAll(async () => {
  fixture = await gatewayFixture();
  orchestrator = await connectMessaging({
    url: fixture.natsUrl,
    name: 'orchestrator',
    logger: silentLogger(),
  });
});
afterAll(async () => {
  await orchestrator.close();
  await fixture.close();
});

async function call(role: Role, method: 'POST' | 'GET' | 'PATCH' | 'DELETE', url: string, payload?: object) {
  const { access } = await fixture.signIn(fixture.own, role);
  return fixture.app.inject({
    method,
    url,
    headers: bearer(access),
    ...(payload === undefined ? {} : { payload }),
  });
}
const heard = (verb: string) => fixture.services.heard.filter((one) => one.verb === verb);
const ownId = () => fixture.services.holdings.get(fixture.own.orgId)?.deadLetterId ?? '';

const runBody = {
  species: 'P',
  energy_kev: 40,
  dose_atoms_cm2: '{{dose}}',
  beam_current_ma: 5,
  scan_speed_mm_s: 50,
  wafer_id: 'W1',
};
const dose = { type: 'number', minimum: 1e14, maximum: 2e15, default: 1e15 };
const template = (body: object, parameters: object) => ({
  name: 'T',
  request: { kind: 'run', process: 'ion', body },
  parameters,
});

describe('POST /api/templates', () => {
  it('keeps a request with typed placeholders', async () => {
    const answer = await call('engineer', 'POST', '/api/templates', template(runBody, { dose }));
    expect(answer.statusCode, answer.body).toBe(201);
    expect(heard('create-template').at(-1)?.body).toMatchObject({ parameters: { dose } });
  });

  it('names placeholders that are not declared and parameters that nothing uses', async () => {
    const unused = { type: 'boolean' };
    const answer = await call('engineer', 'POST', '/api/templates', template(runBody, { unused }));
    expect(answer.statusCode).toBe(422);
    expect(problemSchema.parse(answer.json()).errors).toMatchObject([
      { path: 'request.body.dose_atoms_cm2', value: 'dose' },
      { path: 'parameters.unused' },
    ]);
  });

  it('parses the request with the defaults as its own route would', async () => {
    const hot = template({ ...runBody, energy_kev: 500 }, { dose });
    const answer = await call('engineer', 'POST', '/api/templates', hot);
    expect(answer.json()).toMatchObject({
      status: 422,
      errors: [{ path: 'request.body.energy_kev', value: 500, limit: { maximum: 200 } }],
    });
  });
});

describe('POST /api/templates/{id}/instantiate', () => {
  const use = (role: Role, parameters: object) =>
    call(role, 'POST', `/api/templates/${ownId()}/instantiate`, { parameters });

  it('fills the template and queues what it describes', async () => {
    const answer = await use('viewer', { wafer: 'W2' });
    expect(answer.statusCode, answer.body).toBe(202);
    expect(answer.json()).toMatchObject({ version: 2, run_id: null, status: 'queued' });
    expect(heard('create-tool-job').at(-1)?.body).toMatchObject({ tool: 'ping', params: { message: 'W2' } });
  });

  it('refuses what is missing, unknown or none of its values by name', async () => {
    const missing = await use('engineer', {});
    expect(missing.json()).toMatchObject({ status: 422, errors: [{ path: 'parameters.wafer' }] });
    const wrong = await use('engineer', { wafer: 'W3', tilt: 7 });
    expect(problemSchema.parse(wrong.json()).errors).toMatchObject([
      { path: 'parameters.tilt', value: 7 },
      { path: 'parameters.wafer', value: 'W3', limit: { one_of: ['W1', 'W2'] } },
    ]);
  });
});

describe('POST /api/schedules', () => {
  const schedule = (request: object) => ({
    name: 'S',
    cron: '0 6 * * 1-5',
    time_zone: 'Europe/Berlin',
    request,
  });
  const run = { kind: 'run', process: 'ion', body: { ...runBody, dose_atoms_cm2: 1e15 } };

  it('keeps the parsed request and the permission that it needs', async () => {
    const answer = await call('engineer', 'POST', '/api/schedules', schedule(run));
    expect(answer.statusCode, answer.body).toBe(201);
    expect(heard('create-schedule').at(-1)?.body).toMatchObject({
      missed: 'skip',
      work: {
        kind: 'run',
        job_type: 'ion_implant',
        permission: 'ion:create_run',
        recipe: { tilt_deg: 7 },
        options: { wafer_id: 'W1' },
      },
    });
  });

  it('fills a template now', async () => {
    const request = { kind: 'template', template_id: ownId(), parameters: { wafer: 'W1' } };
    const answer = await call('engineer', 'POST', '/api/schedules', schedule(request));
    expect(answer.statusCode, answer.body).toBe(201);
    expect(heard('create-schedule').at(-1)?.body).toMatchObject({
      work: { kind: 'job', order: { tool: 'ping', params: { message: 'W1' } } },
    });
  });

  it('refuses a faulty request at its place, and an unknown process with those that there are', async () => {
    const hot = await call(
      'engineer',
      'POST',
      '/api/schedules',
      schedule({ ...run, body: { ...run.body, energy_kev: 500 } }),
    );
    expect(hot.json()).toMatchObject({
      errors: [{ path: 'request.body.energy_kev', limit: { maximum: 200 } }],
    });
    const etch = await call('engineer', 'POST', '/api/schedules', schedule({ ...run, process: 'etch' }));
    expect(etch.json()).toMatchObject({
      errors: [{ path: 'request.process', limit: { one_of: ['ion', 'rtp'] } }],
    });
  });

  it('refuses a tool that reads a run which the caller cannot see', async () => {
    const params = { run_id: 'ION-20260101-FFFFFFFF' };
    const request = { kind: 'job', body: { tool: 'run.export', params } };
    const answer = await call('engineer', 'POST', '/api/schedules', schedule(request));
    expect(answer.statusCode, answer.body).toBe(404);
  });

  it('refuses a request that waits for others', async () => {
    const request = { ...run, body: { ...run.body, depends_on: ['ION-20260101-0A1B2C3D'] } };
    const answer = await call('engineer', 'POST', '/api/schedules', schedule(request));
    expect(answer.json()).toMatchObject({ status: 422, errors: [{ path: 'request.body.depends_on' }] });
  });

  it('is for those who may manage schedules', async () => {
    const answer = await call('operator', 'POST', '/api/schedules', schedule(run));
    expect(answer.json()).toMatchObject({ status: 403, detail: 'Permission denied: schedule:manage' });
  });
});

describe('the standing of somebody in whose name work goes on', () => {
  const standing = async (user_id: string, org_id = fixture.own.orgId) => {
    const answer = await orchestrator.call('gateway', identityRpc.callerStanding, {
      body: { org_id, user_id },
    });
    return answer.ok ? answer.value.caller : answer.refusal;
  };

  it('is their role now; nobody of another organisation, nobody unknown, nobody disabled', async () => {
    const { engineer, viewer } = fixture.own.userIds;
    expect(await standing(engineer)).toEqual({
      orgId: fixture.own.orgId,
      userId: engineer,
      role: 'engineer',
    });
    expect(await standing(engineer, fixture.other.orgId)).toBeNull();
    expect(await standing("' or true")).toBeNull();
    expect((await call('admin', 'PATCH', `/api/auth/users/${viewer}`, { disabled: true })).statusCode).toBe(
      200,
    );
    expect(await standing(viewer)).toBeNull();
    await call('admin', 'PATCH', `/api/auth/users/${viewer}`, { disabled: false });
  });

  it('of an API key is its role within its scopes, until it is revoked', async () => {
    const made = await call('admin', 'POST', '/api/auth/api-keys', {
      name: 'night shift',
      role: 'operator',
      scopes: ['ion:create_run'],
    });
    const id = made.json().api_key_id;
    expect(await standing(`key:${id}`)).toMatchObject({ role: 'operator', scopes: ['ion:create_run'] });
    await call('admin', 'DELETE', `/api/auth/api-keys/${id}`);
    expect(await standing(`key:${id}`)).toBeNull();
  });
});
