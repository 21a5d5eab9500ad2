import { normalAt } from '@spectra/run-engine';
import type { VmModel } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreigner, ours, refusalOf, tankService, valueOf } from '../../test/tank-service.ts';
import { recordMetrology } from '../metrology/record-metrology.ts';
import { metrology } from '../prediction-tables.ts';
import { learnFromRuns } from './learn.ts';
import { getModel, listModels, promoteModel, retireModel } from './models.ts';
import { predict } from './predict.ts';

let service: Awaited<ReturnType<typeof tankService>>;
let count = 0;

beforeAll(async () => {
  service = await tankService();
});
afterAll(() => service.close());

/** A run whose wafer physics puts at `levelMm`; `offsetMm` is what its gauge finds beyond it. */
async function wafer(levelMm: number, offsetMm: number | null): Promise<string> {
  count += 1;
  const physics = levelMm + normalAt(3, 1, count);
  const { run_id } = await service.recordRun({
    equipmentId: 'T-1',
    levelMm,
    waferIds: [`W${count}`],
    outcome: { waferPredictions: [{ physics: { level_mm: physics }, features: { asked_mm: levelMm } }] },
  });
  if (offsetMm !== null) await measure(run_id, count, physics + offsetMm + 0.3 * normalAt(3, 2, count));
  return run_id;
}

const measure = async (run_id: string, number: number, value: number) =>
  valueOf(
    await recordMetrology(
      service.context,
      service.asked({
        measurements: [{ run_id, wafer_id: `W${number}`, parameter: 'level_mm', value }],
        listed: false,
      }),
    ),
  );

const list = async (filter: Record<string, unknown>, caller?: typeof foreigner) =>
  valueOf(await listModels(service.context, service.asked({ limit: 100, offset: 0, ...filter }, caller)))
    .items;
const about = (model: VmModel | undefined, caller?: typeof foreigner) =>
  getModel(service.context, service.asked({ model_id: model?.model_id ?? '' }, caller));
const predicted = async (run_id: string) =>
  valueOf(await predict(service.context, service.asked({ process: 'tank', run_id }))).wafers[0]
    ?.predictions[0];

describe('virtual metrology of a family', () => {
  test('is physics alone, then told in shadow, then corrected with an interval', async () => {
    expect(await predicted(await wafer(40, null))).toMatchObject({ stage: 'physics_only', corrected: null });
    for (let i = 0; i < 11; i += 1) await wafer(30 + i, 4);
    const shadow = await predicted(await wafer(40, null));
    expect(shadow).toMatchObject({ stage: 'shadow', value: shadow?.physics });
    for (let i = 0; i < 9; i += 1) await wafer(35 + i, 4);
    const active = await predicted(await wafer(40, null));
    expect(active).toMatchObject({ stage: 'active', value: active?.corrected, confidence: 0.9 });
    expect((active?.value ?? 0) - (active?.physics ?? 0)).toBeCloseTo(4, 0);
    expect(active?.low).toBeLessThan(active?.value ?? 0);
    const stages = (await list({ family: 'shallow' })).map(({ stage }) => stage);
    expect(stages.filter((stage) => stage === 'active')).toHaveLength(1);
    expect(new Set(stages.slice(1))).toEqual(new Set(['retired']));
  });

  test('keeps every version and every change of stage with its reason', async () => {
    const [model] = await list({ family: 'shallow', stage: 'active' });
    const view = valueOf(await about(model));
    expect(view.versions.length).toBeGreaterThan(5);
    expect(view.history[0]).toMatchObject({ to: 'active', by: 'system' });
    expect(view.correction.offset).toBeCloseTo(4, 0);
    expect(view.correction.features.map(({ name }) => name)).toEqual(['asked_mm']);
    expect(view.error_fall_pct).toBeGreaterThan(40);
  });

  test('learns of a measurement that was there before its run was recorded', async () => {
    const before = (await list({ family: 'shallow', stage: 'active' }))[0];
    const early = (run_id: string, wafer_id: string) => ({
      org_id: ours,
      run_id,
      wafer_id,
      parameter: 'level_mm',
      value: 44,
      measured_at: new Date(service.clock.nowMs()),
      recorded_by: 'engineer',
    });
    for (let i = 0; i < 3; i += 1) {
      const rows = early(`TANK-${count + 1}`, `W${count + 1}`);
      await service.context.database.withOrg(ours, (tx) => tx.insert(metrology).values(rows));
      const run_id = await wafer(40, null);
      await learnFromRuns(service.context, ours, [run_id]);
    }
    const after = (await list({ family: 'shallow', stage: 'active' }))[0];
    expect(after?.wafers).toBeGreaterThan(before?.wafers ?? 0);
  });

  test('goes back to shadow with an alarm on the run whose wafer showed the drift', async () => {
    const alerts: string[] = [];
    const subject = `fab.*.tank.*.alert`;
    const stop = service.listen(subject, (text) => alerts.push(text));
    for (let i = 0; i < 8; i += 1) await wafer(35 + i, 9);
    const versions = await list({ family: 'shallow' });
    expect(versions.some(({ stage }) => stage === 'active')).toBe(false);
    const { history } = valueOf(await about(versions[0]));
    const back = history.find((change) => change.from === 'active' && change.to === 'shadow');
    expect(back?.reason).toMatch(/^drift: /);
    await expect.poll(() => alerts.length).toBe(1);
    expect(JSON.parse(alerts[0] ?? '{}')).toMatchObject({ parameter: 'level_mm', severity: 'warning' });
    stop();
  });

  test('learns the changed tool and counts again', async () => {
    for (let i = 0; i < 14; i += 1) await wafer(35 + (i % 9), 9);
    const last = await predicted(await wafer(40, null));
    expect(last?.stage).toBe('active');
    expect((last?.value ?? 0) - (last?.physics ?? 0)).toBeCloseTo(9, 0);
  });
});

