import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runArtifactKey, type ObjectStore } from '@spectra/object-store';

const csv = { mediaType: 'text/csv' };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** What every adapter promises; `store` is asked for inside each test, once the adapter is up. */
export function describeObjectStore(store: () => ObjectStore): void {
  const orgId = randomUUID();
  const keyOf = (name: string, runId = 'run-1') => runArtifactKey({ orgId, runId, kind: 'telemetry', name });
  const read = async (key: string, range?: { start: number; end?: number }) => {
    const found = await store().get(key, range);
    return found === null ? null : { ...found, stream: await buffer(found.stream) };
  };

  describe('an object', () => {
    it('comes back as it was put, with its size, hash and media type', async () => {
      const bytes = randomBytes(10_000);
      expect(await store().put(keyOf('a.csv'), bytes, csv)).toEqual({
        sizeBytes: 10_000,
        sha256: sha256(bytes),
      });
      expect(await read(keyOf('a.csv'))).toEqual({ stream: bytes, sizeBytes: 10_000, mediaType: 'text/csv' });
      expect(await store().head(keyOf('a.csv'))).toMatchObject({ sizeBytes: 10_000, mediaType: 'text/csv' });
    });

    it('may be a stream of more than one part', async () => {
      const chunks = Array.from({ length: 20 }, () => randomBytes(2 ** 20));
      const whole = Buffer.concat(chunks);
      const written = await store().put(keyOf('large.bin'), Readable.from(chunks), csv);
      expect(written).toEqual({ sizeBytes: whole.byteLength, sha256: sha256(whole) });
      expect(sha256((await read(keyOf('large.bin')))?.stream ?? Buffer.of())).toBe(written.sha256);
    });

    it('may be empty', async () => {
      expect(await store().put(keyOf('empty'), Buffer.of(), csv)).toMatchObject({ sizeBytes: 0 });
      expect(await read(keyOf('empty'))).toMatchObject({ stream: Buffer.of(), sizeBytes: 0 });
    });

    it('is replaced by a second put', async () => {
      await store().put(keyOf('twice'), Buffer.from('one'), csv);
      await store().put(keyOf('twice'), Buffer.from('second'), { mediaType: 'text/plain' });
      expect(await read(keyOf('twice'))).toMatchObject({
        stream: Buffer.from('second'),
        mediaType: 'text/plain',
      });
    });

    it('does not appear, nor change, when its stream fails half way', async () => {
      const failingAfter = (mebibytes: number) =>
        Readable.from(
          (async function* () {
            for (let index = 0; index < mebibytes; index += 1) yield randomBytes(2 ** 20);
            throw new Error('the source broke');
          })(),
        );
      for (const mebibytes of [0, 1, 20]) {
        const put = store().put(keyOf('half'), failingAfter(mebibytes), csv);
        await expect(put).rejects.toThrow('the source broke');
      }
      expect(await store().head(keyOf('half'))).toBeNull();
      await store().put(keyOf('kept'), Buffer.from('kept'), csv);
      await expect(store().put(keyOf('kept'), failingAfter(1), csv)).rejects.toThrow('the source broke');
      expect((await read(keyOf('kept')))?.stream.toString()).toBe('kept');
    });

    it('that is not there is null, and deleting it is fine', async () => {
      expect(await store().get(keyOf('none'))).toBeNull();
      expect(await store().head(keyOf('none'))).toBeNull();
      await store().delete(keyOf('none'));
      await store().put(keyOf('gone'), Buffer.from('x'), csv);
      await store().delete(keyOf('gone'));
      expect(await store().head(keyOf('gone'))).toBeNull();
    });

    it('is read in ranges, cut at its end and refused beyond it', async () => {
      await store().put(keyOf('range'), Buffer.from('0123456789'), csv);
      const text = async (range: { start: number; end?: number }) =>
        (await read(keyOf('range'), range))?.stream.toString();
      expect(await text({ start: 2, end: 4 })).toBe('234');
      expect(await text({ start: 7 })).toBe('789');
      expect(await text({ start: 0, end: 99 })).toBe('0123456789');
      await expect(text({ start: 10 })).rejects.toThrow(RangeError);
      await expect(text({ start: 4, end: 3 })).rejects.toThrow(RangeError);
    });
  });

  describe('a key', () => {
    it('means the same in composed and decomposed Unicode', async () => {
      await store().put(keyOf('Ba\u0308der.csv'), Buffer.from('x'), csv);
      expect(await store().head(keyOf('B\u00e4der.csv'))).not.toBeNull();
    });

    it.each([
      '../up',
      'a/../../b',
      '/etc/passwd',
      'a//b',
      'a\\b',
      'a\u0000b',
      'a/./b',
      '',
      'a/',
      'x'.repeat(256),
    ])('of the form %j is refused by every command', async (key) => {
      await expect(store().put(key, Buffer.of(1), csv)).rejects.toThrow(/object key/);
      await expect(store().get(key)).rejects.toThrow(/object key/);
      await expect(store().head(key)).rejects.toThrow(/object key/);
      await expect(store().delete(key)).rejects.toThrow(/object key/);
      await expect(store().presignGet(key, 60)).rejects.toThrow(/object key/);
      await expect(store().presignPut(key, 60)).rejects.toThrow(/object key/);
    });
  });

  describe('a list', () => {
    it('has the keys under a prefix in the order of their bytes, and pages without hole or double', async () => {
      const runId = `run-${randomUUID()}`;
      const names = [
        'Z',
        'a',
        '\u00e4',
        '\u{1f600}',
        '\uff5e',
        ...Array.from({ length: 1040 }, (_, index) => `n${String(index).padStart(4, '0')}`),
      ];
      for (let index = 0; index < names.length; index += 40) {
        const some = names.slice(index, index + 40);
        await Promise.all(some.map((name) => store().put(keyOf(name, runId), Buffer.from(name), csv)));
      }
      const prefix = `org/${orgId}/runs/${runId}/`;
      const first = await store().list(prefix);
      expect(first.objects).toHaveLength(1000);
      const second = await store().list(prefix, first.next ?? undefined);
      expect(second.next).toBeNull();
      const keys = [...first.objects, ...second.objects].map(({ key }) => key);
      const expected = names.map((name) => keyOf(name, runId));
      expected.sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(keys).toEqual(expected);
    }, 120_000);

    it('of a prefix that is not a folder has what starts with it; of nothing it is empty', async () => {
      const runId = `run-${randomUUID()}`;
      for (const name of ['aa', 'ab', 'b']) await store().put(keyOf(name, runId), Buffer.from(name), csv);
      const found = await store().list(`org/${orgId}/runs/${runId}/telemetry/a`);
      expect(found.objects).toEqual([
        { key: keyOf('aa', runId), sizeBytes: 2 },
        { key: keyOf('ab', runId), sizeBytes: 2 },
      ]);
      expect(await store().list(`org/${randomUUID()}/`)).toEqual({ objects: [], next: null });
      await expect(store().list('org/../')).rejects.toThrow(/prefix/);
    });
  });

  it('a signed URL lasts between one second and five minutes', async () => {
    for (const expiresS of [0, -1, 301, Number.NaN]) {
      await expect(store().presignGet(keyOf('a'), expiresS)).rejects.toThrow(/expiresS/);
      await expect(store().presignPut(keyOf('a'), expiresS)).rejects.toThrow(/expiresS/);
    }
    expect(await store().presignGet(keyOf('a'), 300)).toMatch(/^http/);
  });

  it('is reachable', async () => {
    expect(await store().ping()).toBe(true);
  });
}
