import type { RawAnswer } from '@spectra/http-kit';
import { keyOfUri, type ObjectStore } from '@spectra/object-store';
import { accept, refuse, type Artifact, type Result } from '@spectra/schemas';

/** The bytes of a stored file. They never change under its id, so a client may keep them. */
export async function fileAnswer(store: ObjectStore, file: Artifact): Promise<Result<RawAnswer>> {
  const stored = await store.get(keyOfUri(file.uri)).catch(() => undefined);
  if (stored === undefined) return refuse('dependency_unavailable', 'The object store is not reachable.');
  if (stored === null) {
    return refuse('not_found', 'The bytes of this file are not in the store, or not yet.');
  }
  return accept({ kind: 'bytes', body: stored.stream, headers: headersOf(file, stored.sizeBytes) });
}

function headersOf(file: Artifact, sizeBytes: number): Record<string, string> {
  const name = file.name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return {
    'content-type': file.media_type,
    'content-length': String(sizeBytes),
    'content-disposition': `attachment; filename="${name}"`,
    etag: `"${file.sha256}"`,
    'cache-control': 'private, max-age=31536000, immutable',
  };
}
