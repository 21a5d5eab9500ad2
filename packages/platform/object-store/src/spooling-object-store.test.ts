import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { manualClock, silentLogger, type ManualClock } from '@spectra/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localObjectStore } from './local-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { spoolingObjectStore, type SpoolingObjectStore } from './spooling-object-store.ts';

type Weather = 'fine' | 'away' | 'cut' | 'silent';

let folder: string;
let real: ObjectStore;
let weather: Weather;
let clock: ManualClock;
let puts: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectra-spool-'));
  real = localObjectStore({
    folder: join(folder, 'store'),
    secret: 's'.repeat(32),
    baseUrl: 'http://127.0.0.1',
  });
  weather = 'fine';
  clock = manualClock();
  puts = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** The real store on the local disk, in whatever weather the line to it has. */
function storeInWeather(): ObjectStore {
  return {
    ...real,
    async put(key, body, options) {
      puts.push(key);
      switch (weather) {
        case 'fine':
          return real.put(key, body, options);
        case 'away':
          throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
        case 'cut':
          return real.put(key, cutInHalf(body), options);
        case 'silent':
          return new Promise(() => undefined);
      }
    },
  };
}

function cutInHalf(body: Uint8Array | Readable): Readable {
  const whole = body instanceof Readable ? body : Readable.from([body], { objectMode: false });
  return Readable.from(
    (async function* () {
      const bytes = await buffer(whole);
      yield bytes.subarray(0, bytes.byteLength / 2);
      throw new Error('socket hang up');
    })(),
    { objectMode: false },
  );
}

function spooling(bytesMax = 10_000_000): SpoolingObjectStore {
  const options = { folder: join(folder, 'spool'), bytesMax, clock, logger: silentLogger() };
  return spoolingObjectStore(storeInWeather(), options);
}

const text = { mediaType: 'text/plain' };
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const read = async (key: string) => {
  const found = await real.get(key);
  return found === null ? null : buffer(found.stream);
};
const spooled = async () => (await readdir(join(folder, 'spool'))).filter((name) => name.endsWith('.json'));

/** Lets the spool try again until no more than so many files wait; time moves only while nothing is uploaded. */
async function drained(spool: SpoolingObjectStore, files = 0): Promise<void> {
  for (;;) {
    await spool.idle();
    if (spool.state().files <= files) return;
    clock.advance(30_000);
  }
}

describe('in fine weather', () => {
  it('a put is in the store when it is answered, and nothing waits', async () => {
    const spool = spooling();
    await spool.part.start();
    const bytes = randomBytes(300_000);
    expect(await spool.store.put('org/a', Readable.from([bytes]), text)).toEqual({
      sizeBytes: 300_000,
      sha256: sha256(bytes),
    });
    expect(await read('org/a')).toEqual(bytes);
    expect(await spooled()).toEqual([]);
    expect(spool.state()).toMatchObject({ files: 0, bytes: 0, uploaded: 1, failures: 0 });
    await spool.part.stop();
  });
});

