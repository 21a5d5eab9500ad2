import { readFileSync } from 'node:fs';
import { problemSchema } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bearer, gatewayFixture, type GatewayFixture } from './gateway-fixture.ts';

let fixture: GatewayFixture;
let headers: Record<string, string>;

beforeAll(async () => {
  fixture = await gatewayFixture();
  headers = bearer((await fixture.signIn(fixture.own, 'viewer')).access);
});
afterAll(() => fixture.close());

async function ask(path: 'analyze' | 'design', payload: Record<string, unknown>) {
  return fixture.app.inject({ method: 'POST', url: `/api/spc/${path}`, headers, payload });
}

async function answered(path: 'analyze' | 'design', payload: Record<string, unknown>) {
  const answer = await ask(path, payload);
  expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200);
  return answer.json();
}

/** Rows of a reference table (see the README beside it) without its header. */
function rowsOf(name: string): string[][] {
  const file = new URL(`../../../packages/domain/spc/test/data/${name}`, import.meta.url);
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')));
}
const numbersOf = (name: string) => rowsOf(name).map((row) => row.map(Number));

/** Equal to this share of the wanted value; R prints 15 digits, of which rounding on the way takes two. */
function expectDigits(found: number, wanted: number, share = 1e-13): void {
  expect(Math.abs(found - wanted), `${found} is not ${wanted}`).toBeLessThanOrEqual(
    share * Math.max(1e-3, Math.abs(wanted)),
  );
}

const rings = numbersOf('pistonrings_data.csv').map((row) => row.slice(1));
const firstRings = rings.slice(0, 25);

describe('POST /api/spc/design repeats', () => {
  it.each(numbersOf('control_chart_constants.csv'))('the chart constants of %d values', async (n, ...row) => {
    const { constants } = await answered('design', { chart: 'shewhart', subgroup_size: n });
    const names = ['d2', 'd3', 'c4', 'A2', 'A3', 'D3', 'D4', 'B3', 'B4', 'B5', 'B6', 'D1', 'D2', 'E2'];
    // The d3 of the reference carries the error of R's ptukey (2.5e-7 at n = 25); an independent quadrature
    // agrees with ours to 1e-13. What hangs on d3 inherits it.
    const tolerance: Record<string, number> = { d3: 3e-7, D1: 4e-7, D2: 4e-7, D3: 4e-7, D4: 4e-7 };
    const looser = { B3: 1e-10, B4: 1e-10, B5: 1e-10, B6: 1e-10 };
    names.forEach((name, i) =>
      expectDigits(constants[name], row[i] ?? NaN, { ...tolerance, ...looser }[name] ?? 1e-13),
    );
  });

  it.each(numbersOf('cusum_arl.csv'))('run lengths of a CUSUM k %d, h %d at shift %d', async (...row) => {
    const [allowance_sigma, decision_sigma, shift_sigma, twoSided = 0, oneSided = 0, fast = 0] = row;
    const body = { chart: 'cusum', allowance_sigma, decision_sigma, shift_sigma };
    const { run_lengths } = await answered('design', body);
    expectDigits(run_lengths.from_zero.shifted, twoSided, 1e-11);
    expectDigits(run_lengths.one_sided.shifted, oneSided, 1e-11);
    expectDigits(run_lengths.head_start.shifted, fast, 1e-11);
  });

  it.each(numbersOf('ewma_arl.csv'))('run lengths of an EWMA λ %d, L %d at shift %d', async (...row) => {
    const [weight, width_sigma, shift_sigma, asymptotic = 0, exact = 0] = row;
    const { run_lengths } = await answered('design', { chart: 'ewma', weight, width_sigma, shift_sigma });
    expectDigits(run_lengths.asymptotic_limits.shifted, asymptotic, 1e-10);
    // Both integrate numerically over limits that change from sample to sample.
    expectDigits(run_lengths.exact_limits.shifted, exact, 5e-8);
  });

  it('and finds what is left out: h of a CUSUM, L of an EWMA, λ for a shift', async () => {
    const cusum = await answered('design', { chart: 'cusum', shift_sigma: 1, run_length_on_target: 465.44 });
    expect(cusum.parameters).toMatchObject({ allowance_sigma: 0.5, decision_sigma: expect.closeTo(5, 4) });
    const ewma = await answered('design', { chart: 'ewma', weight: 0.2, run_length_on_target: 499.735 });
    expect(ewma.parameters.width_sigma).toBeCloseTo(2.962, 4);
    const best = await answered('design', { chart: 'ewma', shift_sigma: 1, run_length_on_target: 500 });
    expectDigits(best.run_lengths.asymptotic_limits.on_target, 500, 1e-6);
    for (const weight of [0.05, 0.25]) {
      const other = await answered('design', { chart: 'ewma', weight, run_length_on_target: 500 });
      const { shifted } = other.run_lengths.asymptotic_limits;
      expect(best.run_lengths.asymptotic_limits.shifted).toBeLessThan(shifted);
    }
  });
});

