import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportManifestSchema, runComplianceSchema, runResultsSchema } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample, shortAnneal } from './recipes.ts';
import { seedFab } from './seed.ts';
import { theirEngineer } from './their-engineer.ts';
import { until } from './until.ts';

let platform: Platform;
let engineer: Client;
let admin: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
  admin = await Client.logIn(platform.url, 'admin');
}, 120_000);
afterAll(() => platform.close());

const complianceOf = async (runId: string) =>
  runComplianceSchema.parse((await engineer.get(`/api/runs/${runId}/compliance`)).body);
const resultsOf = async (runId: string) =>
  runResultsSchema.parse((await engineer.get(`/api/runs/${runId}/results`)).body);

describe('a completed implant', () => {
  let runId: string;

  beforeAll(async () => {
    ({ runId } = await engineer.startRun('ion', { ...implantExample, time_scale: 0, seed: 7 }));
    await engineer.waitForRun('ion', runId);
  });

  test('is compliant, judged at its creation and at its end, with its dose as evidence', async () => {
    const told = await complianceOf(runId);
    expect(told, JSON.stringify(told.violations)).toMatchObject({
      run_status: 'completed',
      violations: [],
      at_create: { stage: 'create', verdict: 'compliant' },
      at_end: { stage: 'end' },
      earlier_attempts: [],
      since: { changes: [] },
    });
    expect(['compliant', 'compliant_with_warnings']).toContain(told.verdict);
    const dose = told.rules.find((rule) => rule.rule === 'dose_tolerance');
    expect(dose).toMatchObject({ status: 'passed', judged_at: 'end', evidence: { limit: { low: -0.5 } } });
    expect(told.at_end?.evidence.tools).toHaveLength(1);
    expect(told.at_end?.evidence.tools[0]?.calibrations).toHaveLength(3);
  });

  test('has one document with all of its results', async () => {
    const told = await resultsOf(runId);
    expect(told).toMatchObject({
      status: 'completed',
      incomplete: [],
      kpis: { wafers: 1, wafers_processed: 1, attempts: 1 },
      reproducibility: { seed: 7 },
      attempts: [{ attempt: 1, ending: 'completed', lease_token: expect.any(Number) }],
    });
    expect(Math.abs(told.metrics['dose_error_pct'] ?? 9)).toBeLessThanOrEqual(0.5);
    expect(told.wafers).toHaveLength(1);
    expect(told.virtual_metrology.prediction).toHaveProperty('sheet_resistance_ohm_sq');
    expect(told.artifacts.every((artifact) => artifact.href?.includes(artifact.artifact_id))).toBe(true);
    expect(told.evidence?.sop?.approvals).toHaveLength(1);
  });

  test('keeps its judgement when the record changes afterwards, and the change is told', async () => {
    const before = await complianceOf(runId);
    const tool = before.at_end?.evidence.tools[0]?.equipment_id ?? '';
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
    await admin.post('/api/calibrations', {
      equipment_id: tool,
      type: 'vacuum_gauge',
      performed_at: new Date(Date.now() - 60_000).toISOString(),
      valid_until: soon,
    });
    const after = await complianceOf(runId);
    expect(after.at_end).toEqual(before.at_end);
    expect(after.verdict).toBe(before.verdict);
    expect(after.since.changes).toMatchObject([{ rule: 'calibration', judged: 'passed', today: 'warning' }]);
  });
});

const hasUnzip = spawnSync('unzip', ['-v']).status === 0;

/** An export as a person has it after `unzip`; its files are checked against the manifest. */
async function unzipped(runId: string) {
  const answer = await fetch(`${platform.url}/api/runs/${runId}/export`, {
    headers: { authorization: `Bearer ${engineer.token}` },
  });
  expect(answer.status).toBe(200);
  const folder = mkdtempSync(join(tmpdir(), 'spectra-unzip-'));
  const zip = join(folder, 'run.zip');
  writeFileSync(zip, Buffer.from(await answer.arrayBuffer()));
  const tested = spawnSync('unzip', ['-t', zip], { encoding: 'utf8' });
  expect(tested.status, tested.stdout).toBe(0);
  expect(spawnSync('unzip', ['-q', zip, '-d', join(folder, 'run')]).status).toBe(0);
  const fileOf = (name: string) => readFileSync(join(folder, 'run', name));
  const manifest = exportManifestSchema.parse(JSON.parse(fileOf('manifest.json').toString()));
  for (const file of manifest.files) {
    expect(createHash('sha256').update(fileOf(file.name)).digest('hex'), file.name).toBe(file.sha256);
  }
  const texts = new Map(manifest.files.map((file) => [file.name, fileOf(file.name).toString()]));
  rmSync(folder, { recursive: true });
  return { manifest, texts };
}

