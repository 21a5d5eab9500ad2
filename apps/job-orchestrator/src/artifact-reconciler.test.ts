import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  jobArtifactKey,
  keyOfUri,
  localObjectStore,
  runArtifactKey,
  type ObjectStore,
} from '@spectra/object-store';
import { dossierRpc, type Alert, type Artifact } from '@spectra/schemas';
import { createMetrics } from '@spectra/service-kit';
import { manualClock, silentLogger } from '@spectra/testkit';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { begin, completed, person, startServers, type Running } from '../test/start-orchestrator.ts';
import { createArtifactReconciler } from './artifact-reconciler.ts';
import { orphanWalk } from './background/adopt-orphans.ts';
import { artifactWalk } from './background/check-artifacts.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let o: Running;
let folder: string;
let store: ObjectStore;
let walks: { artifacts(): Promise<void>; objects(): Promise<void> };
const settings = { missingGraceS: 0, bytesEveryS: 3600, orphanGraceS: 0, roundEveryMs: 1, walkEveryMs: 1 };

beforeAll(async () => {
  servers = await startServers();
  o = await begin(servers);
  folder = await mkdtemp(join(tmpdir(), 'spectra-reconcile-'));
  store = localObjectStore({ folder, secret: 's'.repeat(32), baseUrl: 'http://127.0.0.1' });
});
beforeEach(() => {
  walks = walksOf(store);
});
afterAll(async () => {
  await o.stop();
  await servers.close();
  await rm(folder, { recursive: true, force: true });
});