const limits = new Map(rowsOf('qcc_limits.csv').map(([name, ...row]) => [name, row.map(Number)]));

describe('POST /api/spc/analyze repeats', () => {
  const spread = (total: number, count: number) =>
    Array.from({ length: count }, (_, i) => Math.floor(total / count) + (i < total % count ? 1 : 0));
  // The limits of the viscosity data rest on three numbers, which `viscosity()` has.
  const cases: [name: string, series: number, body: Record<string, unknown>][] = [
    ...['UWAVE-SD', 'RMSDF', 'MVLUE-R'].map((method): [string, number, Record<string, unknown>] => [
      `pistonrings xbar ${method}`,
      0,
      { chart: 'xbar_s', data: rings, params: { phase_one_count: 25, sigma_method: method } },
    ]),
    [
      'pistonrings xbar UWAVE-R phase1 1:25',
      0,
      { chart: 'xbar_r', data: rings, params: { phase_one_count: 25 } },
    ],
    ['pistonrings R', 1, { chart: 'xbar_r', data: firstRings }],
    ['pistonrings S', 1, { chart: 'xbar_s', data: firstRings }],
    ['viscosity individuals MR', 0, { chart: 'i_mr', data: viscosity() }],
    ['viscosity individuals SD', 0, { chart: 'i_mr', data: viscosity(), params: { sigma_method: 'SD' } }],
    ['orangejuice p', 0, { chart: 'p', data: spread(347, 30), sizes: 50 }],
    ['orangejuice np', 0, { chart: 'np', data: spread(347, 30), sizes: 50 }],
    ['circuit c', 0, { chart: 'c', data: spread(516, 26) }],
    ['pcmanufact u', 0, { chart: 'u', data: spread(193, 20), sizes: 5 }],
  ];

  it('the limits of every row of the table', () => {
    expect(new Set(cases.map(([name]) => name))).toEqual(new Set(limits.keys()));
  });

  it.each(cases)('the limits of %s', async (name, index, body) => {
    const [center = NaN, , , lower = NaN, upper = NaN] = limits.get(name) ?? [];
    const answer = await answered('analyze', body);
    const point = answer.series[index].points[0];
    expectDigits(point.center, center);
    expectDigits(point.lower, lower, 1e-12);
    expectDigits(point.upper, upper);
  });

  it.each(['we', 'nelson'] as const)('the flags of the piston rings by %s', async (rules) => {
    const params = { phase_one_count: 25 };
    const answer = await answered('analyze', { chart: 'xbar_r', data: rings, params, rules });
    rowsOf('pistonrings_xbar_rules.csv').forEach(([, mean, we, nelson], i) => {
      const point = answer.series[0].points[i];
      expectDigits(point.value, Number(mean));
      expect(String(point.rules[0] ?? 'NA')).toBe(rules === 'we' ? we : nelson);
    });
  });

  it('the individuals of the handbook', async () => {
    const rows = numbersOf('nist_6.3.2.2_individuals.csv');
    const answer = await answered('analyze', { chart: 'i_mr', data: rows.map(([x]) => x) });
    rows.forEach(([x, mean = 0, range = 0, upper = 0, lower = 0], i) => {
      expect(answer.series[0].points[i].value).toBe(x);
      expect(answer.series[0].points[i].center).toBeCloseTo(mean, 4);
      expect(answer.series[1].points[0].center).toBeCloseTo(range, 4);
      expect(answer.series[0].points[i].upper).toBeCloseTo(upper, 4);
      expect(answer.series[0].points[i].lower).toBeCloseTo(lower, 4);
    });
  });

  it('the EWMA of the handbook and the limits of the piston rings', async () => {
    const rows = numbersOf('nist_6.3.2.4_ewma.csv');
    const params = { target: 50, baseline: { center: 50, sigma: 2.0539 }, weight: 0.3, limits: 'asymptotic' };
    const answer = await answered('analyze', { chart: 'ewma', data: rows.map(([, y]) => y), params });
    rows.forEach(([, , ewma = 0, upper = 0, lower = 0], i) => {
      expect(answer.series[0].points[i].value).toBeCloseTo(ewma, 4);
      expect(answer.series[0].points[i].upper).toBeCloseTo(upper, 4);
      expect(answer.series[0].points[i].lower).toBeCloseTo(lower, 4);
    });
    const width = { phase_one_count: 25, weight: 0.2, width_sigma: 2.7 };
    const ringed = await answered('analyze', { chart: 'ewma', data: rings, params: width });
    numbersOf('pistonrings_ewma_limits.csv').forEach(([lower = 0, upper = 0], i) => {
      expectDigits(ringed.series[0].points[i].lower, lower);
      expectDigits(ringed.series[0].points[i].upper, upper);
    });
  });

  it('the CUSUM of the handbook and of the piston rings', async () => {
    const rows = numbersOf('nist_6.3.2.3_cusum.csv');
    const params = {
      baseline: { center: 325, sigma: 1 },
      allowance_sigma: 0.3175,
      decision_sigma: 4.1959,
    };
    const answer = await answered('analyze', { chart: 'cusum', data: rows.map(([, x]) => x), params });
    const [upper, lower, plain] = answer.series;
    rows.forEach(([, , , , high = 0, , low = 0, sum = 0, signal], i) => {
      expect(upper.points[i].value).toBeCloseTo(high, 10);
      expect(lower.points[i].value).toBeCloseTo(low, 10);
      expect(plain.points[i]).toMatchObject({ value: expect.closeTo(sum, 10), upper: null, rules: [] });
      expect(upper.points[i].rules.length + lower.points[i].rules.length > 0).toBe(signal === 1);
    });
    const ringed = await answered('analyze', {
      chart: 'cusum',
      data: rings,
      params: { phase_one_count: 25 },
    });
    numbersOf('pistonrings_cusum_h5_shift1.csv').forEach(([, high = 0, low = 0], i) => {
      expect(ringed.series[0].points[i].value).toBeCloseTo(high, 10);
      expect(ringed.series[1].points[i].value).toBeCloseTo(-low, 10);
    });
  });

  it('the capability of the piston rings with its intervals', async () => {
    const answer = await answered('analyze', {
      chart: 'xbar_r',
      data: firstRings,
      spec_limits: { lower: 73.95, upper: 74.05 },
    });
    const order = ['cp', 'cpl', 'cpu', 'cpk', 'cpm', 'pp', 'ppl', 'ppu', 'ppk', 'ppm'];
    numbersOf('pistonrings_capability_73.95_74.05.csv').forEach(([, value = 0, low = 0, high = 0], i) => {
      const index = answer.capability[order[i] ?? ''];
      // A mean of 125 values near 74 loses three digits in its distance from a limit.
      expectDigits(index.value, value, 1e-11);
      expectDigits(index.low, low, 1e-11);
      expectDigits(index.high, high, 1e-11);
    });
  });

  it('T², SPE, eigenvalues and limits of the boiler', async () => {
    const data = numbersOf('boiler_data.csv');
    const t2 = await answered('analyze', { chart: 't2', data, params: { confidence: 0.999 } });
    numbersOf('boiler_T2.csv').forEach(([, value = 0, phaseOne = 0, phaseTwo = 0], i) => {
      expectDigits(t2.series[0].points[i].value, value);
      expectDigits(t2.multivariate.limits.t2_phase_one, phaseOne);
      expectDigits(t2.multivariate.limits.t2_phase_two, phaseTwo);
    });
    const pca = await answered('analyze', {
      chart: 'pca',
      data,
      params: { confidence: 0.99, components: 2 },
    });
    numbersOf('boiler_pca_T2_SPE.csv').forEach(([, value = 0, spe = 0, limit = 0], i) => {
      expectDigits(pca.series[0].points[i].value, value);
      expectDigits(pca.series[1].points[i].value, spe);
      expectDigits(pca.multivariate.limits.spe, limit);
    });
    numbersOf('boiler_pca_eig.csv').forEach(([, value = 0], i) =>
      expectDigits(pca.multivariate.model.eigenvalues[i], value),
    );
  });
});

