import { expectRowLevelSecurity } from '@spectra/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreigner, refusalOf, tankService, valueOf } from '../../test/tank-service.ts';
import { listCharts, readChart } from './charts.ts';
import { judgePoints } from './judge-points.ts';
import { createLimits, listLimits, tryLimits } from './limits.ts';

let tank: Awaited<ReturnType<typeof tankService>>;

beforeAll(async () => {
  tank = await tankService();
});
afterAll(() => tank.close());

const page = { limit: 100, offset: 0 };
const now = () => new Date(tank.clock.nowMs()).toISOString();
const later = () => new Date(tank.clock.nowMs() + 1).toISOString();

/** Runs one wafer with this level on the chart; answers what the charts said. */
async function run(equipmentId: string, value: number, rule: string | null = null, levelMm = 50) {
  const { verdict, spec } = await tank.judgeRun({
    equipmentId,
    levelMm,
    waferIds: ['W1'],
    outcome: { spc: [{ chart: 'level_mm', value, rule }] },
  });
  return { ...verdict, runId: spec.run_id };
}

/** Twenty-four calm points about 50 with sigma near 1, from a fixed pattern. */
const calm = Array.from({ length: 24 }, (_, i) => 50 + [0, 0.4, 1.1, -0.6, -1.2, 0.1][i % 6]!);

async function calmTool(equipmentId: string) {
  await tank.addTool(equipmentId);
  const from = now();
  const runs: string[] = [];
  for (const value of calm) runs.push((await run(equipmentId, value)).runId);
  return { from, to: later(), runs };
}

const span = (over: { from: string; to: string }, exclude: object[] = []) => ({
  kind: 'span' as const,
  method: 'moving_range' as const,
  exclude: exclude as { run_id: string; cause: string }[],
  ...over,
});
const limitsOf = (equipment_id: string, basis: ReturnType<typeof span>) => ({
  parameter: 'level_mm',
  equipment_id,
  basis,
  rules: 'nelson' as const,
  comment: 'first limits',
});

describe('limits', () => {
  test('of a span leave out what has a cause, are tried before they are frozen, and count versions', async () => {
    const { from, to } = await calmTool('T-SPAN');
    const broken = await run('T-SPAN', 79);
    const over = { from, to: later() };
    const tried = valueOf(await tryLimits(tank.context, tank.asked(limitsOf('T-SPAN', span(over)))));
    const flagged = tried.points.filter(({ rules }) => rules.includes(1));
    expect(flagged.map(({ run_id }) => run_id)).toEqual([broken.runId]);
    expect(
      valueOf(await listLimits(tank.context, tank.asked({ ...page, equipment_id: 'T-SPAN' }))).total,
    ).toBe(0);

    const exclude = [{ run_id: broken.runId, cause: 'valve stuck' }];
    const basis = span(over, exclude);
    const first = valueOf(await createLimits(tank.context, tank.asked(limitsOf('T-SPAN', basis))));
    expect(first).toMatchObject({
      version: 1,
      in_force: true,
      method: 'moving_range',
      created_by: 'engineer',
      phase_one: { points: 24, excluded_points: 1, excluded: [{ cause: 'valve stuck' }], out_of_control: 0 },
    });
    const mean = calm.reduce((sum, value) => sum + value, 0) / calm.length;
    expect(first.center).toBeCloseTo(mean, 12);
    expect(first.upper - first.center).toBeCloseTo(3 * first.sigma, 12);

    const second = valueOf(
      await createLimits(tank.context, tank.asked(limitsOf('T-SPAN', span({ from, to })))),
    );
    expect(second.version).toBe(2);
    const listed = valueOf(await listLimits(tank.context, tank.asked({ ...page, equipment_id: 'T-SPAN' })));
    expect(listed.items.map(({ version, in_force }) => [version, in_force])).toEqual([
      [2, true],
      [1, false],
    ]);
    const old = await listLimits(
      tank.context,
      tank.asked({ ...page, equipment_id: 'T-SPAN', in_force: false }),
    );
    expect(valueOf(old).items.map(({ version }) => version)).toEqual([1]);
  });

  test('made at once get one version each', async () => {
    const over = await calmTool('T-RACE');
    const made = await Promise.all(
      [1, 2, 3].map(() => createLimits(tank.context, tank.asked(limitsOf('T-RACE', span(over))))),
    );
    expect(made.map((each) => valueOf(each).version).toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
  });

  test('are refused with field, value and limit', async () => {
    const over = await calmTool('T-BAD');
    const short = { ...over, to: new Date(Date.parse(over.from) + 5 * 60_000 + 1).toISOString() };
    const few = await createLimits(tank.context, tank.asked(limitsOf('T-BAD', span(short))));
    expect(refusalOf(few)).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: 'basis.from', value: 5, limit: { minimum: 20 } }],
    });
    const ghost = span(over, [{ run_id: 'NO-RUN', cause: 'none' }]);
    expect(refusalOf(await createLimits(tank.context, tank.asked(limitsOf('T-BAD', ghost))))).toMatchObject({
      errors: [{ path: 'basis.exclude.0.run_id', value: 'NO-RUN' }],
    });
    const odd = { ...limitsOf('T-BAD', span(over)), parameter: 'colour' };
    expect(refusalOf(await createLimits(tank.context, tank.asked(odd)))).toMatchObject({
      errors: [{ path: 'parameter', value: 'colour', limit: { one_of: ['level_mm'] } }],
    });
    expect(
      refusalOf(await createLimits(tank.context, tank.asked(limitsOf('NO-TOOL', span(over))))),
    ).toMatchObject({
      code: 'not_found',
    });
  });
});

