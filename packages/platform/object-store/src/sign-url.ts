import { createHmac, timingSafeEqual } from 'node:crypto';

/** A signed URL is handed to whoever asked a moment ago; longer, it would outlive a permission that was taken away. */
const expiresSMax = 300;

/** A request that came in on a signed URL; `key`, `exp` and `sig` as decoded from it. */
export type SignedRequest = { method: 'GET' | 'PUT'; key: string; exp: string; sig: string; nowMs: number };

/** `<base>/files/<key>?exp=<unix seconds>&sig=<HMAC of method, key and exp>`. */
export function signedUrl(
  store: { secret: string; baseUrl: string },
  grant: { method: 'GET' | 'PUT'; key: string; expiresS: number },
): string {
  const exp = String(Math.floor(Date.now() / 1000 + checkedExpiryS(grant.expiresS)));
  const path = grant.key.split('/').map(encodeURIComponent).join('/');
  const sig = signature(store.secret, { ...grant, exp });
  return `${store.baseUrl.replace(/\/$/, '')}/files/${path}?exp=${exp}&sig=${sig}`;
}

/** How long a signed URL lasts, in seconds; throws when that is too short to use or too long to be safe. */
export function checkedExpiryS(expiresS: number): number {
  if (expiresS >= 1 && expiresS <= expiresSMax) return Math.floor(expiresS);
  throw new RangeError(`expiresS: ${expiresS} is not between 1 and ${expiresSMax}`);
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
