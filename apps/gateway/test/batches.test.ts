import { problemSchema, refuse, type Role } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await gatewayFixture();
});
afterAll(() => fixture.close());

async function post(role: Role, url: string, payload: Record<string, unknown>) {
  const { access } = await fixture.signIn(fixture.own, role);
  return fixture.app.inject({ method: 'POST', url, headers: bearer(access), payload });
}
const heard = (verb: string) => fixture.services.heard.filter((one) => one.verb === verb);

const implant = {
  species: 'P',
  energy_kev: 40,
  dose_atoms_cm2: 1e15,
  beam_current_ma: 5,
  scan_speed_mm_s: 50,
};
const run = (wafer_id: string, rest: Record<string, unknown> = {}) => ({ ...implant, wafer_id, ...rest });
const tune = { controller_type: 'pid', model: { gain: 1, time_constant_s: 1, dead_time_s: 0.5 } };

describe('POST /api/ion/runs:batch', () => {
  it('asks the gates for each run and creates all of them at once', async () => {
    const runs = [run('W1', { key: 'first' }), run('W2', { depends_on: ['first'] })];
    const answer = await post('engineer', '/api/ion/runs:batch', { runs });
    expect(answer.statusCode, answer.body).toBe(202);
    expect(answer.json()).toMatchObject({
      created: 2,
      refused: 0,
      items: [{ index: 0, key: 'first', created: { links: { stream: expect.any(String) } } }, { index: 1 }],
    });
    expect(heard('create-runs').at(-1)?.body).toMatchObject({
      mode: 'all_or_nothing',
      items: [{ key: 'first' }, { key: null, item: { wanted: { options: { depends_on: ['first'] } } } }],
    });
  });

  it('with all or nothing, refuses every fault at its place before any gate is asked', async () => {
    const asked = heard('prepare-run').length;
    const runs = [run('W1'), run('W2', { energy_kev: 500 })];
    const answer = await post('engineer', '/api/ion/runs:batch', { mode: 'all_or_nothing', runs });
    expect(answer.statusCode).toBe(422);
    expect(problemSchema.parse(answer.json()).errors).toMatchObject([
      { path: 'runs.1.energy_kev', value: 500, limit: { maximum: 200 } },
    ]);
    expect(heard('prepare-run').length).toBe(asked);
  });

  it('with each for itself, reports the faulty one with field, value and limit and creates the other', async () => {
    const runs = [run('W1', { energy_kev: 500, key: 'hot' }), run('W2')];
    const answer = await post('engineer', '/api/ion/runs:batch', { mode: 'each', runs });
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({
      created: 1,
      refused: 1,
      items: [
        {
          key: 'hot',
          created: null,
          problem: {
            code: 'validation_failed',
            status: 422,
            errors: [{ path: 'energy_kev', value: 500, limit: { maximum: 200 } }],
          },
        },
        { created: { status: 'queued' }, problem: null },
      ],
    });
  });

  it('hands a closed gate on as the fault of its run', async () => {
    fixture.services.refuseNext('prepare-run', refuse('calibration_expired', 'The Faraday cup has expired'));
    const answer = await post('engineer', '/api/ion/runs:batch', { mode: 'each', runs: [run('W1')] });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      200,
      { created: 0, items: [{ problem: { code: 'calibration_expired', status: 409 } }] },
    ]);
  });

  it('takes at most a hundred runs, and says so', async () => {
    const runs = Array.from({ length: 101 }, (_, index) => run(`W${index}`));
    const answer = await post('engineer', '/api/ion/runs:batch', { runs });
    expect(answer.json()).toMatchObject({ status: 422, errors: [{ path: 'runs', limit: { maximum: 100 } }] });
  });
});

describe('POST /v1/jobs:batch', () => {
  it('makes a job of each, also of a tool that would be answered at once', async () => {
    const asked = heard('run-tool').length;
    const jobs = Array.from({ length: 1000 }, () => ({ tool: 'ping', params: {} }));
    const answer = await post('engineer', '/v1/jobs:batch', { jobs });
    expect(answer.statusCode, answer.body.slice(0, 300)).toBe(202);
    expect(answer.json()).toMatchObject({ created: 1000 });
    expect(answer.json().items[999].created).toMatchObject({
      tool: 'ping',
      status: 'pending',
      ttl_hours: 24,
    });
    expect(heard('run-tool').length).toBe(asked);
  });

  it('takes a body that other routes would refuse as too large, up to half a megabyte', async () => {
    const message = 'x'.repeat(190);
    const jobs = (count: number, key: string) =>
      Array.from({ length: count }, (_, index) => ({
        tool: 'ping',
        params: { message },
        key: `${key}${index}`.padEnd(64, '0'),
      }));
    const large = await post('engineer', '/v1/jobs:batch', { jobs: jobs(1000, 'j') });
    expect(large.statusCode, large.body.slice(0, 200)).toBe(202);
    const beyond = {
      jobs: jobs(1000, 'j').map((job) => ({
        ...job,
        depends_on: Array.from({ length: 9 }, () => 'j'.padEnd(60, '0')),
      })),
    };
    expect((await post('engineer', '/v1/jobs:batch', beyond)).json()).toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('refuses bad input with 400, field, value and limit', async () => {
    const jobs = [
      { tool: 'ping', params: {} },
      { tool: 'ping', params: {}, priority: 11 },
    ];
    const answer = await post('engineer', '/v1/jobs:batch', { jobs });
    expect(answer.json()).toMatchObject({
      status: 400,
      code: 'invalid_parameters',
      errors: [{ path: 'jobs.1.priority', value: 11, limit: { maximum: 10 } }],
    });
    const many = Array.from({ length: 1001 }, () => ({ tool: 'ping', params: {} }));
    const beyond = await post('engineer', '/v1/jobs:batch', { jobs: many });
    expect(beyond.json()).toMatchObject({
      status: 400,
      errors: [{ path: 'jobs', limit: { maximum: 1000 } }],
    });
  });

  it('reports bad input of an item under the code of the interface', async () => {
    const jobs = [{ tool: 'ping', params: {}, ttl_hours: 169 }];
    const answer = await post('engineer', '/v1/jobs:batch', { mode: 'each', jobs });
    expect(answer.json()).toMatchObject({
      items: [{ problem: { code: 'invalid_parameters', status: 400, errors: [{ path: 'ttl_hours' }] } }],
    });
  });

  it('asks for the permission of each tool', async () => {
    const jobs = [
      { tool: 'ping', params: {} },
      { tool: 'rtp.tune', params: tune },
    ];
    const each = await post('viewer', '/v1/jobs:batch', { mode: 'each', jobs });
    expect(each.json()).toMatchObject({
      created: 1,
      items: [{}, { problem: { code: 'permission_denied' } }],
    });
    const all = await post('viewer', '/v1/jobs:batch', { jobs });
    expect(all.json()).toMatchObject({ status: 403, code: 'permission_denied' });
  });
});

it('a job that waits for others is queued, never answered at once', async () => {
  const asked = heard('run-tool').length;
  const depends_on = ['ION-20260101-0A1B2C3D'];
  const answer = await post('engineer', '/v1/jobs', { tool: 'ping', params: {}, depends_on });
  expect([answer.statusCode, answer.json()]).toMatchObject([
    202,
    { tool: 'ping', priority: 0, ttl_hours: 24 },
  ]);
  expect(heard('run-tool').length).toBe(asked);
  expect(heard('create-tool-job').at(-1)?.body).toMatchObject({ depends_on });
});
