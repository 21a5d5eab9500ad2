import { problemSchema } from '@spectra/schemas';
import { manualClock } from '@spectra/testkit';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { refreshTokens, sessions } from '../src/store/tables.ts';
import { bearer, gatewayFixture, loginOf, testPassword, type GatewayFixture } from './gateway-fixture.ts';

const clock = manualClock(Date.now());
let fixture: GatewayFixture;
let held: { access: string; refresh: string };

beforeAll(async () => {
  fixture = await gatewayFixture({ clock });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  held = await fixture.signIn(fixture.own, 'engineer');
});

const refresh = (token: string) =>
  fixture.app.inject({ method: 'POST', url: '/api/auth/refresh', payload: { refresh_token: token } });
const me = (token: string) => fixture.app.inject({ url: '/api/auth/me', headers: bearer(token) });
const childOf = async (token: string): Promise<string> => {
  const answer = await refresh(token);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().refresh_token;
};
const countTokens = () =>
  fixture.database.withOrg(fixture.own.orgId, async (tx) => (await tx.select().from(refreshTokens)).length);

describe('signing in', () => {
  it('answers a short access token and an opaque refresh token of 256 bits', async () => {
    const answer = (await fixture.app.inject(loginOf(fixture.own.emails.viewer, testPassword))).json();
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 900 });
    expect(Buffer.from(answer.refresh_token, 'base64url')).toHaveLength(32);
    expect(answer.refresh_token).not.toContain('.');
  });

  it('takes the address in any case, and as username', async () => {
    const email = fixture.own.emails.viewer.toUpperCase();
    expect((await fixture.app.inject(loginOf(email, testPassword))).statusCode).toBe(200);
    const answer = await fixture.app.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { username: email, password: testPassword },
    });
    expect(answer.statusCode).toBe(200);
  });

  it('says the same to an unknown user as to a wrong password', async () => {
    const unknown = await fixture.app.inject(loginOf('nobody@fab.example', testPassword));
    const wrong = await fixture.app.inject(loginOf(fixture.own.emails.viewer, 'Wrong-Password-1'));
    expect([unknown.statusCode, wrong.statusCode]).toEqual([401, 401]);
    const { trace_id: _one, ...first } = problemSchema.parse(unknown.json());
    const { trace_id: _two, ...second } = problemSchema.parse(wrong.json());
    expect(first).toEqual(second);
  });

  it('takes about as long for an unknown user as for a wrong password', async () => {
    const times = { unknown: Infinity, wrong: Infinity };
    const time = async (who: keyof typeof times, email: string, password: string) => {
      const begun = performance.now();
      await fixture.app.inject(loginOf(email, password));
      times[who] = Math.min(times[who], performance.now() - begun);
    };
    // In turn, and the quickest of each: what else the machine does hits both or is left out.
    for (let index = 0; index < 7; index += 1) {
      await time('unknown', 'nobody-at-all@fab.example', `Wrong-Password-${index}`);
      await time('wrong', fixture.own.emails.annotator, `Wrong-Password-${index}`);
    }
    const { unknown, wrong } = times;
    // Without the decoy hash an unknown user is answered in a tenth of the time.
    expect(unknown / wrong).toBeGreaterThan(0.4);
    expect(unknown / wrong).toBeLessThan(2.5);
  });

  it('waits after ten failures of one account, also with the right password, and opens again', async () => {
    const email = fixture.other.emails.viewer;
    for (let attempt = 0; attempt < 10; attempt += 1) {
      await fixture.app.inject(loginOf(email, 'Wrong-Password-1'));
    }
    const refused = await fixture.app.inject(loginOf(email, testPassword));
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '300']);
    expect((await fixture.app.inject(loginOf(fixture.other.emails.engineer, testPassword))).statusCode).toBe(
      200,
    );
    clock.advance(5 * 60_000 + 1);
    expect((await fixture.app.inject(loginOf(email, testPassword))).statusCode).toBe(200);
  });
});

