import { simulateRun, tankProcess } from '@spectra/run-engine';
import { expectRowLevelSecurity } from '@spectra/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreigner, refusalOf, tankService, valueOf } from '../../test/tank-service.ts';
import { approvedRecipe } from '../../test/approved-recipe.ts';
import { retireRecipe } from '../catalog/recipe-approval.ts';
import { createRecipeVersion } from '../catalog/recipes.ts';
import { recordMetrology } from '../metrology/record-metrology.ts';
import { advise } from './advise.ts';
import { analyzeLoop } from './analyze-loop.ts';
import { runToRunHistory } from './run-history.ts';
import { getThread, listThreads, restartThread, setThread } from './threads.ts';

let service: Awaited<ReturnType<typeof tankService>>;
let runs = 0;

beforeAll(async () => {
  service = await tankService();
  for (const tool of ['T-1', 'T-2', 'T-3', 'T-4', 'T-5', 'T-6']) await service.addTool(tool);
});
afterAll(() => service.close());

/** A completed run whose own estimate is `estimate`, and what its wafer measures, if anything. */
async function run(tool: string, facts: { estimate?: number; measured?: number; layer?: string }) {
  runs += 1;
  const { estimate = 1, measured, layer } = facts;
  const spec = await service.recordRun({
    equipmentId: tool,
    levelMm: 40,
    waferIds: [`W${runs}`],
    ...(layer === undefined ? {} : { layer }),
    outcome: { runToRun: [{ loop: 'level', input: 1, estimate }] },
  });
  if (measured !== undefined) await measure(spec.run_id, `W${runs}`, measured);
  return spec;
}

const measure = async (run_id: string, wafer_id: string, share: number) =>
  valueOf(
    await recordMetrology(
      service.context,
      service.asked({
        measurements: [{ run_id, wafer_id, parameter: 'level_mm', value: 40 * share }],
        listed: false,
      }),
    ),
  );

async function adviceFor(tool: string, recipe_hash: string, layer?: string) {
  const body = { equipment_id: tool, recipe_hash, ...(layer === undefined ? {} : { layer }) };
  return valueOf(await advise(service.context, service.asked(body)));
}

test('the tables are under row-level security', async () => {
  const { adminUrl } = service;
  await expectRowLevelSecurity({ adminUrl, schema: 'tank', withoutOrg: [] });
});

describe('advice', () => {
  test('comes from the runs’ own estimates until metrology says better', async () => {
    const first = await run('T-1', { estimate: 0.98 });
    const before = await adviceFor('T-1', first.recipe_hash);
    expect(before.advice[0]).toMatchObject({ loop: 'level', parameter: 'level_mm', asked: 40, present: 40 });
    expect(before.advice[0]?.proposed).toBeCloseTo(40 * (1 + 0.02 / 1.5), 4);
    await measure(first.run_id, `W${runs}`, 1.03);
    const after = await adviceFor('T-1', first.recipe_hash);
    expect(after.advice[0]?.proposed).toBeCloseTo(40 * (1 - 0.03 / 1.5), 4);
    expect(after.threads[0]?.history[0]).toMatchObject({ taken: 'measured', wafers_measured: 1 });
  });

  test('is the same whether metrology comes at once or late and backwards', async () => {
    const values = [1.01, 1.02, 0.99, 1.015];
    const inTime = [];
    for (const measured of values) inTime.push(await run('T-2', { measured }));
    const late = [];
    for (const _ of values) late.push({ spec: await run('T-3', {}), wafer: `W${runs}` });
    for (const place of [3, 1, 0, 2]) {
      const each = late[place];
      if (each) await measure(each.spec.run_id, each.wafer, values[place] ?? 1);
    }
    const hash = inTime[0]?.recipe_hash ?? '';
    const [left, right] = [await adviceFor('T-2', hash), await adviceFor('T-3', hash)];
    expect(left.threads[0]?.state).toEqual(right.threads[0]?.state);
    expect(left.threads[0]?.state.samples).toBe(4);
  });

  test('keeps layers and tools apart', async () => {
    const first = await run('T-4', { measured: 1.04, layer: 'M1' });
    await run('T-4', { measured: 0.96, layer: 'M2' });
    expect((await adviceFor('T-4', first.recipe_hash, 'M1')).advice[0]?.proposed).toBeLessThan(40);
    expect((await adviceFor('T-4', first.recipe_hash, 'M2')).advice[0]?.proposed).toBeGreaterThan(40);
    expect((await adviceFor('T-4', first.recipe_hash)).advice).toEqual([]);
  });

  test('can be asked for by a run, and is told to its own organisation only', async () => {
    const { run_id } = await run('T-1', {});
    const body = { equipment_id: 'T-1', run_id };
    expect(valueOf(await advise(service.context, service.asked(body))).threads).toHaveLength(1);
    expect(refusalOf(await advise(service.context, service.asked(body, foreigner))).code).toBe('not_found');
    const both = { ...body, recipe_hash: 'a'.repeat(64) };
    expect(refusalOf(await advise(service.context, service.asked(both))).errors?.[0]?.path).toBe(
      'recipe_hash',
    );
  });
});

