import { tankProcess } from '@spectra/run-engine';
import type { RunTelemetry } from '@spectra/run-engine';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreigner, refusalOf, tankService, valueOf } from '../../test/tank-service.ts';
import {
  getDetectionModel,
  learnDetectionModel,
  listDetectedWafers,
  listDetectionModels,
  setDetectionStage,
} from './detection-models.ts';

const channels = ['a', 'b', 'c', 'd'] as const;
const watched = channels.map((id) => ({
  id,
  channel: id,
  statistic: 'mean' as const,
  while: { channel: 'a', above: -Infinity },
}));
const definition = {
  ...tankProcess,
  monitoring: { ...tankProcess.monitoring, features: watched },
};

let tank: Awaited<ReturnType<typeof tankService>>;
beforeAll(async () => {
  tank = await tankService(definition);
});
afterAll(() => tank.close());

const page = { limit: 100, offset: 0 };
const family = '50 mm';

/** Telemetry of one wafer whose channels stand at these values. */
function telemetryOf(values: Record<string, number>): RunTelemetry {
  const columns = Object.entries(values).map(([id, value]) => [id, [value, value]] as const);
  return { timeS: [0, 0.1], waferIndex: [0, 0], channels: Object.fromEntries(columns) };
}

/** Channels that follow one cause; which cause and how far off each, the number of the run says. */
function together(nth: number): Record<string, number> {
  const wave = (frequency: number) => Math.sin(frequency * (nth + 1));
  const cause = 2 * wave(1.7);
  return {
    a: 100 + cause + 0.2 * wave(3.1),
    b: 100 + 2 * cause + 0.2 * wave(5.3),
    c: 100 - cause + 0.2 * wave(7.9),
    d: 100 + 1.5 * cause + 0.2 * wave(11.3),
  };
}

async function run(equipmentId: string, values: Record<string, number>, spcAlertsCount = 0) {
  const { verdict, spec } = await tank.judgeRun({
    equipmentId,
    levelMm: 50,
    waferIds: ['W1'],
    outcome: { spcAlertsCount },
    telemetry: telemetryOf(values),
  });
  return { ...verdict, runId: spec.run_id };
}

async function models(equipment_id: string) {
  return valueOf(await listDetectionModels(tank.context, tank.asked({ ...page, equipment_id }))).items;
}

describe('detection across channels', () => {
  test('learns from good runs, passes its trial silently, then names the channel that left the others', async () => {
    await tank.addTool('D-1');
    for (let nth = 0; nth < 24; nth += 1) await run('D-1', together(nth));
    await run('D-1', { a: 0, b: 0, c: 0, d: 0 }, 1);
    expect(await models('D-1')).toEqual([]);
    await run('D-1', together(24));
    expect(await models('D-1')).toMatchObject([
      { version: 1, stage: 'learning', created_by: 'system', learnt_from: { wafers: 25 } },
    ]);
    // While it learns, it alarms nobody.
    expect((await run('D-1', { ...together(25), b: 110 })).alarms).toEqual([]);
    for (let nth = 26; nth < 36; nth += 1) expect((await run('D-1', together(nth))).alarms).toEqual([]);
    expect(await models('D-1')).toMatchObject([
      { version: 1, stage: 'active', scored: 11, called_faulty: 1 },
    ]);

    const bad = await run('D-1', { ...together(40), b: 100 - 2 * (together(40)['a']! - 100) });
    expect(bad.alarms).toMatchObject([
      { state: 'raised', alarm: { id: 'fdc.channels', parameter: 'b', severity: 'warning' } },
    ]);
    expect(bad.alarms[0]?.alarm.message).toMatch(/wafer W1 do not hang together .*: b \d+ %/);
    const [seen] = valueOf(
      await listDetectedWafers(tank.context, tank.asked({ ...page, run_id: bad.runId })),
    ).items;
    expect(seen).toMatchObject({ good: false, score: { faulty: true } });
    expect(seen?.score?.contributions[0]?.feature).toBe('b');
    expect((await run('D-1', together(41))).alarms).toMatchObject([{ state: 'cleared' }]);
    expect((await run('D-1', together(42))).alarms).toEqual([]);
  });

  test('is learnt, activated and retired by people, one active at a time', async () => {
    await tank.addTool('D-2');
    const body = { equipment_id: 'D-2', family };
    expect(refusalOf(await learnDetectionModel(tank.context, tank.asked(body)))).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: 'family', limit: { minimum: 25 } }],
    });
    for (let nth = 0; nth < 26; nth += 1) await run('D-2', together(nth));
    const second = valueOf(await learnDetectionModel(tank.context, tank.asked(body)));
    expect(second).toMatchObject({ version: 2, stage: 'learning', created_by: 'engineer' });
    const [, first] = await models('D-2');
    const stage = (model_id: string, to: 'active' | 'retired') =>
      setDetectionStage(tank.context, tank.asked({ model_id, stage: to }));
    valueOf(await stage(first?.model_id ?? '', 'active'));
    valueOf(await stage(second.model_id, 'active'));
    expect((await models('D-2')).map(({ version, stage: now }) => [version, now])).toEqual([
      [2, 'active'],
      [1, 'retired'],
    ]);
    expect(refusalOf(await stage(second.model_id, 'active'))).toMatchObject({ code: 'illegal_transition' });
    valueOf(await stage(second.model_id, 'retired'));
  });

  test('of another organisation is not there', async () => {
    const [model] = await models('D-2');
    const body = { model_id: model?.model_id ?? '' };
    expect(refusalOf(await getDetectionModel(tank.context, tank.asked(body, foreigner)))).toMatchObject({
      code: 'not_found',
    });
    const retire = { ...body, stage: 'retired' as const };
    expect(refusalOf(await setDetectionStage(tank.context, tank.asked(retire, foreigner)))).toMatchObject({
      code: 'not_found',
    });
    expect(valueOf(await listDetectedWafers(tank.context, tank.asked(page, foreigner))).total).toBe(0);
  });
});