describe('a person', () => {
  test('promotes what is not worse than physics, retires it, and the family learns anew', async () => {
    for (let i = 0; i < 8; i += 1) await wafer(60 + i, 3);
    const [shadow] = await list({ family: 'deep', stage: 'shadow' });
    const decide = { model_id: shadow?.model_id ?? '', reason: 'checked by hand' };
    expect(refusalOf(await promoteModel(service.context, service.asked(decide, foreigner))).code).toBe(
      'not_found',
    );
    expect(valueOf(await promoteModel(service.context, service.asked(decide))).stage).toBe('active');
    expect(refusalOf(await promoteModel(service.context, service.asked(decide))).code).toBe(
      'illegal_transition',
    );
    expect((await predicted(await wafer(62, null)))?.stage).toBe('active');
    expect(valueOf(await retireModel(service.context, service.asked(decide))).stage).toBe('retired');
    expect((await predicted(await wafer(62, null)))?.stage).toBe('physics_only');
    for (let i = 0; i < 5; i += 1) await wafer(60 + i, 3);
    expect(await list({ family: 'deep', stage: 'shadow' })).toEqual([]);
    await wafer(66, 3);
    expect(await list({ family: 'deep', stage: 'shadow' })).toHaveLength(1);
  });

  test('cannot promote what is worse than physics on held-back wafers', async () => {
    const own = await tankService();
    const before = service;
    service = own;
    try {
      for (let i = 0; i < 10; i += 1) await wafer(20 + i, i % 2 === 0 ? 1 : -1);
      const [model] = await list({ stage: 'shadow' });
      expect(model?.evidence.proven).toBe(false);
      const decide = { model_id: model?.model_id ?? '', reason: 'hoping' };
      expect(model?.evidence.tenable).toBe(false);
      const refused = refusalOf(await promoteModel(service.context, service.asked(decide)));
      expect(refused).toMatchObject({ code: 'conflict', errors: [{ path: 'model_id' }] });
    } finally {
      service = before;
      await own.close();
    }
  });

  test('of another organisation sees no model and no run', async () => {
    expect(await list({}, foreigner)).toEqual([]);
    const [model] = await list({ family: 'deep' });
    expect(refusalOf(await about(model, foreigner)).code).toBe('not_found');
    const asked = service.asked({ process: 'tank', run_id: await wafer(40, null) }, foreigner);
    expect(refusalOf(await predict(service.context, asked)).code).toBe('not_found');
  });
});

test('a recipe is predicted as planned, and a question names exactly one thing', async () => {
  const recipe = { level_mm: 40 };
  const ask = (body: Record<string, unknown>) =>
    predict(service.context, service.asked({ process: 'tank', ...body }));
  const planned = valueOf(await ask({ recipe, equipment_id: 'T-1' })).wafers[0];
  expect(planned).toMatchObject({ wafer_id: null, family: 'shallow', predictions: [{ physics: 40 }] });
  expect(refusalOf(await ask({})).errors?.[0]?.path).toBe('run_id');
  expect(refusalOf(await ask({ recipe, source_run_id: 'X' })).code).toBe('source_run_unusable');
});