describe('POST /api/spc/analyze', () => {
  it('answers a chart of 20,000 points', async () => {
    const data = Array.from({ length: 20_000 }, (_, i) => Number((50 + Math.sin(i * i)).toFixed(3)));
    const answer = await answered('analyze', { chart: 'i_mr', data });
    expect(answer.series[0].points).toHaveLength(20_000);
  });

  it('names the channel that puts a point beyond the limits', async () => {
    const data = [...numbersOf('boiler_data.csv'), [525, 513, 538, 518, 500, 512, 495, 477]];
    const channels = ['t1', 't2', 't3', 't4', 't5', 't6', 't7', 't8'];
    const params = { phase_one_count: 25, components: 2, channels };
    const { multivariate } = await answered('analyze', { chart: 'pca', data, params });
    const named = multivariate.contributions.find(
      (one: { point: number; statistic: string }) => one.point === 25 && one.statistic === 'spe',
    );
    expect(named.channels[0].channel).toBe('t7');
  });

  it('takes some of the rules only, when told by number', async () => {
    const data = [0, 0, 0, 0.5, 0, 0, 0, 9];
    const params = { baseline: { center: -0.5, sigma: 1 } };
    const all = await answered('analyze', { chart: 'i_mr', data, params });
    expect(all.series[0].points.at(-1).rules).toEqual([1]);
    const none = await answered('analyze', { chart: 'i_mr', data, params, rules: [2, 3] });
    expect(none.series[0].points.at(-1).rules).toEqual([]);
  });

  it.each([
    [
      { chart: 'xbar_r', data: [[1]] },
      { path: 'data.0', message: /2 or more/ },
    ],
    [
      { chart: 'p', data: [3] },
      { path: 'sizes', message: /missing/ },
    ],
    [
      { chart: 'i_mr', data: [1, 2, 3], params: { sigma_method: 'RMSDF' } },
      { path: 'params.sigma_method', message: /single values/ },
    ],
    [{ chart: 'i_mr', data: [1, 2], spec_limits: { lower: 3, upper: 2 } }, { path: 'spec_limits' }],
    [
      {
        chart: 't2',
        data: [
          [1, 2],
          [2, 1],
        ],
      },
      { path: 'data', message: /more than 3 are needed/ },
    ],
    [
      { chart: 'ewma', data: [1, 2], params: { weight: 2 } },
      { path: 'params.weight', value: 2 },
    ],
    [{ chart: 'i_mr', data: [1, 2], colour: 'red' }, { path: 'colour' }],
  ])('refuses %j with field and limit', async (body, fault) => {
    const answer = await ask('analyze', body);
    expect(answer.statusCode).toBe(422);
    const problem = problemSchema.parse(answer.json());
    expect(problem.code).toBe('validation_failed');
    const message = 'message' in fault ? { message: expect.stringMatching(fault.message) } : {};
    expect(problem.errors?.[0]).toMatchObject({ ...fault, ...message });
  });
});

