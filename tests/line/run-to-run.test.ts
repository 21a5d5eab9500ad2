import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { implantExample } from './recipes.ts';
import { seedFab } from './seed.ts';

let platform: Platform;
let engineer: Client;
let viewer: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
  viewer = await Client.logIn(platform.url, 'viewer');
}, 120_000);
afterAll(() => platform.close());

const reference = new URL('../../packages/domain/control/test/data/r2r_ewma.csv', import.meta.url);
const rows = readFileSync(reference, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

describe('the analysis of a loop', () => {
  test('gives every row of the reference to its last digit', async () => {
    expect(rows).toHaveLength(35);
    for (const row of rows) {
      const [, lambda1, lambda2, gain_ratio, drift_per_run, formula, simulated, radius] = row;
      const { status, body } = await viewer.post('/api/r2r/analyze', {
        lambda1: Number(lambda1),
        lambda2: Number(lambda2),
        gain_ratio: Number(gain_ratio),
        drift_per_run: Number(drift_per_run),
      });
      expect(status).toBe(200);
      expect(body['controller']).toBe(row[0]);
      expect(body['stable']).toBe(formula !== 'unstable');
      expect(Math.abs(Number(body['spectral_radius']) - Number(radius))).toBeLessThanOrEqual(5.001e-7);
      for (const [name, printed] of [
        ['steady_offset_formula', formula],
        ['steady_offset_sim', simulated],
      ] as const) {
        if (!body['stable']) expect(body[name]).toBeNull();
        else expect(Math.abs(Number(body[name]) - Number(printed)), row.join()).toBeLessThanOrEqual(5.001e-7);
      }
    }
  });

  test('refuses weights beyond their limits', async () => {
    const answer = await viewer.post('/api/r2r/analyze', { lambda1: 1.2 });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'lambda1', value: 1.2, limit: { maximum: 1 } }] },
    });
  });
});

describe('metrology of a run', () => {
  const recipe = { ...implantExample, dose_atoms_cm2: 2e13, equipment_id: 'IMP-01', time_scale: 0 };
  let hash: string;

  const measure = (wafer_id: string, dose: number, rest: Record<string, unknown> = {}) =>
    engineer.post('/api/metrology', {
      process: 'ion',
      wafer_id,
      parameter: 'dose_atoms_cm2',
      value: dose,
      ...rest,
    });
  const advice = (rest = '') =>
    viewer.get(`/api/r2r/ion/advice?equipment_id=IMP-01&recipe_hash=${hash}${rest}`);

  beforeAll(async () => {
    const { runId } = await engineer.startRun('ion', { ...recipe, wafer_id: 'A1' });
    const run = await engineer.waitForRun('ion', runId);
    hash = String(run['recipe_hash']);
  }, 60_000);

  test('turns the advice from what the run believes to what was measured', async () => {
    const believed = (await advice()).body as { advice: { proposed: number; loop: string }[] };
    expect(believed.advice.map(({ loop }) => loop)).toEqual(['dose', 'energy']);
    expect(Math.abs((believed.advice[0]?.proposed ?? 0) / 2e13 - 1)).toBeLessThan(0.001);
    const answer = await measure('A1', 1.96e13, { measured_at: new Date().toISOString(), lot_id: 'LOT-001' });
    expect(answer).toMatchObject({ status: 201, body: { duplicates: 0 } });
    const [dose] = (await advice()).body['advice'] as Record<string, unknown>[];
    expect(dose).toMatchObject({ parameter: 'dose_atoms_cm2', asked: 2e13, reason: 'move_limited' });
    expect(Number(dose?.['proposed']) / 2e13).toBeCloseTo(1.01, 6);
    const listed = await viewer.get('/api/metrology?process=ion&lot_id=LOT-001');
    expect(listed.body).toMatchObject({ total: 1, measurements: [{ wafer_id: 'A1', unit: 'atoms/cm²' }] });
  });

  test('is refused with field, value and limit when it cannot be', async () => {
    expect(await measure('A1', 1e9)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'value', value: 1e9, limit: { minimum: 1e10 } }] },
    });
    expect(await measure('NONE', 2e13)).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'wafer_id', value: 'NONE' }] },
    });
    expect(await measure('A1', 2e13, { run_id: 'ION-20260101-00000000' })).toMatchObject({ status: 404 });
    const body = { process: 'ion', wafer_id: 'A1', parameter: 'dose_atoms_cm2', value: 2e13 };
    expect(await viewer.post('/api/metrology', body)).toMatchObject({ status: 403 });
    const missing = await engineer.post('/api/metrology', { process: 'ion', wafer_id: 'A1' });
    expect(missing).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'parameter' }, { path: 'value' }] },
    });
  });

  test('steers by settings that settle, and those of a thread that would not are refused', async () => {
    const put = (settings: Record<string, number>) =>
      engineer.put('/api/r2r/ion/threads', {
        equipment_id: 'IMP-01',
        recipe_hash: hash,
        loop: 'dose',
        settings,
      });
    expect(await put({ lambda1: 0.7, gain_ratio_max: 3 })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'settings.lambda1', value: 0.7, limit: { below: 2 / 3 } }] },
    });
    const set = await put({ lambda1: 0.5, move_max: 0.02 });
    expect(set).toMatchObject({ status: 200, body: { changed: ['lambda1', 'move_max'] } });
    const [dose] = (await advice()).body['advice'] as Record<string, unknown>[];
    expect(dose?.['reason']).toBe('moved');
    const id = String(set.body['thread_id']);
    const restarted = await engineer.post(`/api/r2r/ion/threads/${id}/restart`, {
      reason: 'cup replaced',
      input: 'neutral',
    });
    expect(restarted).toMatchObject({ status: 200, body: { restart_reason: 'cup replaced' } });
    const thread = await viewer.get(`/api/r2r/ion/threads/${id}`);
    expect(thread.body).toMatchObject({ history: [], advice: { proposed: 2e13 } });
    expect((thread.body['changes'] as unknown[]).length).toBe(2);
  });
});