describe('a refresh token', () => {
  it('gives a new pair, and the new one goes on', async () => {
    const child = await childOf(held.refresh);
    expect(child).not.toBe(held.refresh);
    clock.advance(60_000);
    expect(await childOf(child)).not.toBe(child);
  });

  it('used fifty times in parallel makes one child', async () => {
    const before = await countTokens();
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(held.refresh)));
    expect(answers.map((answer) => answer.statusCode)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map((answer) => answer.json().refresh_token)).size).toBe(1);
    expect(await countTokens()).toBe(before + 1);
  });

  it('gives the same child again within ten seconds, and ends the family after that', async () => {
    const child = await childOf(held.refresh);
    clock.advance(10_000);
    expect(await childOf(held.refresh)).toBe(child);
    clock.advance(1);
    const answer = await refresh(held.refresh);
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'refresh_reused']);
    expect((await refresh(child)).statusCode).toBe(401);
    expect((await me(held.access)).statusCode).toBe(401);
  });

  it('older than the parent ends the family at once, even within ten seconds', async () => {
    const child = await childOf(held.refresh);
    const grandchild = await childOf(child);
    expect((await refresh(held.refresh)).json().code).toBe('refresh_reused');
    expect((await refresh(grandchild)).statusCode).toBe(401);
    const admin = await fixture.signIn(fixture.own, 'admin');
    const audit = await fixture.app.inject({ url: '/api/audit?limit=5', headers: bearer(admin.access) });
    expect(audit.json().entries).toContainEqual(
      expect.objectContaining({ action: 'refresh token reused', actor: fixture.own.userIds.engineer }),
    );
  });

  it('of one family leaves the other families of the user alone', async () => {
    const second = await fixture.signIn(fixture.own, 'engineer');
    await childOf(await childOf(held.refresh));
    await refresh(held.refresh);
    expect((await refresh(second.refresh)).statusCode).toBe(200);
  });

  it('lives thirty days at most, however often it was renewed', async () => {
    let token = held.refresh;
    for (let day = 0; day < 29; day += 1) {
      clock.advance(24 * 3600_000);
      token = await childOf(token);
    }
    clock.advance(24 * 3600_000);
    expect((await refresh(token)).statusCode).toBe(401);
  });

  it('is no access token, and an access token is no refresh token', async () => {
    expect((await me(held.refresh)).statusCode).toBe(401);
    expect((await refresh(held.access)).statusCode).toBe(401);
  });

  it('is nowhere in the database, nor is its child in the clear', async () => {
    const child = await childOf(held.refresh);
    const rows = await fixture.database.withOrg(fixture.own.orgId, (tx) => tx.select().from(refreshTokens));
    const text = JSON.stringify(rows.map((row) => Object.values(row).map(String)));
    expect(text).not.toContain(held.refresh);
    expect(text).not.toContain(child);
  });
});

describe('what ends a session', () => {
  it('logging out: the access token and the refresh token are dead at once', async () => {
    const answer = await fixture.app.inject({
      method: 'POST',
      url: '/api/auth/logout',
      headers: bearer(held.access),
    });
    expect(answer.statusCode).toBe(204);
    expect((await me(held.access)).statusCode).toBe(401);
    expect((await refresh(held.refresh)).statusCode).toBe(401);
  });

  it('logging out with the refresh token of another session ends that one too', async () => {
    const second = await fixture.signIn(fixture.own, 'engineer');
    const foreign = await fixture.signIn(fixture.other, 'engineer');
    for (const token of [second.refresh, foreign.refresh]) {
      const session = await fixture.signIn(fixture.own, 'engineer');
      await fixture.app.inject({
        method: 'POST',
        url: '/api/auth/logout',
        headers: bearer(session.access),
        payload: { refresh_token: token },
      });
    }
    expect((await refresh(second.refresh)).statusCode).toBe(401);
    expect((await refresh(foreign.refresh)).statusCode).toBe(200);
  });

  it.each([
    ['a disabled user', { disabled: true }, { disabled: false }],
    ['a new password', { password: 'Another-Quiet-Beam-9' }, { password: testPassword }],
  ])('%s: everything signed before is dead', async (_name, change, undo) => {
    const admin = await fixture.signIn(fixture.own, 'admin');
    const patch = (payload: object) =>
      fixture.app.inject({
        method: 'PATCH',
        url: `/api/auth/users/${fixture.own.userIds.engineer}`,
        headers: bearer(admin.access),
        payload,
      });
    expect((await patch(change)).statusCode).toBe(200);
    expect((await me(held.access)).statusCode).toBe(401);
    expect((await refresh(held.refresh)).statusCode).toBe(401);
    expect((await patch(undo)).statusCode).toBe(200);
  });

  it('in another process: an access token is dead within a minute of its session', async () => {
    expect((await me(held.access)).statusCode).toBe(200);
    // As another gateway would do it: this process hears nothing of the change.
    await fixture.database.withOrg(fixture.own.orgId, (tx) =>
      tx.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.orgId, fixture.own.orgId)),
    );
    clock.advance(59_000);
    expect((await me(held.access)).statusCode).toBe(401);
  });
});