/** Twenty values with the mean, mean moving range and standard deviation that the reference's limits imply. */
function viscosity(): number[] {
  const [mean = NaN, byRange = NaN] = limits.get('viscosity individuals MR') ?? [];
  const [, bySpread = NaN] = limits.get('viscosity individuals SD') ?? [];
  const rangeSum = 19 * 1.128 * byRange;
  const c4 = Math.sqrt(2 / 19) * (gammaOfTen / gammaOfNineAndAHalf);
  const squares = 19 * (c4 * bySpread) ** 2;
  // A ripple ±a on two plateaus ±b, without a ripple in the step between them: the squares sum to 20(a² + b²), the
  // ranges to 18·2a + 2b.
  const sum = rangeSum / 2;
  const [p, q, r] = [1 + 18 ** 2, -2 * 18 * sum, sum * sum - squares / 20];
  const a = (-q - Math.sqrt(q * q - 4 * p * r)) / (2 * p);
  const b = sum - 18 * a;
  return Array.from({ length: 20 }, (_, i) => mean + (i < 10 ? -b : b) + (rippleAt(i) ? a : -a));
}

const gammaOfTen = 362_880;
const gammaOfNineAndAHalf = 119_292.461_994_609_01;

/** Alternating within each half; the step between the halves carries no ripple. */
function rippleAt(i: number): boolean {
  return i < 10 ? i % 2 === 1 : i % 2 === 0;
}
