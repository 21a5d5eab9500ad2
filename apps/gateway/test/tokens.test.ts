import { createHmac, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;

beforeAll(async () => {
  fixture = await gatewayFixture();
});
afterAll(() => fixture.close());

type Parts = { header?: Record<string, unknown>; payload?: unknown; claims?: Record<string, unknown> };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signingKey() {
  const [key] = fixture.tokenKeys.keys;
  if (key === undefined) throw new Error('no key');
  return key;
}

function inputOf(change: Parts): string {
  const nowS = Math.floor(Date.now() / 1000);
  const header = { alg: 'EdDSA', typ: 'at+jwt', kid: signingKey().kid, ...change.header };
  const claims = {
    iss: 'spectra',
    aud: 'spectra-api',
    sub: fixture.own.userIds.viewer,
    org: fixture.own.orgId,
    role: 'viewer',
    tv: 0,
    jti: randomUUID(),
    iat: nowS,
    exp: nowS + 600,
    ...change.claims,
  };
  return `${encode(header)}.${encode('payload' in change ? change.payload : claims)}`;
}

/** A token with the installation's own key: whatever is refused is refused for its content. */
function genuine(change: Parts = {}): string {
  const input = inputOf(change);
  const signature = sign(null, Buffer.from(input), createPrivateKey(signingKey().private_pem));
  return `${input}.${signature.toString('base64url')}`;
}

/** A token signed with the public key as if it were an HMAC secret. */
function hmac(secret: string): string {
  const input = inputOf({ header: { alg: 'HS256' } });
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const statusOf = async (token: string) =>
  (await fixture.app.inject({ url: '/api/auth/me', headers: bearer(token) })).statusCode;

describe('an access token', () => {
  it('of the installation is accepted', async () => {
    expect(await statusOf(genuine())).toBe(200);
  });

  it('is accepted in one header only, in one form', async () => {
    for (const authorization of [
      genuine(),
      `Basic ${genuine()}`,
      `Bearer  ${genuine()}`,
      'Bearer',
      'Bearer ',
    ]) {
      const answer = await fixture.app.inject({ url: '/api/auth/me', headers: { authorization } });
      expect(answer.statusCode, authorization.slice(0, 20)).toBe(401);
    }
    const byQuery = await fixture.app.inject({ url: `/api/auth/me?token=${genuine()}` });
    expect(byQuery.statusCode).toBe(401);
  });

  const forged: [string, () => string][] = [
    ['alg none', () => `${inputOf({ header: { alg: 'none' } })}.`],
    ['no signature', () => `${inputOf({})}.`],
    ['HMAC with the public key', () => hmac(signingKey().public_pem)],
    ['HMAC with the public key after a space', () => hmac(` ${signingKey().public_pem}`)],
    ['HMAC with the public key after a newline', () => hmac(`\n${signingKey().public_pem}`)],
    ['HMAC with the public key after a byte-order mark', () => hmac(`\uFEFF${signingKey().public_pem}`)],
    ['HMAC with an empty key', () => hmac('')],
    ['an unknown kid', () => genuine({ header: { kid: 'other' } })],
    ['no kid', () => genuine({ header: { kid: undefined } })],
    ['a path in kid', () => genuine({ header: { kid: '../../../etc/passwd' } })],
    ['SQL in kid', () => genuine({ header: { kid: "' or 1=1 --" } })],
    ['crit', () => genuine({ header: { crit: ['exp'] } })],
    ['jku', () => genuine({ header: { jku: 'https://evil.example/keys' } })],
    ['x5u', () => genuine({ header: { x5u: 'https://evil.example/cert' } })],
    ['jwk', () => genuine({ header: { jwk: { kty: 'OKP' } } })],
    ['an array as payload', () => genuine({ payload: [] })],
    ['a string as payload', () => genuine({ payload: 'admin' })],
    ['iss as an array', () => genuine({ claims: { iss: ['spectra'] } })],
    ['aud as an array', () => genuine({ claims: { aud: ['spectra-api'] } })],
    ['another iss', () => genuine({ claims: { iss: 'elsewhere' } })],
    ['another aud', () => genuine({ claims: { aud: 'elsewhere' } })],
    ['no exp', () => genuine({ claims: { exp: undefined } })],
    ['exp as text', () => genuine({ claims: { exp: '9999999999' } })],
    ['exp in the past', () => genuine({ claims: { exp: Math.floor(Date.now() / 1000) - 60 } })],
    ['iat far ahead', () => genuine({ claims: { iat: Math.floor(Date.now() / 1000) + 3600 } })],
    ['nbf far ahead', () => genuine({ claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } })],
    ['no sub', () => genuine({ claims: { sub: undefined } })],
    ['a sub that is no user id', () => genuine({ claims: { sub: "' or 1=1 --" } })],
    ['no jti', () => genuine({ claims: { jti: undefined } })],
    ['an unknown role', () => genuine({ claims: { role: 'root' } })],
    ['an organisation that is no id', () => genuine({ claims: { org: '*' } })],
    ['a user of another organisation', () => genuine({ claims: { org: fixture.other.orgId } })],
    ['an older token version', () => genuine({ claims: { tv: -1 } })],
    ['a session that never was', () => genuine({ claims: { sid: randomUUID() } })],
    ['a stream ticket', () => genuine({ header: { typ: 'stream-ticket' } })],
    ['another typ', () => genuine({ header: { typ: 'JWT' } })],
    ['no typ', () => genuine({ header: { typ: undefined } })],
  ];
  it.each(forged)('with %s is refused', async (_name, make) => {
    expect(await statusOf(make())).toBe(401);
  });

  it('that was accepted is refused once it has ended', async () => {
    const token = genuine({ claims: { exp: Math.floor(Date.now() / 1000) + 2 } });
    expect(await statusOf(token)).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    const status = await statusOf(token).finally(() => vi.useRealTimers());
    expect(status).toBe(401);
  });

  it('that was accepted is refused under another signature', async () => {
    const token = genuine();
    expect(await statusOf(token)).toBe(200);
    const [header, payload] = token.split('.');
    expect(await statusOf(`${header}.${payload}.${genuine().split('.')[2]}`)).toBe(401);
    expect(await statusOf(token)).toBe(200);
  });

  it('with one changed byte is refused', async () => {
    const token = genuine();
    for (const index of [5, token.indexOf('.') + 5, token.length - 5]) {
      const other = token[index] === 'A' ? 'B' : 'A';
      expect(await statusOf(token.slice(0, index) + other + token.slice(index + 1))).toBe(401);
    }
  });
});

describe('the public key set', () => {
  it('holds the public halves only', async () => {
    const answer = await fixture.app.inject('/.well-known/jwks.json');
    expect(answer.json()).toEqual({
      keys: [
        {
          kty: 'OKP',
          crv: 'Ed25519',
          x: expect.any(String),
          kid: signingKey().kid,
          use: 'sig',
          alg: 'EdDSA',
        },
      ],
    });
  });
});
