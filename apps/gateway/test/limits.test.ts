import { problemSchema } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, loginOf, testPassword, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await gatewayFixture({ requestsPerMinute: { read: 5, create: 3, login: 8 } });
});
afterAll(() => fixture.close());

describe('rate limits', () => {
  it('count each user over all routes of a class, and tell when to come back', async () => {
    const engineer = (await fixture.signIn(fixture.own, 'engineer')).access;
    const viewer = (await fixture.signIn(fixture.own, 'viewer')).access;
    const urls = ['/api/ion/runs', '/api/rtp/runs', '/api/jobs', '/api/ion/runs', '/api/rtp/runs'];
    for (const url of urls) {
      expect((await fixture.app.inject({ url, headers: bearer(engineer) })).statusCode).toBe(200);
    }
    const refused = await fixture.app.inject({ url: '/api/jobs', headers: bearer(engineer) });
    expect(problemSchema.parse(refused.json()).code).toBe('rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await fixture.app.inject({ url: '/api/jobs', headers: bearer(viewer) })).statusCode).toBe(200);
  });

  it('count changes apart from reads', async () => {
    const { access } = await fixture.signIn(fixture.own, 'operator');
    const statuses: number[] = [];
    for (let request = 0; request < 4; request += 1) {
      const answer = await fixture.app.inject({
        method: 'POST',
        url: '/api/ion/runs',
        headers: bearer(access),
        payload: {},
      });
      statuses.push(answer.statusCode);
    }
    expect(statuses).toEqual([422, 422, 422, 429]);
    expect((await fixture.app.inject({ url: '/api/jobs', headers: bearer(access) })).statusCode).toBe(200);
  });

  it('count sign-ins by address, and never health', async () => {
    const statuses: number[] = [];
    for (let request = 0; request < 9; request += 1) {
      const answer = await fixture.app.inject(loginOf('nobody@fab.example', testPassword));
      statuses.push(answer.statusCode);
    }
    expect(statuses).toContain(401);
    expect(statuses.at(-1)).toBe(429);
    for (let request = 0; request < 20; request += 1) {
      expect((await fixture.app.inject('/health/live')).statusCode).toBe(200);
    }
  });
});

describe('a lost dependency', () => {
  it('makes the gateway not ready and its answers 503, while it stays alive', async () => {
    const { access } = await freshFixture.signIn(freshFixture.own, 'engineer');
    await freshFixture.stopNats();
    const answer = await freshFixture.app.inject({ url: '/api/jobs', headers: bearer(access) });
    expect(problemSchema.parse(answer.json()).code).toBe('dependency_unavailable');
    const ready = await freshFixture.app.inject('/health/ready');
    expect(ready.statusCode).toBe(503);
    expect(ready.json().detail).toBe('Not ready: nats');
    expect((await freshFixture.app.inject('/health/live')).statusCode).toBe(200);
    expect((await freshFixture.app.inject('/health')).json().status).toBe('unhealthy');
  });

  it('Postgres: changes are refused and nothing is asked of the services', async () => {
    const { access } = await databaseFixture.signIn(databaseFixture.own, 'engineer');
    await databaseFixture.app.inject({ url: '/api/auth/me', headers: bearer(access) });
    await databaseFixture.database.close();
    databaseFixture.services.heard.length = 0;
    const answer = await databaseFixture.app.inject({
      method: 'POST',
      url: '/api/jobs/00000000-0000-4000-8000-000000000000/retry',
      headers: bearer(access),
    });
    expect(problemSchema.parse(answer.json())).toMatchObject({ status: 503, code: 'dependency_unavailable' });
    expect(databaseFixture.services.heard).toEqual([]);
  });

  let freshFixture: GatewayFixture;
  let databaseFixture: GatewayFixture;
  beforeAll(async () => {
    [freshFixture, databaseFixture] = await Promise.all([gatewayFixture(), gatewayFixture()]);
  });
  afterAll(() => Promise.all([freshFixture.close(), databaseFixture.close()]));
});