describe('advice for a named recipe', () => {
  const adviceOf = async (body: Record<string, unknown>, caller?: typeof foreigner) =>
    advise(service.context, service.asked({ equipment_id: 'T-5', ...body }, caller));

  test('is that for the version in force, or for the one that is named', async () => {
    const { recipe_hash } = await run('T-5', { measured: 1.02 });
    const approved = await approvedRecipe(service, 40);
    const { recipe_id } = approved;
    expect(approved.recipe_hash).toBe(recipe_hash);
    const changes = { level_mm: 45 };
    valueOf(await createRecipeVersion(service.context, service.asked({ recipe_id, changes })));
    const inForce = valueOf(await adviceOf({ recipe_id }));
    expect(inForce).toEqual(valueOf(await adviceOf({ recipe_hash })));
    expect(inForce.advice).toHaveLength(1);
    const draft = valueOf(await adviceOf({ recipe_id, recipe_version: 2 }));
    expect(draft).toMatchObject({ advice: [], threads: [] });
    expect(draft.recipe_hash).not.toBe(recipe_hash);
  });

  test('is refused for what is not there, not in force, or of another organisation', async () => {
    const { recipe_id } = await approvedRecipe(service, 41);
    const missing = await adviceOf({ recipe_id, recipe_version: 7 });
    expect(refusalOf(missing)).toMatchObject({ code: 'not_found', detail: expect.stringContaining('7') });
    const lonely = await adviceOf({ recipe_hash: 'a'.repeat(64), recipe_version: 1 });
    expect(refusalOf(lonely).errors?.[0]).toMatchObject({ path: 'recipe_version', value: 1 });
    expect(refusalOf(await adviceOf({ recipe_id }, foreigner)).code).toBe('not_found');
    const reason = 'not used any more';
    valueOf(await retireRecipe(service.context, service.asked({ recipe_id, reason })));
    expect(refusalOf(await adviceOf({ recipe_id })).code).toBe('recipe_not_approved');
  });
});

