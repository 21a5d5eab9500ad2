import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { connectMessaging } from '@spectra/messaging';
import { identityRpc } from '@spectra/schemas';
import { expectRowLevelSecurity, silentLogger } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswordHasher } from '../src/identity/password-hasher.ts';
import { seedBootstrap } from '../src/identity/seed-bootstrap.ts';
import { createAuditTrail } from '../src/audit/audit-trail.ts';
import { apiKeys, auditEntries, users } from '../src/store/tables.ts';
import { bearer, gatewayFixture, loginOf, testPassword, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let admin: string;

beforeAll(async () => {
  fixture = await gatewayFixture();
  admin = (await fixture.signIn(fixture.own, 'admin')).access;
});
afterAll(() => fixture.close());

const send = (method: 'POST' | 'PATCH' | 'DELETE' | 'GET', url: string, payload?: object, token = admin) =>
  fixture.app.inject({ method, url, headers: bearer(token), ...(payload === undefined ? {} : { payload }) });
const register = (change: object) =>
  send('POST', '/api/auth/register', {
    username: 'New Person',
    email: `new.${randomUUID()}@fab.example`,
    password: 'Seven-Quiet-Lamps-41',
    ...change,
  });

describe('registering', () => {
  it('adds a person to the own organisation, who can sign in', async () => {
    const email = 'fresh.engineer@fab.example';
    const answer = await register({ email, role: 'engineer' });
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({ email, role: 'engineer', disabled: false });
    expect(answer.body).not.toMatch(/password|hash/);
    const token = (await fixture.app.inject(loginOf(email, 'Seven-Quiet-Lamps-41'))).json().access_token;
    expect((await send('GET', '/api/auth/me', undefined, token)).json()).toMatchObject({
      email,
      org_id: fixture.own.orgId,
    });
  });

  it('gives the least role when none is named', async () => {
    expect((await register({})).json().role).toBe('viewer');
  });

  it('refuses an address that is taken, in any case, in any organisation', async () => {
    for (const email of [fixture.own.emails.viewer.toUpperCase(), fixture.other.emails.viewer]) {
      expect((await register({ email })).statusCode).toBe(409);
    }
  });

  it.each([
    'short1!A',
    'alllowercase',
    'password1234',
    'Password123!',
    'P@ssw0rd2024',
    'qwertyuiop123',
    '123456789012',
    'nodigits!A',
  ])('judges the password %s', async (password) => {
    const good = ['short1!A', 'alllowercase'].includes(password);
    const answer = await register({ password });
    expect(answer.statusCode, answer.body).toBe(good ? 201 : 422);
    expect(answer.body).not.toContain(password);
  });
});

describe('an administrator', () => {
  it('cannot lock itself out', async () => {
    const url = `/api/auth/users/${fixture.own.userIds.admin}`;
    expect((await send('PATCH', url, { disabled: true })).statusCode).toBe(409);
    expect((await send('PATCH', url, { role: 'viewer' })).statusCode).toBe(409);
  });

  it('changes a role, and what was signed with the old one is dead', async () => {
    const held = await fixture.signIn(fixture.own, 'annotator');
    const url = `/api/auth/users/${fixture.own.userIds.annotator}`;
    expect((await send('PATCH', url, { role: 'viewer' })).json().role).toBe('viewer');
    expect((await send('GET', '/api/auth/me', undefined, held.access)).statusCode).toBe(401);
  });
});

describe('an API key', () => {
  const make = (change: object = {}) =>
    send('POST', '/api/auth/api-keys', {
      name: 'MES',
      role: 'operator',
      scopes: ['ion:view_run', 'jobs:view'],
      ...change,
    });

  it('works as Bearer and as X-Api-Key, within its scopes only', async () => {
    const key: string = (await make()).json().api_key;
    expect(key).toMatch(/^spk_[A-Za-z0-9_-]{49}$/);
    expect((await send('GET', '/api/ion/runs', undefined, key)).statusCode).toBe(200);
    expect((await send('GET', '/api/jobs', undefined, key)).statusCode).toBe(200);
    expect((await send('GET', '/api/rtp/runs', undefined, key)).statusCode).toBe(403);
    expect((await send('GET', '/api/auth/users', undefined, key)).statusCode).toBe(403);
    const byHeader = await fixture.app.inject({ url: '/api/ion/runs', headers: { 'x-api-key': key } });
    expect(byHeader.statusCode).toBe(200);
  });

  it('is stored as a hash, shown once, and its use is noted', async () => {
    const made = (await make()).json();
    await send('GET', '/api/ion/runs', undefined, made.api_key);
    const list = await send('GET', '/api/auth/api-keys');
    expect(list.body).not.toContain(made.api_key);
    const found = list
      .json()
      .api_keys.find((key: { api_key_id: string }) => key.api_key_id === made.api_key_id);
    expect(found).toMatchObject({ hint: made.api_key.slice(-4), last_used_at: expect.any(String) });
    const rows = await fixture.database.withOrg(fixture.own.orgId, (tx) => tx.select().from(apiKeys));
    expect(JSON.stringify(rows)).not.toContain(made.api_key);
  });

  it('is dead once revoked, and with any wrong character', async () => {
    const made = (await make()).json();
    const typo = `${made.api_key.slice(0, -1)}${made.api_key.endsWith('0') ? '1' : '0'}`;
    expect((await send('GET', '/api/ion/runs', undefined, typo)).statusCode).toBe(401);
    expect((await send('GET', '/api/ion/runs', undefined, made.api_key)).statusCode).toBe(200);
    expect((await send('DELETE', `/api/auth/api-keys/${made.api_key_id}`)).statusCode).toBe(204);
    expect((await send('GET', '/api/ion/runs', undefined, made.api_key)).statusCode).toBe(401);
  });

  it('takes only names of permissions as scopes', async () => {
    const answer = await make({ scopes: ['ion:everything'] });
    expect(answer.json().errors[0]).toMatchObject({ path: 'scopes.0', value: 'ion:everything' });
  });
});

describe('the standing of signers', () => {
  it('is told to process services: active, disabled, or nobody of the organisation', async () => {
    const person = (await register({})).json().user_id as string;
    const messaging = await connectMessaging({ url: fixture.natsUrl, name: 'ion', logger: silentLogger() });
    const standings = async () => {
      const answer = await messaging.call('gateway', identityRpc.signerStanding, {
        body: { org_id: fixture.own.orgId, user_ids: [person, fixture.other.userIds.admin, 'nobody'] },
      });
      return answer.ok && answer.value.standings;
    };
    const others = { [fixture.other.userIds.admin]: 'unknown', nobody: 'unknown' };
    expect(await standings()).toEqual({ [person]: 'active', ...others });
    expect((await send('PATCH', `/api/auth/users/${person}`, { disabled: true })).statusCode).toBe(200);
    expect(await standings()).toEqual({ [person]: 'disabled', ...others });
    await messaging.close();
  });
});

describe('the audit trail', () => {
  it('says why a change was refused, also when it never began', async () => {
    const told = async (method: 'POST' | 'PATCH', url: string, payload: object, token = admin) => {
      const traceId = String((await send(method, url, payload, token)).headers['x-trace-id']);
      // One more request, so that the second entry of the first is certainly committed.
      await register({});
      const { entries } = (await send('GET', '/api/audit?limit=100')).json();
      return (entries as { trace_id: string; outcome: string; reason: string | null }[])
        .filter((entry) => entry.trace_id === traceId)
        .map(({ outcome, reason }) => [outcome, reason]);
    };
    const viewer = (await fixture.signIn(fixture.own, 'viewer')).access;
    expect(await told('POST', '/api/auth/register', {}, viewer)).toEqual([
      ['403', 'permission_denied: Permission denied: user:manage'],
    ]);
    const [[outcome, reason] = []] = await told('POST', '/api/auth/register', { email: 'nowhere' });
    expect([outcome, reason]).toEqual(['422', expect.stringContaining('validation_failed: ')]);
    const own = `/api/auth/users/${fixture.own.userIds.admin}`;
    expect(await told('PATCH', own, { disabled: true })).toEqual([
      ['409', expect.stringContaining('conflict: Administrators cannot disable themselves')],
      ['requested', null],
    ]);
  });

  it('has each change before and after it was made, in one unbroken chain', async () => {
    const answer = await register({});
    const traceId = String(answer.headers['x-trace-id']);
    // Two requests later the second entry of the first is certainly committed: entries keep their order.
    await register({});
    const { entries } = (await send('GET', '/api/audit?limit=100')).json();
    const mine = entries.filter((entry: { trace_id: string }) => entry.trace_id === traceId);
    expect(mine.map((entry: { outcome: string }) => entry.outcome)).toEqual(['201', 'requested']);
    expect(mine[0]).toMatchObject({ action: 'POST /api/auth/register', actor: fixture.own.userIds.admin });
    expect((await send('GET', '/api/audit/verification')).json()).toMatchObject({
      intact: true,
      first_break: null,
    });
  });

  it('stays one chain when two gateways write it at the same time', async () => {
    const facts = (actor: string) => ({
      orgId: fixture.other.orgId,
      at: '2026-01-01T00:00:00.000Z',
      actor,
      role: 'admin',
      action: 'test',
      path: '/',
      outcome: 'requested',
      reason: null,
      traceId: '',
      address: '',
      bodySha256: null,
    });
    const trails = [createAuditTrail(fixture.database), createAuditTrail(fixture.database)];
    const before = await fixture.database.withOrg(fixture.other.orgId, (tx) => tx.$count(auditEntries));
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        trails.flatMap((trail, index) =>
          Array.from({ length: 5 }, () => trail.append(facts(`gateway ${index}`))),
        ),
      );
    }
    const told = await trails[0]?.verify(fixture.other.orgId);
    expect(told).toEqual({ entries: before + 100, firstBreak: null });
  });

  it('cannot be changed or shortened by the gateway itself', async () => {
    for (const statement of [
      sql`update audit_entries set actor = 'nobody'`,
      sql`delete from audit_entries`,
      sql`truncate audit_entries`,
    ]) {
      const change = fixture.database.withOrg(fixture.own.orgId, (tx) => tx.execute(statement));
      await expect(change).rejects.toMatchObject({ cause: { code: '42501' } });
    }
  });
});

