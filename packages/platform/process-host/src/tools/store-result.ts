import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { jobArtifactKey } from '@spectra/object-store';
import type { ObjectStore } from '@spectra/object-store';
import type { Artifact, ToolResult } from '@spectra/schemas';

/** Up to here a result is kept as it is; above it, compressed. */
export const plainBytesMax = 8 * 1024;
/** Above this, a result lies in the object store. It also has to fit into one message. */
export const recordBytesMax = 1_000_000;
/** A larger result is refused. */
const resultBytesMax = 64 * 1024 * 1024;

/** A result is larger than the platform keeps. */
export class ResultTooLarge extends Error {}

/** A result in the form in which it travels and is kept; null when it is too large for a record. */
export async function recordedResult(value: unknown): Promise<ToolResult | null> {
  return recordedBytes(value, bytesOf(value));
}

/** A result that is only sent, compressed whatever its size; null when that does not fit into one message. */
export async function sentResult(value: unknown): Promise<ToolResult | null> {
  const bytes = bytesOf(value);
  if (bytes.byteLength <= plainBytesMax) return { encoding: 'json', value };
  const base64 = (await promisify(gzip)(bytes)).toString('base64');
  return base64.length > recordBytesMax ? null : { encoding: 'gzip', base64, size_bytes: bytes.byteLength };
}

/** Like `recordedResult`, and the largest go into the object store. */
export async function storeResult(
  value: unknown,
  place: { objectStore: ObjectStore; orgId: string; jobId: string },
): Promise<{ result: ToolResult; artifacts: Artifact[] }> {
  const bytes = bytesOf(value);
  const result = await recordedBytes(value, bytes);
  if (result !== null) return { result, artifacts: [] };
  const file = { kind: 'result', name: 'result.json', mediaType: 'application/json', body: bytes };
  const artifact = await storeJobFile(file, place);
  return { result: { encoding: 'artifact', size_bytes: bytes.byteLength }, artifacts: [artifact] };
}

function bytesOf(value: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  if (bytes.byteLength > resultBytesMax) {
    throw new ResultTooLarge(
      `the result has ${bytes.byteLength} bytes; it may have at most ${resultBytesMax}`,
    );
  }
  return bytes;
}

async function recordedBytes(value: unknown, bytes: Buffer): Promise<ToolResult | null> {
  const size_bytes = bytes.byteLength;
  if (size_bytes <= plainBytesMax) return { encoding: 'json', value };
  if (size_bytes > recordBytesMax) return null;
  return { encoding: 'gzip', base64: (await promisify(gzip)(bytes)).toString('base64'), size_bytes };
}

/** Stores a file of a job, bytes or stream, and answers its record. */
export async function storeJobFile(
  file: { kind: string; name: string; mediaType: string; body: Buffer | Readable },
  { objectStore, orgId, jobId }: { objectStore: ObjectStore; orgId: string; jobId: string },
): Promise<Artifact> {
  const { kind, name, mediaType } = file;
  const key = jobArtifactKey({ orgId, jobId, name });
  const { sizeBytes, sha256 } = await objectStore.put(key, file.body, { mediaType });
  return {
    artifact_id: randomUUID(),
    kind,
    name,
    media_type: mediaType,
    size_bytes: sizeBytes,
    sha256,
    uri: objectStore.uriOf(key),
  };
}
