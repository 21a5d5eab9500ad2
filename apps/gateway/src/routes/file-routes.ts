import { defineRawRoute, type HttpRoute } from '@spectra/http-kit';
import { isLocalObjectStore, type ObjectStore } from '@spectra/object-store';
import { refuse } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { z } from 'zod';
import { fileAnswer } from '../file-answer.ts';

/** Where the signed URLs of the local store lead; another store serves its own. */
export function fileRoutes(objectStore: ObjectStore, clock: Clock): HttpRoute[] {
  if (!isLocalObjectStore(objectStore)) return [];
  const route = defineRawRoute({
    method: 'GET',
    url: '/files/*',
    access: { kind: 'public', reason: 'the signature in the address is the credential' },
    organisation: 'none',
    summary: 'A stored file at a signed address, for five minutes at most; ranges are answered',
    tag: 'runs',
    params: z.strictObject({ '*': z.string().min(1).max(1000) }),
    query: z.strictObject({ exp: z.string().max(20), sig: z.string().max(200) }),
    reply: { status: 200, mediaType: 'application/octet-stream' },
    async handler({ params, query }, exchange) {
      const key = params['*'];
      const request = { method: 'GET', key, ...query, nowMs: clock.nowMs() } as const;
      if (!objectStore.verifySignature(request)) {
        return refuse('permission_denied', 'The signature of this address is not valid, or not any more.');
      }
      return fileAnswer(objectStore, { key, name: key.split('/').at(-1) ?? key }, exchange);
    },
  });
  return [route];
}
