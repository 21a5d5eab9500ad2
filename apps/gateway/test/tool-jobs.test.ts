import { problemSchema, type Role } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await gatewayFixture();
});
afterAll(() => fixture.close());

async function post(role: Role, payload: Record<string, unknown>, headers: Record<string, string> = {}) {
  const { access } = await fixture.signIn(fixture.own, role);
  return fixture.app.inject({
    method: 'POST',
    url: '/v1/jobs',
    headers: { ...bearer(access), ...headers },
    payload,
  });
}

const heard = (verb: string) => fixture.services.heard.filter((one) => one.verb === verb);

describe('POST /v1/jobs', () => {
  it('answers an immediate tool with 200 and hands its ending on to be recorded', async () => {
    const answer = await post('engineer', { tool: 'ping', params: { message: 'hello' } });
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { status: 'completed' }]);
    expect(answer.json().job.result).toBe('pong');
    expect(heard('create-tool-job').at(-1)?.body).toMatchObject({
      tool: 'ping',
      ttl_hours: 24,
      priority: 0,
      ended: { ending: { kind: 'answered' } },
    });
  });

  it('makes a job, 202, of an immediate tool that takes too long', async () => {
    const answer = await post('engineer', { tool: 'ping', params: { message: 'slow' } });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      202,
      { status: 'pending', position_in_queue: 1 },
    ]);
    expect(heard('create-tool-job').at(-1)?.body).not.toHaveProperty('ended');
  });

  it('makes a job of an immediate tool that nobody is there to answer', async () => {
    const params = { species: 'B', energy_kev: 20, dose_atoms_cm2: 1e14 };
    expect((await post('engineer', { tool: 'ion.range', params })).statusCode).toBe(202);
  });

  it('queues a tool that is not immediate without asking whoever does it', async () => {
    const asked = heard('run-tool').length;
    const params = { species: 'B', energy_kev: 20 };
    const answer = await post('engineer', { tool: 'ion.monte_carlo', params, priority: 10, ttl_hours: 168 });
    expect(answer.statusCode).toBe(202);
    expect(heard('run-tool').length).toBe(asked);
    expect(heard('create-tool-job').at(-1)?.body).toMatchObject({
      priority: 10,
      ttl_hours: 168,
      params: { ions: 20_000, seed: 1, tilt_deg: 7 },
    });
  });

  it('refuses bad input with 400, field, value and limit, also where other routes say 422', async () => {
    const answer = await post('engineer', { tool: 'ping', params: {}, ttl_hours: 169 });
    expect(answer.statusCode).toBe(400);
    expect(problemSchema.parse(answer.json())).toMatchObject({
      code: 'invalid_parameters',
      errors: [{ path: 'ttl_hours', value: 169, limit: { maximum: 168 } }],
    });
  });

  it('asks for the permission of the very tool', async () => {
    const params = { controller_type: 'pid', model: { gain: 1, time_constant_s: 1, dead_time_s: 1 } };
    const answer = await post('viewer', { tool: 'rtp.tune', params });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      403,
      { detail: 'Permission denied: rtp:tune_controller' },
    ]);
  });

  it('names the key and the body of a repeatable request', async () => {
    await post('engineer', { tool: 'ping', params: {} }, { 'idempotency-key': 'k' });
    const first = heard('create-tool-job').at(-1)?.body as {
      idempotency: { key: string; body_hash: string };
    };
    await post('engineer', { tool: 'ping', params: {}, priority: 1 }, { 'idempotency-key': 'k' });
    const second = heard('create-tool-job').at(-1)?.body as typeof first;
    expect(first.idempotency.key).toBe('k');
    expect(second.idempotency.body_hash).not.toBe(first.idempotency.body_hash);
  });
});

describe('GET /v1/jobs', () => {
  it('asks for every status from inside that the filter means', async () => {
    const { access } = await fixture.signIn(fixture.own, 'viewer');
    const headers = bearer(access);
    const answer = await fixture.app.inject({ url: '/v1/jobs?status=running&limit=100', headers });
    expect(answer.statusCode).toBe(200);
    expect(heard('list-tool-jobs').at(-1)?.body).toMatchObject({
      statuses: ['running', 'retrying'],
      limit: 100,
    });
    const beyond = await fixture.app.inject({ url: '/v1/jobs?limit=101', headers });
    expect([beyond.statusCode, beyond.json().code]).toEqual([400, 'invalid_query']);
  });
});

describe('DELETE /v1/jobs/{id}', () => {
  it('asks to cancel a job of a tool and nothing else, in one question', async () => {
    const made = await post('engineer', { tool: 'ping', params: { message: 'slow' } });
    const { access } = await fixture.signIn(fixture.own, 'engineer');
    const asked = fixture.services.heard.length;
    const url = `/v1/jobs/${String(made.json().job_id)}`;
    await fixture.app.inject({ method: 'DELETE', url, headers: bearer(access) });
    expect(fixture.services.heard.slice(asked).map(({ verb }) => verb)).toContain('cancel');
    expect(heard('cancel').at(-1)?.body).toMatchObject({ tool_only: true });
  });
});
