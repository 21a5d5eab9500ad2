import { createHmac, timingSafeEqual } from 'node:crypto';

const expiresSMax = 7 * 24 * 3600;

/** A request that came in on a signed URL; `key`, `exp` and `sig` as decoded from it. */
export type SignedRequest = { method: 'GET' | 'PUT'; key: string; exp: string; sig: string; nowMs: number };

/** `<base>/files/<key>?exp=<unix seconds>&sig=<HMAC of method, key and exp>`. */
export function signedUrl(
  store: { secret: string; baseUrl: string },
  grant: { method: 'GET' | 'PUT'; key: string; expiresS: number },
): string {
  if (!(grant.expiresS >= 1 && grant.expiresS <= expiresSMax)) {
    throw new RangeError(`expiresS: ${grant.expiresS} is not between 1 and ${expiresSMax}`);
  }
  const exp = String(Math.floor(Date.now() / 1000 + grant.expiresS));
  const path = grant.key.split('/').map(encodeURIComponent).join('/');
  const sig = signature(store.secret, { ...grant, exp });
  return `${store.baseUrl.replace(/\/$/, '')}/files/${path}?exp=${exp}&sig=${sig}`;
}

/** Compares in constant time; a changed method, key or expiry, another secret or a late call is refused. */
export function isSignatureValid(secret: string, request: SignedRequest): boolean {
  if (!/^\d{1,12}$/.test(request.exp) || Number(request.exp) * 1000 <= request.nowMs) return false;
  const expected = Buffer.from(signature(secret, { ...request, key: request.key.normalize('NFC') }));
  const given = Buffer.from(request.sig);
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}

function signature(secret: string, grant: { method: string; key: string; exp: string }): string {
  return createHmac('sha256', secret)
    .update(`${grant.method}\n${grant.key}\n${grant.exp}`)
    .digest('base64url');
}
