import { Readable } from 'node:stream';
import type { RawAnswer } from '@spectra/http-kit';
import { keyOfUri, type ByteRange, type ObjectStore } from '@spectra/object-store';
import { accept, refuse, type Artifact, type Result } from '@spectra/schemas';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { askedRange } from './asked-range.ts';

/** The file that is asked for: where it is, and what is known of it without looking into it. */
type File = { key: string; name: string; mediaType?: string; sha256?: string };
type Exchange = { request: FastifyRequest; reply: FastifyReply };

/** The bytes of an artifact, or the part of it that the request asks for. They never change under its id. */
export function artifactAnswer(
  store: ObjectStore,
  artifact: Artifact,
  exchange: Exchange,
): Promise<Result<RawAnswer>> {
  const { uri, name, media_type: mediaType, sha256 } = artifact;
  return fileAnswer(store, { key: keyOfUri(uri), name, mediaType, sha256 }, exchange);
}

/** The bytes of a stored file, whole or the one range that is asked for; a client that has it already gets none. */
export async function fileAnswer(
  store: ObjectStore,
  file: File,
  { request, reply }: Exchange,
): Promise<Result<RawAnswer>> {
  const etag = file.sha256 === undefined ? undefined : `"${file.sha256}"`;
  if (etag !== undefined && request.headers['if-none-match'] === etag) {
    return accept({ kind: 'bytes', status: 304, headers: { etag }, body: '' });
  }
  const head = await store.head(file.key).catch(() => undefined);
  if (head === undefined) return refuse('dependency_unavailable', 'The object store is not reachable.');
  if (head === null) {
    return refuse('not_found', 'The bytes of this file are not in the store, or not yet.');
  }
  const { sizeBytes } = head;
  const range = askedRange(request.headers, { sizeBytes, etag });
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${sizeBytes}`);
    return refuse('range_not_satisfiable', `The file has ${sizeBytes} bytes.`);
  }
  const headers = headersOf(file, etag, head.mediaType);
  if (request.method === 'HEAD') {
    const told = { ...headers, 'content-length': String(sizeBytes) };
    // Text of no length would be told as the length of the file.
    return accept({ kind: 'bytes', headers: told, body: Readable.from([]) });
  }
  return bytesAnswer(store, file.key, { range, sizeBytes, headers });
}

async function bytesAnswer(
  store: ObjectStore,
  key: string,
  wanted: { range: Required<ByteRange> | null; sizeBytes: number; headers: Record<string, string> },
): Promise<Result<RawAnswer>> {
  const { range, sizeBytes, headers } = wanted;
  const stored = await (range === null ? store.get(key) : store.get(key, range)).catch(() => undefined);
  if (stored === undefined) return refuse('dependency_unavailable', 'The object store is not reachable.');
  if (stored === null) return refuse('not_found', 'The bytes of this file are not in the store any more.');
  const length = { ...headers, 'content-length': String(stored.sizeBytes) };
  if (range === null) return accept({ kind: 'bytes', headers: length, body: stored.stream });
  const part = { ...length, 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` };
  return accept({ kind: 'bytes', status: 206, headers: part, body: stored.stream });
}

function headersOf(file: File, etag: string | undefined, storedType: string): Record<string, string> {
  const name = file.name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return {
    'content-type': file.mediaType ?? storedType,
    'content-disposition': `attachment; filename="${name}"`,
    'accept-ranges': 'bytes',
    ...(etag === undefined ? {} : { etag, 'cache-control': 'private, max-age=31536000, immutable' }),
  };
}
