import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics } from '@spectra/service-kit';
import { afterEach, expect, it } from 'vitest';
import { isLocalObjectStore, localObjectStore } from './local-object-store.ts';
import { measuredObjectStore } from './measured-object-store.ts';

let folder: string;
afterEach(() => rm(folder, { recursive: true, force: true }));

it('counts what fails, by operation, and nothing else', async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectra-measured-'));
  const registry = createMetrics();
  const local = localObjectStore({ folder, secret: 's'.repeat(32), baseUrl: 'http://127.0.0.1:1' });
  const store = measuredObjectStore(local, registry);
  await store.put('org/a/one.txt', Buffer.from('1'), { mediaType: 'text/plain' });
  expect(isLocalObjectStore(store)).toBe(true);
  expect(await store.get('org/a/none.txt')).toBeNull();
  await expect(store.get('../outside')).rejects.toThrow();
  await expect(store.head('../outside')).rejects.toThrow();
  const away = measuredObjectStore({ ...local, ping: async () => false }, createMetrics());
  expect(await away.ping()).toBe(false);
  const text = await registry.getSingleMetricAsString('spectra_object_store_failures_total');
  expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'spectra_object_store_failures_total{operation="get"} 1',
    'spectra_object_store_failures_total{operation="head"} 1',
  ]);
});
