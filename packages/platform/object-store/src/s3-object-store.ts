import { Readable } from 'node:stream';
import { Client, S3Error } from 'minio';
import { countBytes } from './count-bytes.ts';
import { checkedKey } from './object-key.ts';
import type { ObjectHead, ObjectStore } from './object-store.ts';
import { checkedExpiryS } from './sign-url.ts';

const pageSize = 1000;
/** Held in memory per upload; ten thousand parts are the limit of S3, so objects up to 78 GiB fit. */
const partBytes = 8 * 2 ** 20;
const missingCodes = new Set(['NoSuchKey', 'NotFound', 'NoSuchObject']);

/** A store in one bucket of an S3 service; the bucket is made at the first write when it is missing. */
export function s3ObjectStore(options: {
  /** For example `http://127.0.0.1:9000`. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
}): ObjectStore {
  const { bucket, region } = options;
  const client = clientOf(options);
  const ensureBucket = onceSuccessful(() => makeBucketIfMissing(client, bucket, region));
  return {
    async put(key, body, { mediaType }) {
      const name = checkedKey(key);
      await ensureBucket();
      const counted = countBytes(body);
      await upload(client, { bucket, name, mediaType, stream: counted.stream });
      return counted.result();
    },
    async get(key, range) {
      const name = checkedKey(key);
      const head = await headOf(client, bucket, name);
      if (head === null) return null;
      const { sizeBytes, mediaType } = head;
      if (range === undefined) return { stream: await client.getObject(bucket, name), sizeBytes, mediaType };
      const end = Math.min(range.end ?? sizeBytes - 1, sizeBytes - 1);
      if (range.start < 0 || range.start > end) {
        throw new RangeError(`range: starts at ${range.start}, the object has ${sizeBytes} bytes`);
      }
      const length = end - range.start + 1;
      const stream = await client.getPartialObject(bucket, name, range.start, length);
      return { stream, sizeBytes: length, mediaType };
    },
    head: async (key) => headOf(client, bucket, checkedKey(key)),
    async delete(key) {
      const name = checkedKey(key);
      await noneIfMissing(client.removeObject(bucket, name));
    },
    async list(prefix, cursor) {
      if (prefix.split('/').includes('..') || prefix.startsWith('/')) {
        throw new Error('A prefix may not be absolute nor hold ".."');
      }
      const found = await client.listObjectsV2Query(
        bucket,
        prefix.normalize('NFC'),
        '',
        '',
        pageSize,
        cursor ?? '',
      );
      const objects = found.objects.flatMap((object) =>
        object.name === undefined ? [] : [{ key: object.name, sizeBytes: object.size }],
      );
      return { objects, next: found.isTruncated ? (objects.at(-1)?.key ?? null) : null };
    },
    presignGet: async (key, expiresS) =>
      client.presignedGetObject(bucket, checkedKey(key), checkedExpiryS(expiresS)),
    presignPut: async (key, expiresS) =>
      client.presignedPutObject(bucket, checkedKey(key), checkedExpiryS(expiresS)),
    uriOf: (key) => `s3://${bucket}/${checkedKey(key)}`,
    ping: () =>
      ensureBucket().then(
        () => true,
        () => false,
      ),
  };
}

function clientOf(options: {
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
}): Client {
  const url = new URL(options.endpoint);
  const useSSL = url.protocol === 'https:';
  return new Client({
    endPoint: url.hostname,
    port: url.port === '' ? (useSSL ? 443 : 80) : Number(url.port),
    useSSL,
    region: options.region,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    pathStyle: true,
    partSize: partBytes,
  });
}

/**
 * A body that fits into one part goes as one request; a longer one part by part. The client itself neither takes an
 * empty stream nor notices that a stream failed: both are seen to here.
 */
async function upload(
  client: Client,
  object: { bucket: string; name: string; mediaType: string; stream: Readable },
): Promise<void> {
  const { bucket, name, stream } = object;
  const headers = { 'Content-Type': object.mediaType };
  const { head, rest } = await firstPart(stream);
  if (rest === undefined) {
    await client.putObject(bucket, name, head, head.byteLength, headers);
    return;
  }
  const failed = new Promise<never>((_resolve, reject) => {
    stream.once('error', reject);
  });
  try {
    await Promise.race([client.putObject(bucket, name, rest, undefined, headers), failed]);
  } catch (error) {
    // Parts that were sent already would be kept, and paid for, without an object.
    await client.removeIncompleteUpload(bucket, name).catch(() => undefined);
    throw error;
  }
}

/** The stream's first bytes; when there is more than one part, `rest` is the whole of it from the start. */
async function firstPart(stream: Readable): Promise<{ head: Buffer; rest?: Readable }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const source: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await source.next();
    if (next.done === true) return { head: Buffer.concat(chunks) };
    chunks.push(next.value);
    size += next.value.byteLength;
    if (size > partBytes) break;
  }
  const head = Buffer.concat(chunks);
  const rest = Readable.from(
    (async function* () {
      yield head;
      yield* { [Symbol.asyncIterator]: () => source };
    })(),
    { objectMode: false },
  );
  rest.on('error', () => undefined);
  return { head, rest };
}

async function makeBucketIfMissing(client: Client, bucket: string, region: string): Promise<void> {
  if (!(await client.bucketExists(bucket))) await client.makeBucket(bucket, region);
}

async function headOf(client: Client, bucket: string, name: string): Promise<ObjectHead | null> {
  const found = await noneIfMissing(client.statObject(bucket, name));
  if (found === null) return null;
  return {
    sizeBytes: found.size,
    mediaType: String(found.metaData['content-type'] ?? 'application/octet-stream'),
    modifiedAt: found.lastModified.toISOString(),
  };
}

async function noneIfMissing<Value>(work: Promise<Value>): Promise<Value | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof S3Error && missingCodes.has(error.code ?? '')) return null;
    throw error;
  }
}

/** Repeats the work until it succeeded once; callers at the same time share one try. */
function onceSuccessful(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
}
