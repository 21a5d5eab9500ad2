import type { Dirent, Stats } from 'node:fs';
import { lstat, mkdir, readdir, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { checkedKey } from './object-key.ts';

/** The file of a key under a root folder; throws when a symbolic link on the way leads out of the root. */
export async function pathInside(root: string, key: string): Promise<string> {
  const path = join(root, ...checkedKey(key).split('/'));
  await mkdir(root, { recursive: true });
  const realRoot = await realpath(root);
  const realParent = await realpathOfExisting(dirname(path));
  if (realParent !== realRoot && !realParent.startsWith(realRoot + sep))
    throw new Error('An object key may not lead out of the store');
  return path;
}

/** What is at a path, or null when nothing is; a symbolic link is never followed. */
export async function fileAt(path: string): Promise<Stats | null> {
  try {
    const found = await lstat(path);
    if (found.isSymbolicLink()) throw new Error('An object may not be a symbolic link');
    return found.isFile() ? found : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * The first `limit` files whose key starts with the prefix and comes after `after`, in the order of the keys' bytes.
 * Folders that lie before or behind that span are not looked into.
 */
export async function filesUnder(
  root: string,
  wanted: { prefix: string; after?: string | undefined; limit: number },
): Promise<{ key: string; sizeBytes: number }[]> {
  const { prefix } = wanted;
  if (prefix.split('/').includes('..') || prefix.startsWith('/')) {
    throw new Error('A prefix may not be absolute nor hold ".."');
  }
  const found: { key: string; sizeBytes: number }[] = [];
  for await (const key of keysIn(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), wanted)) {
    const file = await fileAt(await pathInside(root, key));
    if (file !== null) found.push({ key, sizeBytes: file.size });
    if (found.length === wanted.limit) break;
  }
  return found;
}

/** S3 lists by the bytes of the UTF-8 form; so does this store. */
function compareKeys(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

async function* keysIn(
  root: string,
  folder: string,
  wanted: { prefix: string; after?: string | undefined },
): AsyncGenerator<string> {
  for (const name of await namesIn(root, folder)) {
    if (!mayHold(name, wanted)) continue;
    if (name.endsWith('/')) yield* keysIn(root, name, wanted);
    else yield name;
  }
}

/** What is in a folder, as keys; those of folders end with a slash, which puts their files in their place. */
async function namesIn(root: string, folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  return entries
    .flatMap((entry) => {
      if (entry.isDirectory()) return [`${folder}${entry.name}/`];
      return entry.isFile() ? [`${folder}${entry.name}`] : [];
    })
    .toSorted(compareKeys);
}

/** Whether a key, or a folder's key, can be or hold one of the wanted ones. */
function mayHold(name: string, { prefix, after }: { prefix: string; after?: string | undefined }): boolean {
  if (!name.startsWith(prefix) && !(name.endsWith('/') && prefix.startsWith(name))) return false;
  if (after === undefined || compareKeys(name, after) > 0) return true;
  return name.endsWith('/') && after.startsWith(name);
}

/** The real path of the deepest part of `path` that exists. */
async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return realpathOfExisting(dirname(path));
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