describe('a thread', () => {
  test('takes settings that settle, and refuses the others with field, value and limit', async () => {
    const { recipe_hash } = await run('T-5', { measured: 1 });
    const body = { equipment_id: 'T-5', recipe_hash, loop: 'level' };
    const set = (settings: Record<string, number>, caller?: typeof foreigner) =>
      setThread(service.context, service.asked({ ...body, settings }, caller));
    const thread = valueOf(await set({ lambda1: 0.9, lambda2: 0.1 }));
    expect(thread).toMatchObject({ changed: ['lambda1', 'lambda2'], settings: { lambda1: 0.9 } });
    expect(refusalOf(await set({ lambda2: 0, lambda1: 0.7, gain_ratio_max: 3 }))).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: 'settings.lambda1', value: 0.7, limit: { below: 2 / 3 } }],
    });
    expect(refusalOf(await set({ lambda1: 1, lambda2: 0.9 })).errors?.[0]?.limit).toMatchObject({
      spectral_radius_below: 1,
    });
    expect(refusalOf(await set({ input_max: 0.9 })).errors?.[0]).toMatchObject({
      path: 'settings.input_max',
      limit: { minimum: 1 },
    });
    expect(refusalOf(await set({ lambda1: 0.2 }, foreigner)).code).toBe('not_found');
    const kept = valueOf(await getThread(service.context, service.asked({ thread_id: thread.thread_id })));
    expect(kept.settings).toMatchObject({ lambda1: 0.9, lambda2: 0.1, gain_ratio_max: 1.5 });
    expect(kept.changes.map(({ kind, by }) => [kind, by])).toEqual([['settings', 'engineer']]);
  });

  test('that is refused is not made, and an unknown loop is named', async () => {
    const { recipe_hash } = await run('T-6', { layer: 'A' });
    const set = (change: Record<string, unknown>) => {
      const body = { equipment_id: 'T-6', recipe_hash, loop: 'level', settings: {}, ...change };
      return setThread(service.context, service.asked(body));
    };
    expect((await set({ settings: { gain_ratio_max: 50 } })).ok).toBe(false);
    expect(refusalOf(await set({ loop: 'smell' })).errors?.[0]?.limit).toEqual({ one_of: ['level'] });
    const listed = valueOf(
      await listThreads(service.context, service.asked({ limit: 10, offset: 0, equipment_id: 'T-6' })),
    );
    expect(listed.items.map(({ layer }) => layer)).toEqual(['A']);
  });

  test('starts anew after maintenance: old results count no more, the input stays or goes to neutral', async () => {
    const { recipe_hash } = await run('T-6', { measured: 0.97 });
    const [found] = (await adviceFor('T-6', recipe_hash)).threads;
    const thread_id = found?.thread_id ?? '';
    const restart = (input: 'keep' | 'neutral', caller?: typeof foreigner) =>
      restartThread(service.context, service.asked({ thread_id, reason: 'cleaned', input }, caller));
    expect(refusalOf(await restart('keep', foreigner)).code).toBe('not_found');
    valueOf(await restart('keep'));
    const [kept] = (await adviceFor('T-6', recipe_hash)).threads;
    expect(kept?.history).toEqual([]);
    expect(kept?.advice.input).toBeCloseTo(1.02, 9);
    valueOf(await restart('neutral'));
    expect((await adviceFor('T-6', recipe_hash)).advice[0]?.proposed).toBe(40);
  });

  test('gives a run that ends its earlier results, and takes the run once', async () => {
    const spec = await run('T-6', { measured: 0.99, layer: 'H' });
    const next = { ...spec, run_id: 'TANK-next' };
    const history = await runToRunHistory(service.context, next, {
      asked: { levelMm: 40 },
      inputs: new Map([['level', 1.01]]),
    });
    expect(history.threads['level']).toMatchObject({
      input: 1.01,
      results: [{ measured: expect.closeTo(0.99, 9) }],
    });
    const { outcome } = simulateRun(tankProcess, {
      recipe: { levelMm: 40.4 },
      wafers: [{ wafer_id: 'W', slot: 1 }],
      seed: 1,
      runToRun: history,
    });
    expect(outcome.runToRun).toEqual([{ loop: 'level', input: 1.01, estimate: expect.closeTo(1.01, 6) }]);
    expect(outcome.advice[0]?.present).toBeCloseTo(40.4, 9);
  });
});

test('a loop is analysed without being stored', async () => {
  const analyze = async (lambda1: number, lambda2: number, gain_ratio: number) =>
    valueOf(
      await analyzeLoop(
        service.context,
        service.asked({ lambda1, lambda2, gain_ratio, drift_per_run: 0.1, runs: 10_000 }),
      ),
    );
  expect(await analyze(0.2, 0, 0.5)).toMatchObject({ controller: 'EWMA', stable: true });
  expect((await analyze(0.2, 0, 0.5)).steady_offset_sim).toBeCloseTo(1, 9);
  expect(await analyze(0.7, 0, 3)).toMatchObject({ stable: false, steady_offset_formula: null });
});
