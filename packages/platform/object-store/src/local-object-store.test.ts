import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeObjectStore } from '../test/object-store-contract.ts';
import { localObjectStore, type LocalObjectStore } from './local-object-store.ts';

const secret = 'a secret of at least thirty-two characters';
const baseUrl = 'http://127.0.0.1:8003';
let folder: string;
let store: LocalObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectra-objects-'));
  store = localObjectStore({ folder, secret, baseUrl });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the local store', () => {
  describeObjectStore(() => store);

  it('leaves no scratch files behind', async () => {
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it('does not follow symbolic links out of its folder', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'spectra-outside-'));
    await writeFile(join(outside, 'secret'), 'x');
    await mkdir(join(folder, 'objects/org'), { recursive: true });
    await symlink(outside, join(folder, 'objects/org/link'));
    await symlink(join(outside, 'secret'), join(folder, 'objects/org/file'));
    for (const key of ['org/link/secret', 'org/link/new/deep', 'org/file']) {
      await expect(store.get(key)).rejects.toThrow(/lead out|symbolic link/);
      await expect(store.head(key)).rejects.toThrow(/lead out|symbolic link/);
    }
    await expect(store.put('org/link/new', Buffer.of(1), { mediaType: 'a/b' })).rejects.toThrow(/lead out/);
    expect((await store.list('org/')).objects.map(({ key }) => key)).not.toContain('org/link/secret');
    expect(await readdir(outside)).toEqual(['secret']);
    await rm(outside, { recursive: true });
  });
});

describe('a signed URL', () => {
  const partsOf = (url: string) => {
    const { pathname, searchParams } = new URL(url);
    return {
      key: decodeURIComponent(pathname.replace('/files/', '')),
      exp: searchParams.get('exp') ?? '',
      sig: searchParams.get('sig') ?? '',
      nowMs: Date.now(),
    };
  };

  it('grants its one method on its one key until it expires', async () => {
    const url = await store.presignGet('org/a b/ä?.csv', 60);
    expect(url.startsWith(`${baseUrl}/files/org/a%20b/`)).toBe(true);
    const grant = { method: 'GET' as const, ...partsOf(url) };
    expect(grant.key).toBe('org/a b/ä?.csv');
    expect(store.verifySignature(grant)).toBe(true);
    expect(store.verifySignature({ ...grant, method: 'PUT' })).toBe(false);
    expect(store.verifySignature({ ...grant, key: 'org/a b/other' })).toBe(false);
    expect(store.verifySignature({ ...grant, exp: String(Number(grant.exp) + 1) })).toBe(false);
    expect(store.verifySignature({ ...grant, sig: `${grant.sig}x` })).toBe(false);
    expect(store.verifySignature({ ...grant, nowMs: grant.nowMs + 61_000 })).toBe(false);
    const other = localObjectStore({ folder, secret: `${secret}!`, baseUrl });
    expect(other.verifySignature(grant)).toBe(false);
    const put = { method: 'PUT' as const, ...partsOf(await store.presignPut('org/b', 60)) };
    expect(store.verifySignature(put)).toBe(true);
  });
});
