import { generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import type { PublicTokenKeys } from '@spectra/http-kit';

/** A key pair and a signer with the platform's defaults, each field replaceable. */
export function testTokens(nowMs: () => number) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const public_pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keys: PublicTokenKeys = {
    issuer: 'spectra',
    audience: 'spectra-api',
    keys: [{ kid: 'k1', public_pem }],
  };

  /** By hand, not by a library: a library would refuse to sign much of what tests must show to be refused. */
  function sign(claims: Record<string, unknown>, header: Record<string, unknown>): string {
    const parts = [{ alg: 'EdDSA', kid: 'k1', ...header }, claims];
    const input = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${input}.${signBytes(null, Buffer.from(input), privateKey).toString('base64url')}`;
  }

  function claimsOf(given: Record<string, unknown>, lifeS: number): Record<string, unknown> {
    const iat = Math.floor(nowMs() / 1000);
    const identity = { sub: 'user-1', role: 'engineer', jti: randomUUID() };
    return { iss: 'spectra', aud: 'spectra-api', iat, exp: iat + lifeS, ...identity, ...given };
  }

  return {
    keys,
    access: (given: Record<string, unknown>, header: Record<string, unknown> = {}) =>
      sign(claimsOf({ tv: 1, ...given }, 900), { typ: 'at+jwt', ...header }),
    ticket: (given: Record<string, unknown>, header: Record<string, unknown> = {}) =>
      sign(claimsOf(given, 30), { typ: 'stream-ticket', ...header }),
  };
}