test.skipIf(!hasUnzip)(
  'completed, cancelled, held and queued runs are all exported whole',
  async () => {
    const done = await engineer.startRun('ion', { ...implantExample, time_scale: 0, equipment_id: 'IMP-03' });
    await engineer.waitForRun('ion', done.runId);
    const { manifest, texts } = await unzipped(done.runId);
    expect(manifest, JSON.stringify(manifest.files.filter((file) => file.reason))).toMatchObject({
      run_status: 'completed',
      complete: true,
    });
    expect(manifest.calibration_ids).toHaveLength(3);
    const stored = [...texts].find(([name]) => name.startsWith('artifacts/telemetry/'))?.[1] ?? '{}';
    const frames = (JSON.parse(stored) as { time_s: number[] }).time_s;
    const rows = (texts.get('telemetry.csv') ?? '')
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(rows).toHaveLength(frames.length + 1);
    expect(rows[0]).toContain('beam_current_ma');
    const slow = { ...shortAnneal, equipment_id: 'RTP-02', time_scale: 1 };
    const running = await engineer.startRun('rtp', slow);
    const queued = await engineer.startRun('rtp', { ...slow, wafer_id: 'W2' });
    expect((await unzipped(queued.runId)).manifest).toMatchObject({ run_status: 'queued', complete: true });
    await engineer.delete(`/api/rtp/runs/${running.runId}`);
    await engineer.delete(`/api/rtp/runs/${queued.runId}`);
    await engineer.waitForRun('rtp', running.runId);
    expect((await unzipped(running.runId)).manifest).toMatchObject({
      run_status: 'cancelled',
      complete: true,
    });
  },
  120_000,
);

describe('the tool run.export', () => {
  let runId: string;

  beforeAll(async () => {
    ({ runId } = await engineer.startRun('ion', { ...implantExample, time_scale: 0, wafer_id: 'W-EXP' }));
    await engineer.waitForRun('ion', runId);
  });

  test('leaves the ZIP with its job, and tells the hash of its manifest', async () => {
    const begun = await engineer.post('/v1/jobs', { tool: 'run.export', params: { run_id: runId } });
    expect(begun.status, JSON.stringify(begun.body)).toBe(202);
    const job = await until('the export is done', async () => {
      const told = (await engineer.get(`/v1/jobs/${String(begun.body['job_id'])}`)).body;
      return ['completed', 'failed'].includes(String(told['status'])) ? told : null;
    });
    expect(job, JSON.stringify(job['error'])).toMatchObject({
      status: 'completed',
      result: { run_id: runId, complete: true, faults: 0, artifact: { media_type: 'application/zip' } },
    });
    const [file] = job['artifacts'] as { href: string; sha256: string; size_bytes: number }[];
    const answer = await fetch(new URL(file?.href ?? '', platform.url), {
      headers: { authorization: `Bearer ${engineer.token}` },
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(bytes.byteLength).toBe(file?.size_bytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256);
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
  });

  test('is refused for a run of another organisation, in the words for what does not exist', async () => {
    const theirs = await theirEngineer(platform);
    const foreign = await theirs.post('/v1/jobs', { tool: 'run.export', params: { run_id: runId } });
    const unknown = await theirs.post('/v1/jobs', { tool: 'run.export', params: { run_id: 'ION-0' } });
    expect([foreign.status, unknown.status]).toEqual([404, 404]);
    expect((await theirs.get(`/api/runs/${runId}/export`)).status).toBe(404);
    expect((await theirs.get(`/api/runs/${runId}/results`)).status).toBe(404);
    expect((await theirs.get(`/api/runs/${runId}/compliance`)).status).toBe(404);
  });
});

test('a run that an interlock stopped is not compliant, and its documents say why', async () => {
  await admin.put('/api/equipment/IMP-02/simulator', {
    noise_scale: 1,
    faults: [{ kind: 'tilt_error', at_s: 5 }],
  });
  const { runId } = await engineer.startRun('ion', {
    ...implantExample,
    time_scale: 0,
    equipment_id: 'IMP-02',
  });
  const run = await engineer.waitForRun('ion', runId);
  expect(run['status'], JSON.stringify(run['held_reason'])).toBe('held');
  const told = await complianceOf(runId);
  expect(told.verdict).toBe('not_compliant');
  expect(told.violations.map((violation) => violation.rule)).toEqual([
    'completion',
    'interlocks',
    'exposure',
  ]);
  const results = await resultsOf(runId);
  expect(results).toMatchObject({ status: 'held', kpis: { wafers_processed: 0 }, metrics: {} });
  expect(results.compliance?.summary).toMatch(/^Broken: Run completed, No interlock tripped/);
  if (hasUnzip) {
    expect((await unzipped(runId)).manifest).toMatchObject({ run_status: 'held', complete: true });
  }
});

test('a run that was cancelled in its line is judged by the records: no wafer of it was touched', async () => {
  const slow = { ...shortAnneal, equipment_id: 'RTP-01', time_scale: 1 };
  const first = await engineer.startRun('rtp', slow);
  const { runId } = await engineer.startRun('rtp', { ...slow, wafer_id: 'W2' });
  await engineer.delete(`/api/rtp/runs/${runId}`);
  await engineer.delete(`/api/rtp/runs/${first.runId}`);
  const told = await complianceOf(runId);
  expect(told).toMatchObject({ run_status: 'cancelled', verdict: 'not_compliant', end_told_by: 'records' });
  expect(told.violations.map(({ rule }) => rule)).toEqual(['completion']);
  expect(told.rules.find(({ rule }) => rule === 'exposure')?.detail).toBe('No wafer saw energy');
  expect(told.at_create?.verdict).toBe('compliant');
});
