import { problemSchema } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await gatewayFixture();
});
afterAll(() => fixture.close());

async function tune(payload: Record<string, unknown>, headers: Record<string, string> = {}) {
  const { access } = await fixture.signIn(fixture.own, 'engineer');
  return fixture.app.inject({
    method: 'POST',
    url: '/api/rtp/tune/controller',
    headers: { ...bearer(access), ...headers },
    payload,
  });
}

const heard = (verb: string) => fixture.services.heard.filter((one) => one.verb === verb);
const model = { gain: 1, time_constant_s: 1, dead_time_s: 1 };
const soak = (duration_s: number) => ({ target_temp_c: 1000, duration_s });

describe('POST /api/rtp/tune/controller', () => {
  it('answers at once without a job', async () => {
    const jobs = heard('create-tool-job').length;
    const answer = await tune({ controller_type: 'pid', model });
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { parameters: { kp: 1 } }]);
    expect(heard('create-tool-job').length).toBe(jobs);
  });

  it('starts a job, 202, of what took too long, under the key of the request', async () => {
    const answer = await tune({ controller_type: 'mpc', plant_id: 'SLOW' }, { 'idempotency-key': 'once' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      202,
      { status: 'pending', position_in_queue: 1, links: { result: expect.stringMatching(/^\/v1\/jobs\//) } },
    ]);
    expect(heard('create-tool-job').at(-1)?.body).toMatchObject({
      tool: 'rtp.tune',
      params: { plant_id: 'SLOW' },
      idempotency: { key: 'once' },
    });
  });

  it('does not even try within the request what is expected to take more than 10 s', async () => {
    const asked = heard('run-tool').length;
    const recipe = { segments: Array.from({ length: 10 }, () => soak(300)) };
    const answer = await tune({ controller_type: 'mpc', recipe });
    expect(answer.statusCode).toBe(202);
    expect(heard('run-tool').length).toBe(asked);
  });

  it('does not know the plant of another organisation, nor one that does not exist', async () => {
    const answer = await tune({ controller_type: 'pid', plant_id: 'RTP-99' });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'not_found']);
  });

  it.each([
    [{ model: { ...model, gain: 0 } }, 'model.gain', 0, { minimum: 0 }],
    [{ model: { ...model, gain: -2 } }, 'model.gain', -2, { minimum: 0 }],
    [{ model: { ...model, time_constant_s: 0 } }, 'model.time_constant_s', 0, { minimum: 0 }],
    [{ model: { ...model, dead_time_s: 0 } }, 'model.dead_time_s', 0, { minimum: 0 }],
    [{ model: { ...model, dead_time_s: 10_001 } }, 'model.dead_time_s', 10_001, { maximum: 10_000 }],
    [{ model: { ...model, dead_time_s: 1e-4 } }, 'model.dead_time_s', 1e-4, { minimum: 1e-3, maximum: 1e3 }],
    [{ model: { ...model, delay: 1 } }, 'model.delay', 1, undefined],
    [{ run_ids: [] }, 'run_ids', [], { minimum: 1 }],
    [{ plant_id: '' }, 'plant_id', '', { minimum: 1 }],
    [{ recipe: { segments: [soak(301)] } }, 'recipe.segments.0.duration_s', 301, { maximum: 300 }],
    [{}, 'model', undefined, { one_of: ['plant_id', 'run_ids', 'recipe', 'model'] }],
    [{ model, plant_id: 'RTP-01' }, 'model', model, { one_of: ['plant_id', 'run_ids', 'recipe', 'model'] }],
  ])('refuses %j and names field, value and limit', async (part, path, value, limit) => {
    const answer = await tune({ controller_type: 'pid', ...part });
    expect(answer.statusCode).toBe(422);
    const [error] = problemSchema.parse(answer.json()).errors ?? [];
    expect(error).toMatchObject({ path });
    expect(error?.value).toEqual(value);
    expect(error?.limit).toEqual(limit);
  });

  it('leaves two rows in the audit trail, for it may have started a job', async () => {
    await tune({ controller_type: 'pid', model });
    const { access } = await fixture.signIn(fixture.own, 'admin');
    const answer = await fixture.app.inject({ url: '/api/audit?limit=100', headers: bearer(access) });
    const rows = JSON.stringify(answer.json()).match(/POST \/api\/rtp\/tune\/controller/g) ?? [];
    expect(rows.length).toBeGreaterThanOrEqual(2);
  });
});
