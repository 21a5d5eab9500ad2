import type { RunSpec, Sop } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf, tankService, valueOf } from '../../test/tank-service.ts';
import { createSop } from '../catalog/sops.ts';
import { setEquipmentStatus } from '../catalog/equipment-events.ts';
import { recordMetrology } from '../metrology/record-metrology.ts';
import { advise } from './advise.ts';
import { steerUnder, steeringLines } from './steer-run.ts';

let service: Awaited<ReturnType<typeof tankService>>;
let runs = 0;

beforeAll(async () => {
  service = await tankService();
  for (const tool of ['T-1', 'T-2', 'T-3']) await service.addTool(tool);
});
afterAll(() => service.close());

const sop = (change: Partial<Sop> = {}): Sop => ({
  sop_id: '44444444-4444-4444-8444-444444444444',
  process: 'tank',
  title: 'Filling',
  body: '',
  hazard_class: 'medium',
  limits: {},
  content_hash: '0'.repeat(64),
  status: 'approved',
  status_reason: null,
  author: 'author',
  contributors: ['author'],
  comment: null,
  approvals: [],
  voided_approvals: [],
  approvals_required: 1,
  version: 1,
  latest_version: 1,
  approved_version: 1,
  submitted_at: null,
  created_at: '2026-01-01T00:00:00Z',
  ...change,
});
const automatic = (bounds = {}, change: Partial<Sop> = {}) =>
  sop({ run_to_run: { mode: 'automatic', bounds }, ...change });

/** A completed run on the tool whose level metrology puts at this share of what was asked. */
async function measuredRun(equipmentId: string, share: number): Promise<RunSpec> {
  runs += 1;
  const spec = await service.recordRun({
    equipmentId,
    levelMm: 40,
    waferIds: [`S${runs}`],
    runId: `S-${runs}`,
    outcome: { runToRun: [{ loop: 'level', input: 1, estimate: 1 }] },
  });
  const measurement = { run_id: spec.run_id, wafer_id: `S${runs}`, parameter: 'level_mm', value: 40 * share };
  const body = { measurements: [measurement], listed: false };
  valueOf(await recordMetrology(service.context, service.asked(body)));
  return spec;
}

let starts = 0;
const start = (spec: RunSpec, under: Sop, run_to_run?: RunSpec['run_to_run']) => {
  starts += 1;
  const next = { ...spec, run_id: `NEXT-${starts}`, ...(run_to_run && { run_to_run }) };
  return steerUnder(service.context, { spec: next, sop: under });
};

describe('a run that starts', () => {
  test('uses the advice where its SOP says so, and tells the recipe as asked and as used', async () => {
    const spec = await measuredRun('T-1', 0.97);
    const steered = valueOf(await start(spec, automatic()));
    expect(steered.wire['level_mm']).toBeCloseTo(40 * 1.02, 6);
    expect(steered.recipe.levelMm).toBeCloseTo(40 * 1.02, 6);
    expect(steered.inputs.get('level')).toBeCloseTo(1.02, 6);
    const { steering } = steered;
    expect(steering.recipe_hash_asked).toBe(spec.recipe_hash);
    expect(steering.recipe_hash_used).not.toBe(spec.recipe_hash);
    expect(steering.loops[0]).toMatchObject({ applied: true, samples: 1, asked: 40 });
    expect(steeringLines(steering)[0]).toMatch(/^Run-to-run: level_mm 40 → 40\.8.*applied by the SOP/);
  });

  test('uses the recipe as asked where the SOP does not, or where the request skips it', async () => {
    const spec = await measuredRun('T-1', 0.97);
    for (const steered of [
      valueOf(await start(spec, sop())),
      valueOf(await start(spec, automatic(), 'skip')),
    ]) {
      expect(steered.wire).toEqual(spec.recipe);
      expect(steered.steering).toMatchObject({
        recipe_hash_used: spec.recipe_hash,
        loops: [{ applied: false }],
      });
    }
  });

  test('uses it on purpose under any SOP, and never beyond the bounds of the SOP', async () => {
    const spec = await measuredRun('T-1', 0.97);
    const applied = valueOf(await start(spec, sop(), 'apply'));
    expect(applied.steering.loops[0]).toMatchObject({
      applied: true,
      reason: expect.stringMatching(/the request/),
    });
    const bounded = valueOf(await start(spec, automatic({ level: { minimum: 0.995, maximum: 1.005 } })));
    expect(bounded.inputs.get('level')).toBe(1.005);
    expect(bounded.steering.loops[0]?.reason).toMatch(/cut to the bounds/);
  });

  test('is left as asked when the advice would break a limit of the SOP; on purpose it is refused', async () => {
    const spec = await measuredRun('T-1', 0.97);
    const tight = automatic({}, { limits: { level_mm: { maximum: 40.1 } } });
    const left = valueOf(await start(spec, tight));
    expect(left.wire).toEqual(spec.recipe);
    expect(left.inputs.get('level')).toBe(1);
    expect(left.steering.loops[0]?.reason).toMatch(/would break a limit/);
    expect(refusalOf(await start(spec, tight, 'apply'))).toMatchObject({
      code: 'sop_limit_exceeded',
      errors: [{ path: 'level_mm', limit: { maximum: 40.1 } }],
    });
  });

  test('uses the very same recipe at its next attempt, whatever metrology said in between', async () => {
    const spec = await measuredRun('T-2', 0.99);
    const again = { ...spec, run_id: 'TWICE' };
    const first = valueOf(await steerUnder(service.context, { spec: again, sop: automatic() }));
    await measuredRun('T-2', 1.04);
    const second = valueOf(await steerUnder(service.context, { spec: again, sop: sop() }));
    expect(second).toEqual(first);
  });
});

test('maintenance of the tool starts its threads anew, from the input that was used last', async () => {
  const spec = await measuredRun('T-3', 0.95);
  const ask = async () => {
    const body = { equipment_id: 'T-3', recipe_hash: spec.recipe_hash };
    return valueOf(await advise(service.context, service.asked(body))).threads[0];
  };
  expect((await ask())?.history).toHaveLength(1);
  service.clock.advance(1000);
  const status = { equipment_id: 'T-3', status: 'maintenance' as const, reason: 'gauge replaced' };
  valueOf(await setEquipmentStatus(service.context, service.asked(status)));
  const after = await ask();
  expect(after).toMatchObject({ history: [], restart_reason: 'maintenance: gauge replaced' });
  expect(after?.advice).toMatchObject({ proposed: 40 });
  await measuredRun('T-3', 1.02);
  expect((await ask())?.history).toHaveLength(1);
});

test('a SOP that bounds an unknown loop, or leaves no room for the recipe, is refused', async () => {
  const write = (bounds: Record<string, { minimum: number; maximum: number }>) =>
    createSop(
      service.context,
      service.asked({
        process: 'tank',
        title: 'Steered',
        body: '',
        hazard_class: 'low' as const,
        limits: {},
        run_to_run: { mode: 'automatic' as const, bounds },
      }),
    );
  expect(refusalOf(await write({ smell: { minimum: 0, maximum: 1 } })).errors?.[0]).toMatchObject({
    path: 'run_to_run.bounds.smell',
    limit: { one_of: ['level'] },
  });
  expect(refusalOf(await write({ level: { minimum: 1.01, maximum: 1.02 } })).errors?.[0]).toMatchObject({
    path: 'run_to_run.bounds.level',
  });
  const written = valueOf(await write({ level: { minimum: 0.9, maximum: 1.1 } }));
  expect(written.run_to_run).toMatchObject({ mode: 'automatic' });
});
