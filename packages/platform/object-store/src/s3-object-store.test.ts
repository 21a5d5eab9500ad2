import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeObjectStore } from '../test/object-store-contract.ts';
import type { ObjectStore } from './object-store.ts';
import { s3ObjectStore } from './s3-object-store.ts';

// A real S3 server: the one that S3_TEST_ENDPOINT names, else one started from the system's packages.
const script = join(import.meta.dirname, '../../../../infra/s3/s3-server.sh');
const canStart =
  spawnSync('sh', ['-c', 'command -v swift-proxy-server && command -v memcached']).status === 0;
const given = process.env['S3_TEST_ENDPOINT'] !== undefined;
const reason = 'no S3 server: set S3_TEST_ENDPOINT, or install the packages that infra/s3/s3-server.sh names';

describe.skipIf(!given && !canStart)(`the S3 store (skipped only when there is ${reason})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'spectra-s3-'));
  let store: ObjectStore;
  let access: { endpoint: string; region: string; bucket: string; accessKey: string; secretKey: string };

  beforeAll(() => {
    const told = given
      ? process.env
      : parseEnv(execFileSync('sh', [script, 'start', folder], { encoding: 'utf8' }));
    access = {
      endpoint: told['S3_TEST_ENDPOINT'] ?? '',
      region: 'us-east-1',
      bucket: `spectra-${randomBytes(6).toString('hex')}`,
      accessKey: told['S3_TEST_ACCESS_KEY'] ?? '',
      secretKey: told['S3_TEST_SECRET_KEY'] ?? '',
    };
    store = s3ObjectStore(access);
  });

  afterAll(() => {
    if (!given) execFileSync('sh', [script, 'stop', folder]);
    rmSync(folder, { recursive: true, force: true });
  });

  describeObjectStore(() => store);

  describe('a signed URL', () => {
    const key = 'org/o/runs/r/k/signed url ä.csv';

    it('writes and reads its one object without credentials', async () => {
      const put = await fetch(await store.presignPut(key, 60), { method: 'PUT', body: 'signed' });
      expect(put.status).toBe(200);
      const got = await fetch(await store.presignGet(key, 60));
      expect(await got.text()).toBe('signed');
    });

    it('is refused when it was changed, has expired or was signed with another secret', async () => {
      await store.put(key, Buffer.from('signed'), { mediaType: 'text/csv' });
      const url = await store.presignGet(key, 60);
      const refused = async (address: string, method = 'GET') =>
        expect((await fetch(address, { method })).status).toBe(403);
      await refused(url.replace('signed', 'other'));
      await refused(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'));
      await refused(url, 'DELETE');
      await refused(await s3ObjectStore({ ...access, secretKey: 'wrong' }).presignGet(key, 60));
      const bare = await fetch(url.split('?')[0] ?? '');
      expect(bare.status).toBeGreaterThanOrEqual(400);
      expect(await bare.text()).not.toContain('signed');
    });
  });

  it('that cannot be reached is told by ping, and an operation fails', async () => {
    const away = s3ObjectStore({ ...access, endpoint: 'http://127.0.0.1:1' });
    expect(await away.ping()).toBe(false);
    await expect(away.put('a/b', Buffer.of(1), { mediaType: 'a/b' })).rejects.toThrow();
  });
});
