import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Database } from '@spectra/database';
import { keyOfUri, type ObjectStore } from '@spectra/object-store';
import { artifactState, type FoundObject } from '../core/artifact-check.ts';
import {
  nextArtifacts,
  saveFindings,
  type ArtifactFinding,
  type CheckedRow,
} from '../store/artifact-checks.ts';

/** Rows of one round. */
const rowsMax = 100;
/** Bytes that one round reads at most; a larger file is read alone. */
const bytesMax = 64_000_000;
const beforeAllIds = '00000000-0000-0000-0000-000000000000';

export type ArtifactCheckSettings = {
  /** A file may still be on its way from a worker's spool for so long. */
  missingGraceS: number;
  /** Bytes are compared again after this. */
  bytesEveryS: number;
};

/**
 * Looks at artifacts in the order of their ids, some at a time, and begins again behind the last: is the object there, has
 * it the size, and from time to time, are its bytes those that were recorded. Answers whether the walk came to its end.
 * Throws, and concludes nothing, when the store cannot be asked.
 */
export function artifactWalk(parts: {
  database: Database;
  objectStore: ObjectStore;
  newId: () => string;
  settings: ArtifactCheckSettings;
}): () => Promise<{ atEnd: boolean }> {
  const { database, objectStore, newId, settings } = parts;
  let after = beforeAllIds;
  return async () => {
    const rows = await nextArtifacts(database, { after, limit: rowsMax });
    let budget = bytesMax;
    const findings: ArtifactFinding[] = [];
    let last = after;
    for (const row of rows) {
      const size = Number(row.size_bytes);
      const readsBytes = isBytesDue(row, settings.bytesEveryS);
      // The rest has its turn in the next round; one that is larger than the budget goes alone.
      if (readsBytes && size > budget && findings.length > 0) break;
      const found = await objectOf(objectStore, keyOfUri(row.uri), readsBytes);
      if (readsBytes) budget -= size;
      last = row.artifact_id;
      const state = artifactState({ sizeBytes: size, sha256: row.sha256 }, found, row.state);
      if (state === 'missing' && row.age_s < settings.missingGraceS) continue;
      const bytesRead = readsBytes && found?.sha256 !== null && found !== null;
      findings.push({ row, state, bytesRead, detail: detailOf(row, found, state) });
    }
    await saveFindings(database, findings, newId);
    const atEnd = rows.length === 0 || (rows.length < rowsMax && last === rows.at(-1)?.artifact_id);
    after = atEnd ? beforeAllIds : last;
    return { atEnd };
  };
}

/** Never read, read long ago, or not as recorded when it was looked at last. */
function isBytesDue(row: CheckedRow, everyS: number): boolean {
  const good = row.state === 'kept';
  return !good || row.bytes_age_s === null || row.bytes_age_s > everyS;
}

async function objectOf(store: ObjectStore, key: string, readsBytes: boolean): Promise<FoundObject | null> {
  if (!readsBytes) {
    const head = await store.head(key);
    return head === null ? null : { sizeBytes: head.sizeBytes, sha256: null };
  }
  const found = await store.get(key);
  if (found === null) return null;
  const hash = createHash('sha256');
  await pipeline(found.stream, hash);
  return { sizeBytes: found.sizeBytes, sha256: hash.digest('hex') };
}

function detailOf(
  row: CheckedRow,
  found: FoundObject | null,
  state: ArtifactFinding['state'],
): string | null {
  switch (state) {
    case 'kept':
      return null;
    case 'missing':
      return 'the object is not in the store';
    case 'wrong_size':
      return `the object has ${found?.sizeBytes ?? 0} bytes, recorded were ${row.size_bytes}`;
    case 'wrong_sha256':
      return 'the bytes are not the recorded ones (SHA-256 differs)';
  }
}