describe('a SOP that lets advice be used', () => {
  const recipe = { ...implantExample, dose_atoms_cm2: 3e13, equipment_id: 'IMP-02', time_scale: 0 };
  let sopId: string;

  beforeAll(async () => {
    const written = await engineer.post('/api/sops', {
      process: 'ion',
      title: 'Steered implants',
      run_to_run: { mode: 'automatic', bounds: { dose: { minimum: 0.98, maximum: 1.02 } } },
    });
    expect(written.status).toBe(201);
    sopId = String(written.body['sop_id']);
    const admin = await Client.logIn(platform.url, 'admin');
    const signature = { meaning: 'Released', content_hash: written.body['content_hash'] };
    expect((await admin.post(`/api/sops/${sopId}/approvals`, signature)).status).toBe(201);
  });

  const implant = async (wafer_id: string, rest: Record<string, unknown> = {}) => {
    const { runId } = await engineer.startRun('ion', { ...recipe, sop_id: sopId, wafer_id, ...rest });
    const run = await engineer.waitForRun('ion', runId);
    expect(run['status']).toBe('completed');
    return run as { recipe: Record<string, unknown>; final_dose_atoms_cm2: number } & {
      run_to_run: { recipe_used: Record<string, unknown>; loops: { loop: string; applied: boolean }[] };
    };
  };

  test('the next run uses it, and tells the recipe as asked, as used, and by which advice', async () => {
    await implant('S1');
    const body = { process: 'ion', wafer_id: 'S1', parameter: 'dose_atoms_cm2', value: 2.97e13 };
    expect((await engineer.post('/api/metrology', body)).status).toBe(201);
    const next = await implant('S2');
    expect(next.recipe['dose_atoms_cm2']).toBe(3e13);
    const used = Number(next.run_to_run.recipe_used['dose_atoms_cm2']);
    expect(used / 3e13).toBeCloseTo(1 + 0.01 / 1.5, 6);
    expect(next.final_dose_atoms_cm2 / used).toBeCloseTo(1, 2);
    expect(next.run_to_run.loops.find(({ loop }) => loop === 'dose')).toMatchObject({
      applied: true,
      asked: 3e13,
    });
    const skipped = await implant('S3', { run_to_run: 'skip' });
    expect(skipped.run_to_run.recipe_used['dose_atoms_cm2']).toBe(3e13);
  }, 120_000);

  test('that names an unknown loop is refused', async () => {
    const answer = await engineer.post('/api/sops', {
      process: 'ion',
      title: 'Wrong',
      run_to_run: { mode: 'automatic', bounds: { smell: { minimum: 0, maximum: 1 } } },
    });
    expect(answer).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'run_to_run.bounds.smell', limit: { one_of: ['dose', 'energy'] } }] },
    });
  });
});
