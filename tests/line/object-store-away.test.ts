import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Artifact } from '@spectra/schemas';
import { runComplianceSchema } from '@spectra/schemas';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample } from './recipes.ts';
import { seedFab } from './seed.ts';
import { until } from './until.ts';

let platform: Platform;
let engineer: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
}, 120_000);
afterAll(() => platform.close());

/** The store's folder becomes a file: every command on it fails, for root as well. */
function takeStoreAway(): () => void {
  const { objectsFolder } = platform;
  renameSync(objectsFolder, `${objectsFolder}.away`);
  writeFileSync(objectsFolder, '');
  return () => {
    rmSync(objectsFolder);
    renameSync(`${objectsFolder}.away`, objectsFolder);
  };
}

async function download(artifact: Artifact): Promise<{ status: number; sha256: string }> {
  const answer = await fetch(`${platform.url}${artifact.href ?? ''}`, {
    headers: { authorization: `Bearer ${engineer.token}` },
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, sha256: createHash('sha256').update(bytes).digest('hex') };
}

test('a run outlasts its object store: files wait on disk, survive a kill, and arrive whole by themselves', async () => {
  const first = await engineer.startRun('ion', { ...implantExample, time_scale: 0 });
  await engineer.waitForRun('ion', first.runId);
  const bringBack = takeStoreAway();
  const { runId } = await engineer.startRun('ion', { ...implantExample, time_scale: 0, wafer_id: 'W2' });
  const run = await engineer.waitForRun('ion', runId);
  expect(run, JSON.stringify(run['error_message'])).toMatchObject({ status: 'completed' });
  const artifacts = run['artifacts'] as Artifact[];
  expect(artifacts.length).toBeGreaterThan(5);
  const [some] = artifacts;
  if (some === undefined) throw new Error('no file');
  expect((await download(some)).status).toBe(503);
  await platform.kill('ion-service');
  bringBack();
  await platform.start('ion-service');
  for (const artifact of artifacts) {
    const arrived = await until(`${artifact.name} is in the store`, async () => {
      const answer = await download(artifact);
      return answer.status === 200 ? answer : null;
    });
    expect(arrived.sha256, artifact.name).toBe(artifact.sha256);
  }
  const told = runComplianceSchema.parse((await engineer.get(`/api/runs/${runId}/compliance`)).body);
  expect(told.rules.find((rule) => rule.rule === 'records')?.status).toBe('passed');
}, 120_000);
