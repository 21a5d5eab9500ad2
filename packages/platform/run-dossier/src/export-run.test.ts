import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { localObjectStore, runArtifactKey, type ObjectStore } from '@spectra/object-store';
import { exportManifestSchema, type Artifact, type Refusal } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completedDossier } from '../test/a-dossier.ts';
import { fakeServices, type StoredFrames } from '../test/fake-services.ts';
import { readZip, sha256Of } from '../test/read-zip.ts';
import { ArchiveClosed } from './archive-writer.ts';
import { exportRun, type RunExport } from './export-run.ts';

const orgId = '11111111-1111-4111-8111-111111111111';
const nowMs = Date.UTC(2026, 0, 3);
let folder: string;
let store: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spectra-export-'));
  store = localObjectStore({ folder, secret: 's'.repeat(32), baseUrl: 'http://127.0.0.1:8003' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Stores a file and answers its record. */
async function stored(name: string, content: Buffer, kind = 'chart'): Promise<Artifact> {
  const key = runArtifactKey({ orgId, runId: 'ION-1', kind, name });
  const { sizeBytes, sha256 } = await store.put(key, content, { mediaType: 'image/svg+xml' });
  return {
    artifact_id: randomUUID(),
    kind,
    name,
    media_type: 'image/svg+xml',
    size_bytes: sizeBytes,
    sha256,
    uri: store.uriOf(key),
  };
}

const frames: StoredFrames = Array.from({ length: 5 }, (_, index) => ({
  seq: index + 1,
  time_s: [index, index + 0.5],
  channels: { beam_current_ma: [5, 5.1], tilt_deg: [7, 7] },
}));

async function exported(
  artifacts: Artifact[],
  change: { away?: Record<string, Refusal>; objectStore?: ObjectStore; firstSeq?: number } = {},
): Promise<RunExport> {
  const { objectStore, ...services } = change;
  const messaging = fakeServices({
    dossier: completedDossier({ artifacts }),
    frames,
    log: [{ at: '2026-01-01T00:00:11.000Z', level: 'info', message: 'beam on' }],
    ...services,
  });
  const caller = { orgId, userId: 'engineer-1', role: 'engineer' as const };
  const reader = { messaging, caller, traceparent: '00-t' };
  const made = await exportRun(reader, { objectStore: objectStore ?? store, runId: 'ION-1', nowMs });
  if (!made.ok) throw new Error(made.refusal.detail);
  return made.value;
}

async function read(made: RunExport) {
  const bytes = await buffer(made.stream);
  const files = await readZip(bytes);
  const manifest = exportManifestSchema.parse(JSON.parse(files.get('manifest.json')?.toString() ?? ''));
  return { bytes, files, manifest, end: await made.ended };
}

describe('an export', () => {
  it('is a ZIP whose every file has the SHA-256 and the size that its manifest states', async () => {
    const chart = await stored('dose map ä.svg', randomBytes(200_000));
    const made = await exported([chart, await stored('empty.svg', Buffer.of())]);
    const { bytes, files, manifest, end } = await read(made);
    expect(manifest).toMatchObject({
      run_id: 'ION-1',
      run_status: 'completed',
      complete: true,
      exported_by: 'engineer-1',
      exported_at: '2026-01-03T00:00:00.000Z',
      calibration_ids: ['44444444-4444-4444-8444-444444444444'],
    });
    expect([...files.keys()]).toEqual([...manifest.files.map((file) => file.name), 'manifest.json']);
    for (const file of manifest.files) {
      const content = files.get(file.name) ?? Buffer.of();
      expect([file.name, file.sha256, file.size_bytes]).toEqual([
        file.name,
        sha256Of(content),
        content.byteLength,
      ]);
    }
    expect(files.get('artifacts/chart/dose map ä.svg')).toEqual(
      await buffer(
        (await store.get(chart.uri.replace('local://artifacts/', '')))?.stream ?? Readable.from([]),
      ),
    );
    expect(end).toEqual({
      complete: true,
      faults: 0,
      files: manifest.files.length,
      manifestSha256: sha256Of(files.get('manifest.json') ?? Buffer.of()),
    });
    await expectUnzipToPass(bytes);
  });

  it('has telemetry with units, recipe hash and calibration ids, frame by frame, in two forms', async () => {
    const { files } = await read(await exported([]));
    const csv = files.get('telemetry.csv')?.toString().split('\n') ?? [];
    expect(csv.slice(0, 7)).toEqual([
      '# run_id: ION-1',
      '# process: ion',
      '# recipe_hash: h',
      '# calibration_ids: 44444444-4444-4444-8444-444444444444',
      '# units: ,s,mA,°',
      'wafer_index,time_s,beam_current_ma,tilt_deg',
      '0,0,5,7',
    ]);
    expect(csv).toHaveLength(6 + 10 + 1);
    const lines = (files.get('telemetry.ndjson')?.toString().trim() ?? '').split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed[0]).toMatchObject({
      kind: 'header',
      recipe_hash: 'h',
      units: { time_s: 's', tilt_deg: '°' },
    });
    expect(parsed.slice(1).map((frame) => frame['time_s'])).toEqual(frames.flatMap((block) => block.time_s));
    expect(files.get('log.ndjson')?.toString()).toContain('beam on');
    expect(files.get('events.ndjson')?.toString()).toContain('"completed"');
  });

  it('of files that share a name holds both', async () => {
    const first = await stored('twice.svg', Buffer.from('same'));
    const { manifest } = await read(await exported([first, { ...first, artifact_id: randomUUID() }]));
    const names = manifest.files.map((file) => file.name).filter((name) => name.includes('twice'));
    expect(names).toEqual(['artifacts/chart/twice.svg', 'artifacts/chart/2_twice.svg']);
  });
});

describe('what is broken or missing', () => {
  it('is told, and everything else comes all the same', async () => {
    const kept = await stored('kept.svg', Buffer.from('kept'));
    const gone = await stored('gone.svg', Buffer.from('gone'));
    await store.delete(gone.uri.replace('local://artifacts/', ''));
    const changed = await stored('changed.svg', Buffer.from('as it was'));
    await stored('changed.svg', Buffer.from('as it is!'));
    const cut = await stored('cut.svg', randomBytes(100_000));
    const cutting: ObjectStore = {
      ...store,
      async get(key) {
        const found = await store.get(key);
        return found === null || !key.includes('cut') ? found : { ...found, stream: half(found.stream) };
      },
    };
    const made = await exported([kept, gone, changed, cut], { objectStore: cutting });
    const { bytes, files, manifest, end } = await read(made);
    const told = Object.fromEntries(
      manifest.files
        .filter((file) => file.name.startsWith('artifacts/'))
        .map((file) => [file.name.slice('artifacts/chart/'.length), [file.status, file.reason]]),
    );
    expect(told).toEqual({
      'kept.svg': ['kept', undefined],
      'gone.svg': ['missing', 'the object is not in the store'],
      'changed.svg': ['broken', 'the bytes are not the recorded ones (SHA-256 differs)'],
      'cut.svg': ['broken', 'the line was cut'],
    });
    expect(files.has('artifacts/chart/gone.svg')).toBe(false);
    expect(files.get('artifacts/chart/cut.svg')?.byteLength).toBeLessThan(100_000);
    expect(end).toMatchObject({ complete: false, faults: 3 });
    await expectUnzipToPass(bytes);
  });

  it('may be a whole service or the whole store', async () => {
    const chart = await stored('any.svg', Buffer.from('any'));
    const away = { code: 'dependency_unavailable', detail: 'away' } as const;
    const made = await exported([chart], {
      away: { 'rpc.telemetry.messages': away, 'rpc.ion.run-compliance': away },
      objectStore: { ...store, get: () => Promise.reject(new Error('connect ECONNREFUSED')) },
    });
    const { manifest } = await read(made);
    const faults = manifest.files.filter((file) => file.status !== 'kept');
    expect(faults.map((file) => [file.name, file.status])).toEqual([
      ['compliance.json', 'missing'],
      ['telemetry.ndjson', 'broken'],
      ['telemetry.csv', 'broken'],
      ['telemetry.parquet', 'broken'],
      ['events.ndjson', 'broken'],
      ['artifacts/chart/any.svg', 'missing'],
    ]);
    expect(manifest).toMatchObject({
      complete: false,
      incomplete: [{ part: 'compliance' }, { part: 'alarms' }],
    });
  });

  it('may be telemetry that was removed after its time', async () => {
    const { manifest } = await read(await exported([], { firstSeq: 3 }));
    const telemetry = manifest.files.find((file) => file.name === 'telemetry.csv');
    expect(telemetry).toMatchObject({ status: 'broken', reason: expect.stringContaining('before number 3') });
  });
});

describe('a reader', () => {
  it('holds the source back: hardly more is taken than was read', async () => {
    const chart = await stored('large.svg', Buffer.from('x'));
    const source = endless();
    const made = await exported([chart], {
      objectStore: { ...store, get: async () => ({ stream: source.stream, sizeBytes: 1, mediaType: 'a/b' }) },
    });
    let readBytes = 0;
    for await (const piece of made.stream) {
      readBytes += (piece as Buffer).byteLength;
      expect(source.takenBytes() - readBytes).toBeLessThan(aheadBytesMax);
      if (readBytes > 20 * aheadBytesMax) break;
    }
    await expect(made.ended).rejects.toThrow(ArchiveClosed);
  });

  it('that goes away frees the file that was under way', async () => {
    const chart = await stored('under-way.svg', Buffer.from('x'));
    const source = endless();
    const made = await exported([chart], {
      objectStore: { ...store, get: async () => ({ stream: source.stream, sizeBytes: 1, mediaType: 'a/b' }) },
    });
    const freed = new Promise((resolve) => source.stream.once('close', resolve));
    made.stream.resume();
    await source.begun;
    made.stream.destroy();
    await expect(made.ended).rejects.toThrow(ArchiveClosed);
    await freed;
  });
});

it('a run that is not there is refused before a single byte', async () => {
  const away = { 'rpc.jobs.get-dossier': { code: 'not_found', detail: 'There is no run' } as const };
  await expect(exported([], { away })).rejects.toThrow('There is no run');
});

/** The real program where there is one; the other library has read every file already. */
async function expectUnzipToPass(bytes: Buffer): Promise<void> {
  const file = join(folder, `${randomUUID()}.zip`);
  await writeFile(file, bytes);
  const tested = spawnSync('unzip', ['-t', file], { encoding: 'utf8' });
  if (tested.error !== undefined) return;
  expect(tested.status, tested.stdout).toBe(0);
  expect(tested.stdout).toContain('No errors detected');
}

function half(whole: Readable): Readable {
  return Readable.from(
    (async function* () {
      for await (const chunk of whole) {
        yield (chunk as Buffer).subarray(0, 1000);
        throw new Error('the line was cut');
      }
    })(),
    { objectMode: false },
  );
}

/** Buffers of all streams on the way together. */
const aheadBytesMax = 2 ** 20;

/** Random bytes without end, how many of them were taken, and a signal that the first were. */
function endless(): { stream: Readable; takenBytes(): number; begun: Promise<void> } {
  const chunk = randomBytes(65_536);
  const begun = Promise.withResolvers<void>();
  let takenBytes = 0;
  const stream = new Readable({
    read() {
      takenBytes += chunk.byteLength;
      begun.resolve();
      this.push(chunk);
    },
  });
  return { stream, takenBytes: () => takenBytes, begun: begun.promise };
}
