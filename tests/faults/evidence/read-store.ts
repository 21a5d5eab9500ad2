import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from '@spectra/object-store';
import type { ObjectFact } from './evidence.ts';
import { isOf } from './read-files.ts';

const readsAtOnce = 8;

/**
 * Objects under these runs and jobs, with the checksum of what is really there: those that the store lists, and the
 * recorded ones that it holds without listing them yet.
 */
export async function readStore(
  store: ObjectStore,
  ids: ReadonlySet<string>,
  recorded: readonly string[],
): Promise<ObjectFact[]> {
  const waiting = [...new Set([...recorded, ...(await listed(store, ids))])];
  const found: ObjectFact[] = [];
  const reader = async () => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const object = await store.get(key);
      if (object === null) continue;
      const content = await buffer(object.stream);
      const sha256 = createHash('sha256').update(content).digest('hex');
      found.push({ key, sizeBytes: content.length, sha256 });
    }
  };
  await Promise.all(Array.from({ length: readsAtOnce }, reader));
  return found;
}

async function listed(store: ObjectStore, ids: ReadonlySet<string>): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await store.list('org/', cursor);
    keys.push(...page.objects.map(({ key }) => key).filter((key) => isOf(key, ids)));
    if (page.next === null) return keys;
    cursor = page.next;
  }
}
