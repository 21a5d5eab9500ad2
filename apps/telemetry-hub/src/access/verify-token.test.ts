import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testRun } from '../../test/messages.ts';
import { testTokens } from '../../test/test-tokens.ts';
import { createTokenVerifier } from './verify-token.ts';

const nowMs = Date.UTC(2026, 0, 1);
const nowS = nowMs / 1000;
const tokens = testTokens(() => nowMs);
const verifier = createTokenVerifier(tokens.keys, () => nowMs);
const org = testRun.orgId;
const ticketOf = { org, run_id: testRun.runId, process: 'ion' };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('token verifier', () => {
  it('knows the caller and the end of the session of an access token', () => {
    expect(verifier.accessToken(tokens.access({ org }))).toEqual({
      caller: { orgId: org, userId: 'user-1', role: 'engineer' },
      sessionEndsAtMs: nowMs + 900_000,
      ticket: null,
    });
  });

  it('knows the run of a ticket', () => {
    expect(verifier.ticket(tokens.ticket(ticketOf))).toMatchObject({
      ticket: { runId: testRun.runId, process: 'ion', expiresAtMs: nowMs + 30_000 },
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['expired', { exp: nowS - 1 }, {}],
    ['of another issuer', { iss: 'other' }, {}],
    ['for another audience', { aud: 'other' }, {}],
    ['with a list as audience', { aud: ['spectra-api', 'other'] }, {}],
    ['with a list as issuer', { iss: ['spectra'] }, {}],
    ['with a text as expiry', { exp: String(nowS + 60) }, {}],
    ['without expiry', { exp: undefined }, {}],
    ['issued in the future', { iat: nowS + 60 }, {}],
    ['not yet valid', { nbf: nowS + 60 }, {}],
    ['without an organisation', { org: undefined }, {}],
    ['with an unknown role', { role: 'root' }, {}],
    ['of an unknown key', {}, { kid: 'k2' }],
    ['with a path as key id', {}, { kid: '../../etc/passwd' }],
    ['with a prototype name as key id', {}, { kid: '__proto__' }],
    ['with critical headers', {}, { crit: ['exp'] }],
    ['with a key of its own', {}, { jwk: { kty: 'OKP' } }],
    ['with a key address of its own', {}, { jku: 'https://example.com/keys' }],
    ['of another type', {}, { typ: 'stream-ticket' }],
    ['of no type', {}, { typ: 'JWT' }],
  ])('refuses an access token %s', (_, claims, header) => {
    expect(verifier.accessToken(tokens.access({ org, ...claims }, header))).toBeNull();
  });

  it('takes neither kind for the other, nor a ticket that lives too long', () => {
    expect(verifier.ticket(tokens.access(ticketOf))).toBeNull();
    expect(verifier.accessToken(tokens.ticket(ticketOf))).toBeNull();
    expect(verifier.ticket(tokens.ticket({ ...ticketOf, exp: nowS + 3600 }))).toBeNull();
  });

  it('refuses unsigned, HMAC-signed, foreign and mutilated tokens', () => {
    const claims = { iss: 'spectra', aud: 'spectra-api', iat: nowS, exp: nowS + 60, sub: 'u', jti: 'j', org };
    const payload = encode({ ...claims, role: 'admin', tv: 1 });
    const header = (alg: string) => encode({ alg, typ: 'at+jwt', kid: 'k1' });
    const pem = tokens.keys.keys[0]?.public_pem ?? '';
    const hmac = (key: string) => {
      const input = `${header('HS256')}.${payload}`;
      return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
    };
    const foreign = () => {
      const input = `${header('EdDSA')}.${payload}`;
      const { privateKey } = generateKeyPairSync('ed25519');
      return `${input}.${signBytes(null, Buffer.from(input), privateKey).toString('base64url')}`;
    };
    const good = tokens.access({ org });
    const bad = [
      `${header('none')}.${payload}.`,
      hmac(pem),
      hmac(` ${pem}`),
      hmac(`\ufeff${pem}`),
      hmac(''),
      foreign(),
      good.slice(0, -4),
      '',
      'a.b.c',
      'x'.repeat(10_000),
    ];
    for (const token of bad) expect(verifier.accessToken(token)).toBeNull();
    expect(verifier.accessToken(good)).not.toBeNull();
  });
});