describe.each(['away', 'cut'] as const)('while the store is %s', (bad) => {
  it('a put succeeds, its file waits, and is uploaded whole by itself afterwards', async () => {
    const spool = spooling();
    await spool.part.start();
    weather = bad;
    const bytes = randomBytes(200_000);
    const answer = await spool.store.put('org/b', bytes, text);
    expect(answer.sha256).toBe(sha256(bytes));
    expect(await read('org/b')).toBeNull();
    expect(await spooled()).toHaveLength(1);
    expect(spool.state()).toMatchObject({ files: 1, bytes: 200_000, failures: 1 });
    weather = 'fine';
    await drained(spool);
    expect(sha256((await read('org/b')) ?? Buffer.of())).toBe(answer.sha256);
    expect(await spooled()).toEqual([]);
    await spool.part.stop();
  });

  it('later puts do not wait for it', async () => {
    const spool = spooling();
    await spool.part.start();
    weather = bad;
    await spool.store.put('org/1', Buffer.from('1'), text);
    const tries = puts.length;
    for (const key of ['org/2', 'org/3', 'org/4']) await spool.store.put(key, Buffer.from(key), text);
    expect(puts).toHaveLength(tries);
    expect(spool.state().files).toBe(4);
    await spool.part.stop();
  });

  it('the next process brings what the last one left, and what it left half is forgotten', async () => {
    const before = spooling();
    await before.part.start();
    weather = bad;
    const bytes = randomBytes(50_000);
    await before.store.put('org/c', bytes, text);
    // As after a kill: a body without its note, and nobody stopped anything.
    await writeFile(join(folder, 'spool', '000-half.body'), 'half');
    weather = 'fine';
    const after = spooling();
    await after.part.start();
    await drained(after);
    expect(await read('org/c')).toEqual(bytes);
    expect(await readdir(join(folder, 'spool'))).toEqual([]);
    expect(after.state()).toMatchObject({ uploaded: 1, bytes: 0 });
    await Promise.all([before.part.stop(), after.part.stop()]);
  });
});

it('a store that says nothing holds a put up for five seconds, and no longer', async () => {
  const spool = spooling();
  await spool.part.start();
  weather = 'silent';
  let answered = false;
  const put = spool.store.put('org/d', Buffer.from('d'), text).then(() => {
    answered = true;
  });
  while (puts.length === 0) await spool.store.ping();
  clock.advance(4_900);
  await spool.store.ping();
  expect(answered).toBe(false);
  clock.advance(200);
  await put;
  expect(spool.state().files).toBe(1);
});

it('files of one key arrive in their order, and one that the store never takes holds up no other', async () => {
  const spool = spooling();
  await spool.part.start();
  weather = 'away';
  await spool.store.put('org/never', Buffer.from('x'), text);
  await spool.store.put('org/log', Buffer.from('first'), text);
  await spool.store.put('org/log', Buffer.from('second'), text);
  weather = 'fine';
  const put = real.put.bind(real);
  real.put = (key, body, options) =>
    key === 'org/never' ? Promise.reject(new Error('access denied')) : put(key, body, options);
  await drained(spool, 1);
  expect((await read('org/log'))?.toString()).toBe('second');
  expect(spool.state()).toMatchObject({ files: 1, uploaded: 2 });
  await spool.part.stop();
});

it('the spool has a bound: above it a put goes straight to the store, and fails with it', async () => {
  const spool = spooling(1_000);
  await spool.part.start();
  weather = 'away';
  await spool.store.put('org/e', randomBytes(900), text);
  await expect(spool.store.put('org/f', randomBytes(200), text)).rejects.toThrow('ECONNREFUSED');
  expect(spool.state()).toMatchObject({ files: 1, bytes: 900 });
  await expect(spool.store.put('org/g', Readable.from([randomBytes(200)]), text)).rejects.toThrow(/spool/);
  expect(await spooled()).toHaveLength(1);
  weather = 'fine';
  const bytes = randomBytes(200);
  expect((await spool.store.put('org/f', bytes, text)).sha256).toBe(sha256(bytes));
  await drained(spool);
  await spool.store.put('org/h', randomBytes(900), text);
  expect(spool.state()).toMatchObject({ files: 0, bytes: 0 });
  await spool.part.stop();
});

it('a file whose bytes changed on the disk is set aside and never uploaded', async () => {
  const spool = spooling();
  await spool.part.start();
  weather = 'away';
  await spool.store.put('org/i', Buffer.from('as it was'), text);
  const [note] = await spooled();
  await writeFile(join(folder, 'spool', (note ?? '').replace('.json', '.body')), 'as it is!');
  weather = 'fine';
  await drained(spool);
  expect(await read('org/i')).toBeNull();
  expect(spool.state()).toMatchObject({ damaged: 1, uploaded: 0, files: 0, bytes: 0 });
  expect(await readdir(join(folder, 'spool', 'damaged'))).toHaveLength(2);
  await spool.part.stop();
});
