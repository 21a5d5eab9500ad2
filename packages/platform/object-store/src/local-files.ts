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

/** All files whose key starts with the prefix, in the order of the keys' bytes. */
export async function filesUnder(
  root: string,
  prefix: string,
): Promise<{ key: string; sizeBytes: number }[]> {
  if (prefix.split('/').includes('..') || prefix.startsWith('/')) {
    throw new Error('A prefix may not be absolute nor hold ".."');
  }
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const keys = (await keysIn(root, folder)).filter((key) => key.startsWith(prefix));
  keys.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  const found = await Promise.all(
    keys.map(async (key) => {
      const file = await fileAt(await pathInside(root, key));
      return file === null ? [] : [{ key, sizeBytes: file.size }];
    }),
  );
  return found.flat();
}

async function keysIn(root: string, folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const found = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isDirectory()) return await keysIn(root, `${folder}${entry.name}/`);
      return entry.isFile() ? [`${folder}${entry.name}`] : [];
    }),
  );
  return found.flat();
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
