import { randomUUID } from 'node:crypto';
import { problemSchema, refuse, type Role } from '@spectra/schemas';
import { expectRowLevelSecurity } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
const tokens = new Map<string, string>();

beforeAll(async () => {
  fixture = await gatewayFixture();
});
afterAll(() => fixture.close());

const calibration = {
  equipment_id: 'IMP-01',
  type: 'dose',
  performed_at: '2026-01-01T00:00:00Z',
  valid_until: '2026-07-01T00:00:00Z',
};

type Asked = { method?: 'POST' | 'DELETE' | 'PATCH'; url?: string; body?: object; role?: Role };

async function change(key: string, asked: Asked = {}) {
  const { method = 'POST', url = '/api/calibrations', role = 'admin' } = asked;
  const token = tokens.get(role) ?? (await fixture.signIn(fixture.own, role)).access;
  tokens.set(role, token);
  const payload = asked.body ?? (url === '/api/calibrations' ? calibration : undefined);
  const headers = { ...bearer(token), 'idempotency-key': key };
  const answer = await fixture.app.inject({
    method,
    url,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.body, headers: answer.headers };
}

const codeOf = ({ body }: { body: string }) => problemSchema.parse(JSON.parse(body)).code;
const effects = (verb: string) => fixture.services.heard.filter((one) => one.verb === verb).length;
const aged = (key: string, seconds: number) =>
  fixture.database.withSystem((tx) =>
    tx.execute(
      sql`update kept_answers set claimed_at = claimed_at - make_interval(secs => ${seconds}) where key = ${key}`,
    ),
  );

it('keeps its answers under row-level security', async () => {
  await expectRowLevelSecurity({ adminUrl: fixture.adminUrl, schema: 'gateway', withoutOrg: [] });
});

describe('every change of a known caller takes an idempotency key', () => {
  it('but for those whose answer must not be kept, and those whose service keeps it with the effect', () => {
    const changes = fixture.routes.filter(({ effect, access }) => {
      return effect === 'change' && ['permission', 'signed-in'].includes(access.kind);
    });
    const named = (repeats: string) =>
      changes.filter((route) => route.repeats === repeats).map(({ method, url }) => `${method} ${url}`);
    expect(named('ignored').toSorted()).toEqual(['POST /api/auth/api-keys', 'POST /api/auth/logout']);
    expect(named('handed_on').toSorted()).toEqual([
      'POST /api/ion/runs',
      'POST /api/ion/runs:batch',
      'POST /api/rtp/runs',
      'POST /api/rtp/runs:batch',
      'POST /api/rtp/tune/controller',
      'POST /api/templates/:template_id/instantiate',
      'POST /v1/jobs',
      'POST /v1/jobs:batch',
    ]);
    expect(named('kept').length).toBeGreaterThan(30);
  });
});

describe('a change with an idempotency key', () => {
  it('is made once and answered alike, with its status and whatever its body is', async () => {
    const run = fixture.services.holdings.get(fixture.own.orgId)?.runs[0];
    const made: [string, Asked][] = [
      ['create-calibration', {}],
      ['retry', { url: `/api/jobs/${run?.job_id}/retry` }],
      ['cancel', { method: 'DELETE', url: `/api/ion/runs/${run?.run_id}` }],
    ];
    for (const [verb, asked] of made) {
      const before = effects(verb);
      const first = await change(`once-${verb}`, asked);
      const second = await change(`once-${verb}`, asked);
      expect(first.status, first.body).toBeLessThan(300);
      expect([second.status, JSON.parse(second.body)], verb).toEqual([first.status, JSON.parse(first.body)]);
      expect(effects(verb) - before, verb).toBe(1);
    }
  });

  it('is answered without a body where its first answer had none', async () => {
    const name = { name: 'MES', role: 'viewer', scopes: ['ion:view_run'] };
    const { body } = await change(randomUUID(), { url: '/api/auth/api-keys', body: name });
    const url = `/api/auth/api-keys/${JSON.parse(body).api_key_id}`;
    for (const _ of [1, 2]) expect((await change('gone', { method: 'DELETE', url })).status).toBe(204);
  });

  it('adds one person, however often it is sent', async () => {
    const body = { username: 'N', email: 'n@fab.example', password: 'Seven-Quiet-Lamps-41', role: 'viewer' };
    const answers = [];
    for (const _ of [1, 2]) answers.push(await change('person', { url: '/api/auth/register', body }));
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[1]?.body).toBe(answers[0]?.body);
    const without = await change('another', { url: '/api/auth/register', body });
    expect(without.status).toBe(409);
  });

  it('is refused when the key was used for another body or another address', async () => {
    await change('reused');
    const other = await change('reused', { body: { ...calibration, type: 'vacuum_gauge' } });
    expect([other.status, codeOf(other)]).toEqual([422, 'idempotency_mismatch']);
    const tool = { process: 'ion', equipment_id: 'IMP-77', name: 'Another' };
    const elsewhere = await change('reused', { url: '/api/equipment', body: tool });
    expect([elsewhere.status, codeOf(elsewhere)]).toEqual([422, 'idempotency_mismatch']);
  });

  it('is somebody’s own: the same key of another person is another key', async () => {
    const before = effects('create-calibration');
    await change('shared');
    await change('shared', { role: 'engineer' });
    expect(effects('create-calibration') - before).toBe(2);
  });

  it('of many at once is made once; the others are told to wait or get its answer', async () => {
    const before = effects('create-calibration');
    const answers = await Promise.all(Array.from({ length: 8 }, () => change('crowd')));
    expect(effects('create-calibration') - before).toBe(1);
    for (const { status, headers } of answers) {
      expect([201, 409]).toContain(status);
      if (status === 409) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await change('crowd')).status).toBe(201);
  });
});

describe('a change that was not made', () => {
  it('leaves its key free when it was refused', async () => {
    fixture.services.refuseNext('create-calibration', refuse('conflict', 'not now'));
    expect((await change('refused')).status).toBe(409);
    expect((await change('refused')).status).toBe(201);
  });

  it('blocks its key for a minute when nobody knows what became of it', async () => {
    fixture.services.refuseNext('create-calibration', refuse('dependency_unavailable', 'no answer'));
    expect((await change('cut-off')).status).toBe(503);
    const blocked = await change('cut-off');
    expect([blocked.status, codeOf(blocked)]).toEqual([409, 'conflict']);
    expect(Number(blocked.headers['retry-after'])).toBeGreaterThan(50);
    await aged('cut-off', 61);
    expect((await change('cut-off')).status).toBe(201);
  });

  it('is forgotten after two days', async () => {
    const before = effects('create-calibration');
    await change('old');
    await aged('old', 49 * 3600);
    await change('old');
    expect(effects('create-calibration') - before).toBe(2);
  });
});
