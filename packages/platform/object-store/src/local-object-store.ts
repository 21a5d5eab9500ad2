import { randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { countBytes } from './count-bytes.ts';
import { fileAt, filesUnder, pathInside } from './local-files.ts';
import { checkedKey } from './object-key.ts';
import type { ObjectStore } from './object-store.ts';
import { isSignatureValid, signedUrl, type SignedRequest } from './sign-url.ts';

const pageSize = 1000;
const unknownMediaType = 'application/octet-stream';

/** A store on the local disk, with HMAC-signed URLs in place of S3's. */
export type LocalObjectStore = ObjectStore & {
  /** True when a request for `/files/<key>?exp&sig` bears this store's signature and comes before `exp`. */
  verifySignature(request: SignedRequest): boolean;
};

/**
 * Keeps objects as files under `folder`. A write goes to a scratch file and is renamed into place, so a crash
 * leaves the old object or the new one. `baseUrl` is where the gateway serves `/files/`.
 */
export function localObjectStore(options: {
  folder: string;
  secret: string;
  baseUrl: string;
}): LocalObjectStore {
  const folder = resolve(options.folder);
  const objects = join(folder, 'objects');
  const mediaTypes = join(folder, 'media-types');
  const mediaTypeOf = async (key: string) =>
    readFile(await pathInside(mediaTypes, key), 'utf8').catch(() => unknownMediaType);
  const presign = async (method: 'GET' | 'PUT', key: string, expiresS: number) =>
    signedUrl(options, { method, key: checkedKey(key), expiresS });
  return {
    put: (key, body, { mediaType }) => store({ folder, objects, mediaTypes }, { key, body, mediaType }),
    async get(key, range) {
      const path = await pathInside(objects, key);
      const found = await fileAt(path);
      if (found === null) return null;
      const mediaType = await mediaTypeOf(key);
      if (range === undefined) return { stream: createReadStream(path), sizeBytes: found.size, mediaType };
      const end = Math.min(range.end ?? found.size - 1, found.size - 1);
      if (range.start < 0 || range.start > end) {
        throw new RangeError(`range: starts at ${range.start}, the object has ${found.size} bytes`);
      }
      const stream = createReadStream(path, { start: range.start, end });
      return { stream, sizeBytes: end - range.start + 1, mediaType };
    },
    async head(key) {
      const found = await fileAt(await pathInside(objects, key));
      if (found === null) return null;
      return {
        sizeBytes: found.size,
        mediaType: await mediaTypeOf(key),
        modifiedAt: found.mtime.toISOString(),
      };
    },
    async delete(key) {
      await rm(await pathInside(objects, key), { force: true });
      await rm(await pathInside(mediaTypes, key), { force: true });
    },
    async list(prefix, cursor) {
      const wanted = { prefix: prefix.normalize('NFC'), after: cursor, limit: pageSize + 1 };
      const found = await filesUnder(objects, wanted);
      const page = found.slice(0, pageSize);
      return { objects: page, next: found.length > pageSize ? (page.at(-1)?.key ?? null) : null };
    },
    presignGet: (key, expiresS) => presign('GET', key, expiresS),
    presignPut: (key, expiresS) => presign('PUT', key, expiresS),
    uriOf: (key) => `local://artifacts/${checkedKey(key)}`,
    ping: () => isWritable(objects),
    verifySignature: (request) => isSignatureValid(options.secret, request),
  };
}

/** True for the store whose signed URLs the gateway serves; another store serves its own. */
export function isLocalObjectStore(store: ObjectStore): store is LocalObjectStore {
  return 'verifySignature' in store;
}

async function store(
  folders: { folder: string; objects: string; mediaTypes: string },
  object: { key: string; body: Parameters<ObjectStore['put']>[1]; mediaType: string },
): Promise<{ sizeBytes: number; sha256: string }> {
  const path = await pathInside(folders.objects, object.key);
  const mediaTypePath = await pathInside(folders.mediaTypes, object.key);
  const scratch = join(folders.folder, 'incoming');
  await mkdir(scratch, { recursive: true });
  const incoming = join(scratch, randomUUID());
  try {
    const counted = countBytes(object.body);
    // `flush` makes the bytes durable before the name appears.
    await writeFile(incoming, counted.stream, { flush: true, flag: 'wx' });
    await mkdir(dirname(mediaTypePath), { recursive: true });
    await writeFile(mediaTypePath, object.mediaType);
    await mkdir(dirname(path), { recursive: true });
    await rename(incoming, path);
    return counted.result();
  } finally {
    await rm(incoming, { force: true });
  }
}

async function isWritable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