describe('row-level security', () => {
  it('binds every table', async () => {
    await expectRowLevelSecurity({ adminUrl: fixture.adminUrl, schema: 'gateway', withoutOrg: [] });
  });

  it('hides other organisations from a query without any condition', async () => {
    const rows = await fixture.database.withOrg(fixture.own.orgId, (tx) => tx.select().from(users));
    expect(new Set(rows.map((row) => row.orgId))).toEqual(new Set([fixture.own.orgId]));
    const stolen = fixture.database.withOrg(fixture.own.orgId, (tx) =>
      tx.insert(users).values({
        orgId: fixture.other.orgId,
        userId: randomUUID(),
        email: 'spy@fab.example',
        name: 'Spy',
        role: 'admin',
        passwordHash: 'x',
      }),
    );
    await expect(stolen).rejects.toMatchObject({ cause: { code: '42501' } });
  });
});

describe('a bootstrap file', () => {
  it('makes what is missing, twice, and changes nothing that exists', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'spectra-bootstrap-'));
    const file = join(folder, 'bootstrap.json');
    const orgId = randomUUID();
    const email = `first.${orgId}@fab.example`;
    const seed = async (name: string) => {
      await writeFile(
        file,
        JSON.stringify({
          organisation: { org_id: orgId, name },
          users: [{ email, name, role: 'admin', password: testPassword }],
        }),
      );
      const hasher = await createPasswordHasher({ concurrent: 1, waitingMax: 1 });
      await seedBootstrap({ file, database: fixture.database, hasher, logger: silentLogger() });
    };
    await seed('First');
    await seed('Second');
    const rows = await fixture.database.withOrg(orgId, (tx) => tx.select().from(users));
    expect(rows.map((row) => row.name)).toEqual(['First']);
    expect((await fixture.app.inject(loginOf(email, testPassword))).statusCode).toBe(200);
    await rm(folder, { recursive: true });
  });
});
