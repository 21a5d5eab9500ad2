import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { keyOfUri, localObjectStore } from '@spectra/object-store';
import { afterAll, describe, expect, it } from 'vitest';
import { plainBytesMax, recordBytesMax, recordedResult, sentResult, storeResult } from './store-result.ts';

const folder = mkdtempSync(join(tmpdir(), 'spectra-results-'));
const objectStore = localObjectStore({ folder, secret: 's'.repeat(32), baseUrl: 'http://127.0.0.1:1' });
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const place = () => ({ objectStore, orgId: randomUUID(), jobId: randomUUID() });

/** A text whose JSON has this many bytes. */
const ofBytes = (bytes: number) => 'x'.repeat(bytes - 2);

describe('a result', () => {
  it('up to the first limit is kept as it is', async () => {
    const value = ofBytes(plainBytesMax);
    expect(await recordedResult(value)).toEqual({ encoding: 'json', value });
  });

  it('above it is compressed, and comes back as it was', async () => {
    const value = { numbers: Array.from({ length: 10_000 }, (_, i) => Math.sin(i)) };
    const result = await recordedResult(value);
    if (result?.encoding !== 'gzip') throw new Error('not compressed');
    const text = gunzipSync(Buffer.from(result.base64, 'base64')).toString();
    expect(JSON.parse(text)).toEqual(value);
    expect(result.base64.length).toBeLessThan(result.size_bytes);
  });

  it('above the second limit goes into the object store with its SHA-256', async () => {
    const at = place();
    const { result, artifacts } = await storeResult(ofBytes(recordBytesMax + 1), at);
    expect(result).toEqual({ encoding: 'artifact', size_bytes: recordBytesMax + 1 });
    const [artifact] = artifacts;
    expect(artifact).toMatchObject({ kind: 'result', size_bytes: recordBytesMax + 1 });
    const key = keyOfUri(artifact?.uri ?? '');
    expect(key).toBe(`org/${at.orgId}/jobs/${at.jobId}/result.json`);
    expect(await objectStore.head(key)).toMatchObject({ sizeBytes: recordBytesMax + 1 });
    expect(await recordedResult(ofBytes(recordBytesMax + 1))).toBeNull();
    // What is only sent has to fit compressed.
    expect(await sentResult(ofBytes(recordBytesMax + 1))).toMatchObject({ encoding: 'gzip' });
  });
});