/** Each walk to its end, as the part would do it over some time. */
function walksOf(objectStore: ObjectStore, change: Partial<typeof settings> = {}): typeof walks {
  const database = servers.database.open('orchestrator');
  const parts = { database, objectStore, newId: () => randomUUID(), settings: { ...settings, ...change } };
  const check = artifactWalk(parts);
  const adoptOrphans = orphanWalk({ ...parts, graceS: parts.settings.orphanGraceS });
  const toEnd = async (round: () => Promise<{ atEnd: boolean }>) => {
    while (!(await round()).atEnd);
  };
  return { artifacts: () => toEnd(check), objects: () => toEnd(adoptOrphans) };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function stored(orgId: string, runId: string, name: string, content = name): Promise<Artifact> {
  const key = runArtifactKey({ orgId, runId, kind: 'chart', name });
  const written = await store.put(key, Buffer.from(content), { mediaType: 'image/svg+xml' });
  return {
    artifact_id: randomUUID(),
    kind: 'chart',
    name,
    media_type: 'image/svg+xml',
    size_bytes: written.sizeBytes,
    sha256: written.sha256,
    uri: store.uriOf(key),
  };
}

/** A completed run with these files. */
async function runWith(names: readonly string[]) {
  const caller = person();
  const run = await o.create(caller, { equipment: [`T-${randomUUID().slice(0, 8)}`] });
  await o.granted(run.job_id);
  const files: Artifact[] = [];
  for (const name of names) files.push(await stored(caller.orgId, run.run_id, name));
  await o.finish(run.job_id, 1, completed(files));
  return { caller, run, files };
}

const stateOf = async (artifact: Artifact | undefined) => {
  const [row] = await o.rows<{ state: string; read: boolean }>(sql`
    select state, bytes_checked_at is not null as read from artifact_checks
    where artifact_id = ${artifact?.artifact_id}`);
  return row;
};

const alertsOf = (runId: string): Alert[] =>
  o.seen.filter((one) => one.subject.endsWith(`.${runId}.alert`)).map((one) => JSON.parse(one.text) as Alert);

describe('rows and objects', () => {
  test('that agree are found so, bytes included', async () => {
    const { files } = await runWith(['a.svg', 'b.svg']);
    await walks.artifacts();
    for (const file of files) expect(await stateOf(file)).toEqual({ state: 'kept', read: true });
  });

  test('that differ are told apart, raise an alarm of the run each, and clear it when they are mended', async () => {
    const { run, files } = await runWith(['gone.svg', 'short.svg', 'changed.svg', 'good.svg']);
    const [gone, short, changed, good] = files;
    const keyOf = (file: Artifact | undefined) => keyOfUri(file?.uri ?? '');
    await store.delete(keyOf(gone));
    await store.put(keyOf(short), Buffer.from('s'), { mediaType: 'a/b' });
    await store.put(keyOf(changed), Buffer.from('CHANGED.svg'), { mediaType: 'a/b' });
    await walks.artifacts();
    expect((await stateOf(gone))?.state).toBe('missing');
    expect((await stateOf(short))?.state).toBe('wrong_size');
    expect((await stateOf(changed))?.state).toBe('wrong_sha256');
    expect((await stateOf(good))?.state).toBe('kept');
    await o.until(() => (alertsOf(run.run_id).length >= 3 ? true : undefined));
    expect(
      alertsOf(run.run_id).map(({ state, severity, parameter }) => [state, severity, parameter]),
    ).toEqual(Array.from({ length: 3 }, () => ['raised', 'critical', 'artifact']));
    for (const file of [gone, short, changed]) {
      await store.put(keyOf(file), Buffer.from(file?.name ?? ''), { mediaType: 'a/b' });
    }
    await walks.artifacts();
    for (const file of files) expect((await stateOf(file))?.state).toBe('kept');
    await o.until(() => (alertsOf(run.run_id).length >= 6 ? true : undefined));
    const cleared = alertsOf(run.run_id).slice(3);
    expect(cleared.map(({ state }) => state)).toEqual(['cleared', 'cleared', 'cleared']);
    expect(new Set(cleared.map((alert) => alert.alarm_id)).size).toBe(3);
    await walks.artifacts();
    expect(alertsOf(run.run_id)).toHaveLength(6);
  });

  test('a file that may still come from a spool is not missing yet', async () => {
    const { files } = await runWith(['late.svg']);
    await store.delete(keyOfUri(files[0]?.uri ?? ''));
    await walksOf(store, { missingGraceS: 900 }).artifacts();
    expect(await stateOf(files[0])).toBeUndefined();
  });

  test('while the store is away nothing is concluded', async () => {
    const { files } = await runWith(['safe.svg']);
    const away = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const walk = walksOf({ ...store, get: away, head: away, list: away });
    await expect(walk.artifacts()).rejects.toThrow('ECONNREFUSED');
    await expect(walk.objects()).rejects.toThrow('ECONNREFUSED');
    expect(await stateOf(files[0])).toBeUndefined();
  });
});

describe('an object without a row', () => {
  test('of an ended run gets its row back, and is then found as kept', async () => {
    const { caller, run } = await runWith(['known.svg']);
    const lost = await stored(caller.orgId, run.run_id, 'lost.svg', 'what an attempt left');
    await walks.objects();
    await walks.objects();
    const dossier = await o.asked(dossierRpc.getDossier, { run_id: run.run_id }, caller);
    const adopted = dossier.run.artifacts.filter((file) => file.name === 'lost.svg');
    expect(adopted).toMatchObject([
      { kind: 'chart', media_type: 'image/svg+xml', sha256: sha256('what an attempt left'), uri: lost.uri },
    ]);
    await walks.artifacts();
    expect((await stateOf(adopted[0]))?.state).toBe('kept');
  });

  test('of a run under way waits for its row', async () => {
    const caller = person();
    const run = await o.create(caller, { equipment: ['T-under-way'] });
    await o.granted(run.job_id);
    await stored(caller.orgId, run.run_id, 'early.svg');
    await walks.objects();
    const dossier = await o.asked(dossierRpc.getDossier, { run_id: run.run_id }, caller);
    expect(dossier.run.artifacts).toEqual([]);
    await o.finish(run.job_id, 1, completed([]));
  });

  test('of a run that nobody knows is told and left alone; of a job that is gone it goes', async () => {
    const { orgId } = person();
    const unknown = await stored(orgId, 'ION-20200101-00000000', 'unknown.svg');
    const key = jobArtifactKey({ orgId, jobId: randomUUID(), name: 'result.json' });
    await store.put(key, Buffer.from('{}'), { mediaType: 'application/json' });
    await walks.objects();
    expect(await store.head(keyOfUri(unknown.uri))).not.toBeNull();
    expect(await store.head(key)).toBeNull();
    const open = await o.rows<{ key: string }>(sql`select key from artifact_orphans where ending is null`);
    expect(open.map((row) => row.key)).toContain(keyOfUri(unknown.uri));
  });

  test('is left alone for its grace', async () => {
    const { caller, run } = await runWith([]);
    const lost = await stored(caller.orgId, run.run_id, 'young.svg');
    await walksOf(store, { orphanGraceS: 3600 }).objects();
    const [row] = await o.rows<{ ending: string | null }>(
      sql`select ending from artifact_orphans where key = ${keyOfUri(lost.uri)}`,
    );
    expect(row).toEqual({ ending: null });
  });
});

test('the part shows its figures, starts and stops', async () => {
  const registry = createMetrics();
  const part = createArtifactReconciler({
    database: servers.database.open('orchestrator'),
    objectStore: store,
    clock: manualClock(),
    logger: silentLogger(),
    registry,
    newId: () => randomUUID(),
    settings,
  });
  await part.start();
  await part.stop();
  const [missing] = await o.rows<{ artifacts: number }>(
    sql`select count(*)::int as artifacts from artifact_checks where state = 'missing'`,
  );
  const [orphans] = await o.rows<{ objects: number }>(
    sql`select count(*)::int as objects from artifact_orphans where ending is null`,
  );
  const figures = await registry.metrics();
  expect(figures).toContain(`spectra_artifact_faults{state="missing"} ${missing?.artifacts}`);
  expect(figures).toContain('spectra_artifact_faults{state="wrong_sha256"} 0');
  expect(figures).toContain(`spectra_artifact_orphans ${orphans?.objects}`);
});
