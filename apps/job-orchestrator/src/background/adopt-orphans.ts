import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { Database } from '@spectra/database';
import type { ObjectStore } from '@spectra/object-store';
import { orphanFate, ownerOfKey } from '../core/artifact-check.ts';
import {
  adopt,
  forgetOrphan,
  jobOfObject,
  noteOrphans,
  oldOrphans,
  type Orphan,
} from '../store/artifact-orphans.ts';

/** Files that one round repairs at most. */
const repairsMax = 20;
const everything = 'org/';

/** What became of orphans in one round. */
export type OrphanRound = { atEnd: boolean; adopted: number; removed: number };

type Parts = { database: Database; objectStore: ObjectStore; newId: () => string; graceS: number };

/**
 * Walks over the objects of the store page by page, notes those that no row names, and repairs what is safe to repair:
 * a run's file gets its row back, a file of a tool's job that is over goes. Never deletes a record of a run.
 */
export function orphanWalk(parts: Parts): () => Promise<OrphanRound> {
  let cursor: string | undefined;
  return async () => {
    const page = await parts.objectStore.list(everything, cursor);
    await noteOrphans(parts.database, page.objects);
    cursor = page.next ?? undefined;
    let adopted = 0;
    let removed = 0;
    for (const orphan of await oldOrphans(parts.database, { graceS: parts.graceS, limit: repairsMax })) {
      const done = await repair(parts, orphan);
      if (done === 'adopted') adopted += 1;
      if (done === 'removed') removed += 1;
    }
    return { atEnd: page.next === null, adopted, removed };
  };
}

async function repair(parts: Parts, orphan: Orphan): Promise<'adopted' | 'removed' | null> {
  const { database, objectStore, graceS } = parts;
  const { key } = orphan;
  const owner = ownerOfKey(key);
  const job = owner === null ? 'none' : await jobOfObject(database, owner);
  const fate = orphanFate(owner, { seenForS: orphan.seen_for_s, graceS, job });
  if (fate === 'remove') {
    await objectStore.delete(key);
    await forgetOrphan(database, key);
    return 'removed';
  }
  if (fate !== 'adopt' || owner?.kind !== 'run') return null;
  const found = await objectStore.get(key);
  if (found === null) {
    await forgetOrphan(database, key);
    return null;
  }
  const hash = createHash('sha256');
  await pipeline(found.stream, hash);
  const { orgId, runId, fileKind: kind, name } = owner;
  const { sizeBytes, mediaType } = found;
  const file = { key, uri: objectStore.uriOf(key), orgId, runId, kind, name, mediaType, sizeBytes };
  await adopt(database, { ...file, sha256: hash.digest('hex') }, parts.newId());
  return 'adopted';
}
