import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { keyOfUri, localObjectStore } from '@spectra/object-store';
import { TelemetryRecord, tankProcess } from '@spectra/run-engine';
import { afterAll, expect, it } from 'vitest';
import { storeArtifacts } from './store-artifacts.ts';

const folder = mkdtempSync(join(tmpdir(), 'spectra-artifacts-'));
const objectStore = localObjectStore({ folder, secret: 'x'.repeat(40), baseUrl: 'http://localhost' });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const spec = {
  run_id: 'RUN-1',
  job_id: randomUUID(),
  org_id: randomUUID(),
  process: tankProcess.id,
  recipe: {},
  recipe_hash: 'h',
  recipe_id: null,
  recipe_version: null,
  wafers: [],
  lot_id: null,
  sop_id: randomUUID(),
  source_run_id: null,
  equipment_id: 'T-1',
  time_scale: 0,
  seed: 1,
  created_by: 'u',
  traceparent: '00-a-b-01',
};

const store = (attempt: number, logText: string) =>
  storeArtifacts({
    objectStore,
    definition: tankProcess,
    spec,
    attempt,
    telemetry: new TelemetryRecord(tankProcess.channels).whole(),
    drafts: [{ kind: 'report', name: 'report.svg', mediaType: 'image/svg+xml', content: logText }],
    logText: () => logText,
    lost: (message) => expect.unreachable(message),
    nowMs: 0,
    completed: true,
  });

it('an attempt that was fenced and comes late leaves the files of its successor as they are', async () => {
  const successor = await store(2, 'the second attempt');
  await store(1, 'the first attempt, which slept');
  for (const { uri, sha256 } of successor) {
    const found = await objectStore.get(keyOfUri(uri));
    const content = found === null ? '' : await text(found.stream);
    expect(content).toBe('the second attempt');
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  }
  expect(successor.map(({ name }) => name)).toEqual([
    'report_attempt2.svg',
    expect.stringMatching(/_attempt2\.log$/),
  ]);
});