describe('a run', () => {
  test('is judged by the limits in force when it came, and raises and clears the alarm of its chart', async () => {
    const over = await calmTool('T-JUDGE');
    expect(await run('T-JUDGE', 50)).toMatchObject({ alarms: [], flagged: 0 });
    const limits = valueOf(await createLimits(tank.context, tank.asked(limitsOf('T-JUDGE', span(over)))));
    expect(await run('T-JUDGE', 50)).toMatchObject({ alarms: [], flagged: 0 });
    const bad = await run('T-JUDGE', limits.upper + 1);
    expect(bad).toMatchObject({
      flagged: 1,
      alarms: [
        {
          state: 'raised',
          alarm: { id: 'chart.level_mm', parameter: 'level_mm', severity: 'warning', limit: limits.upper },
        },
      ],
    });
    expect(bad.alarms[0]?.alarm.message).toMatch(/breaks rule 1 \(one point beyond 3 sigma\)/);
    expect((await run('T-JUDGE', 50)).alarms).toMatchObject([{ state: 'cleared' }]);
    expect((await run('T-JUDGE', 50)).alarms).toEqual([]);

    const body = { ...page, equipment_id: 'T-JUDGE', parameter: 'level_mm' };
    const chart = valueOf(await readChart(tank.context, tank.asked(body)));
    expect(chart.total).toBe(29);
    expect(chart.limits_in_force.map(({ limit_id }) => limit_id)).toEqual([limits.limit_id]);
    expect(chart.points.map(({ phase }) => phase)).toEqual([
      ...calm.map(() => 'phase_1'),
      'no_limits',
      ...Array.from({ length: 4 }, () => 'phase_2'),
    ]);
    expect(chart.points.at(-3)).toMatchObject({
      rules: [1],
      wafer_id: 'W1',
      limits: { limit_id: limits.limit_id, version: 1, upper: limits.upper },
    });
  });

  test('finds a slow shift by the run rules that no single point breaks', async () => {
    const over = await calmTool('T-SLOW');
    const { center, sigma } = valueOf(
      await createLimits(tank.context, tank.asked(limitsOf('T-SLOW', span(over)))),
    );
    const verdicts = [];
    for (let i = 0; i < 9; i += 1) verdicts.push(await run('T-SLOW', center + 0.5 * sigma + (i % 2) * 0.1));
    expect(verdicts.map(({ flagged }) => flagged)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(verdicts.at(-1)?.alarms[0]?.alarm.message).toMatch(/rule 2/);
  });

  test('of a family is judged by the limits of the family before those of all', async () => {
    const over = await calmTool('T-FAM');
    valueOf(await createLimits(tank.context, tank.asked(limitsOf('T-FAM', span(over)))));
    const given = { kind: 'given' as const, center: 60, sigma: 1 };
    const special = {
      ...limitsOf('T-FAM', span(over)),
      basis: given,
      family: '60 mm',
      spec_limits: { lower: 55, upper: 70 },
    };
    valueOf(await createLimits(tank.context, tank.asked(special)));
    expect(await run('T-FAM', 60, null, 60)).toMatchObject({ flagged: 0, alarms: [] });
    expect(await run('T-FAM', 60, null, 50)).toMatchObject({ flagged: 1 });
    expect((await run('T-FAM', 71, null, 60)).alarms).toMatchObject([
      { state: 'raised', alarm: { severity: 'critical', limit: 70 } },
    ]);
  });

  test('beyond its engineering limits alarms without any statistics', async () => {
    await tank.addTool('T-ENG');
    expect((await run('T-ENG', 81, 'beyond_limits')).alarms).toMatchObject([
      { state: 'raised', alarm: { limit: 80, value: 81 } },
    ]);
    expect((await run('T-ENG', 50)).alarms).toMatchObject([{ state: 'cleared' }]);
  });
});

describe('charts', () => {
  test('are listed with what a reader needs to choose one, and cut to a span', async () => {
    const { from, to } = await calmTool('T-LIST');
    await run('T-LIST', 81, 'beyond_limits', 60);
    const all = valueOf(await listCharts(tank.context, tank.asked({ ...page, equipment_id: 'T-LIST' })));
    expect(all).toMatchObject({
      total: 2,
      items: [
        { family: '60 mm', points: 1, flagged: 1, last_value: 81, limits: null, unit: 'mm' },
        { family: '50 mm', points: 24, flagged: 0, title: 'Level' },
      ],
    });
    const cut = valueOf(
      await listCharts(tank.context, tank.asked({ ...page, equipment_id: 'T-LIST', from, to })),
    );
    expect(cut.items.map(({ family }) => family)).toEqual(['50 mm']);
    const body = { equipment_id: 'T-LIST', parameter: 'level_mm', limit: 2, offset: 1 };
    const chart = valueOf(await readChart(tank.context, tank.asked(body)));
    expect(chart.points.map(({ value }) => value)).toEqual(calm.slice(-2));
    expect(chart.playbook?.causes[0]?.cause).toBe('The valve leaks');
  });

  test('of another organisation are not there', async () => {
    const body = { ...page, equipment_id: 'T-LIST', parameter: 'level_mm' };
    expect(refusalOf(await readChart(tank.context, tank.asked(body, foreigner)))).toMatchObject({
      code: 'not_found',
    });
    expect(valueOf(await listCharts(tank.context, tank.asked(page, foreigner)))).toEqual({
      items: [],
      total: 0,
    });
    expect(valueOf(await listLimits(tank.context, tank.asked(page, foreigner)))).toEqual({
      items: [],
      total: 0,
    });
  });

  test('keep every table bound to its organisation', async () => {
    await expectRowLevelSecurity({ adminUrl: tank.adminUrl, schema: 'tank', withoutOrg: [] });
  });
});

test('judging a row of points at once or one by one is the same', () => {
  const limits = { center: 0, sigma: 1, rules: 'nelson', spec_lower: null, spec_upper: null } as const;
  // Three patterns in one row: scattered, slowly rising, alternating; every rule is broken somewhere.
  const values = Array.from({ length: 240 }, (_, i) => {
    if (i < 80) return 3.4 * Math.sin(i * i);
    return i < 160 ? (i - 120) / 15 : ((i % 2) - 0.5) * (i < 200 ? 0.5 : 2.5);
  });
  const oneByOne = values.map(
    (value, i) => judgePoints(limits, values.slice(Math.max(0, i - 14), i), [value])[0],
  );
  expect(judgePoints(limits, [], values)).toEqual(oneByOne);
  const broken = new Set(oneByOne.flatMap((each) => each?.rules ?? []));
  expect([...broken].toSorted((left, right) => left - right)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});
