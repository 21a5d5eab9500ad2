import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumbers, readTable } from '../test/read-table.ts';
import type { Analysis, AnalyzeRequest } from './analyze.ts';
import { analyze } from './analyze.ts';
import { cChart, npChart } from './attribute-chart.ts';

const rings = readNumbers('pistonrings_data.csv').map((row) => row.slice(1));
const limits = new Map(readTable('qcc_limits.csv').map(([name, ...row]) => [name, row.map(Number)]));

function analysed(request: AnalyzeRequest): Analysis {
  const result = analyze(request);
  if (!result.ok) throw new Error(result.detail);
  return result.value;
}

function expectLimits(analysis: Analysis, name: string, series = 0): void {
  const [center, sigma, , lower, upper] = limits.get(name)!;
  const point = analysis.series[series]!.points[0]!;
  expect(point.center).toBeCloseTo(center!, 12);
  expect(analysis.baseline.sigma).toBeCloseTo(sigma!, 12);
  expect(point.lower).toBeCloseTo(lower!, 12);
  expect(point.upper).toBeCloseTo(upper!, 12);
}

describe('analyze', () => {
  it.each([
    { name: 'pistonrings xbar UWAVE-R phase1 1:25', chart: 'xbar_r', sigmaMethod: 'mean_range' },
    { name: 'pistonrings xbar MVLUE-R', chart: 'xbar_r', sigmaMethod: 'weighted_range' },
    { name: 'pistonrings xbar UWAVE-SD', chart: 'xbar_s', sigmaMethod: 'mean_standard_deviation' },
    { name: 'pistonrings xbar RMSDF', chart: 'xbar_s', sigmaMethod: 'pooled_variance' },
  ] as const)('finds the limits of $name', ({ name, chart, sigmaMethod }) => {
    expectLimits(analysed({ chart, data: rings, params: { phaseOneCount: 25, sigmaMethod } }), name);
  });

  it('finds the limits of ranges and standard deviations', () => {
    expectLimits(analysed({ chart: 'xbar_r', data: rings.slice(0, 25) }), 'pistonrings R', 1);
    expectLimits(analysed({ chart: 'xbar_s', data: rings.slice(0, 25) }), 'pistonrings S', 1);
  });

  it('finds the limits of counts', () => {
    // Only sums matter: 347 faulty in 30 samples of 50; 193 faults in 20 samples of 5; 516 faults in 26 samples.
    const spread = (total: number, count: number) =>
      Array.from({ length: count }, (_, i) => Math.floor(total / count) + (i < total % count ? 1 : 0));
    expectLimits(analysed({ chart: 'u', data: spread(193, 20), sizes: 5 }), 'pcmanufact u');
    const oranges = { counts: spread(347, 30), sizes: spread(1500, 30) };
    const p = analysed({ chart: 'p', data: oranges.counts, sizes: 50 });
    const [center, , , lower, upper] = limits.get('orangejuice p')!;
    expect(p.series[0]!.points[0]).toMatchObject({ center: expect.closeTo(center!, 12) });
    expect(p.series[0]!.points[0]!.lower).toBeCloseTo(lower!, 12);
    expect(p.series[0]!.points[0]!.upper).toBeCloseTo(upper!, 12);
    const np = npChart(oranges).series[0]!.points[0]!;
    expect(np.lower).toBeCloseTo(limits.get('orangejuice np')![3]!, 10);
    expect(np.upper).toBeCloseTo(limits.get('orangejuice np')![4]!, 10);
    const c = cChart({ counts: spread(516, 26), sizes: spread(2600, 26) }).series[0]!.points[0]!;
    expect(c.lower).toBeCloseTo(limits.get('circuit c')![3]!, 10);
    expect(c.upper).toBeCloseTo(limits.get('circuit c')![4]!, 10);
  });

  it('finds the limits of individuals', () => {
    const rows = readNumbers('nist_6.3.2.2_individuals.csv');
    const { points } = analysed({ chart: 'i_mr', data: rows.map((row) => row[0]!) }).series[0]!;
    rows.forEach(([, mean, , upper, lower], i) => {
      expect(points[i]!.center).toBeCloseTo(mean!, 4);
      expect(points[i]!.upper).toBeCloseTo(upper!, 4);
      expect(points[i]!.lower).toBeCloseTo(lower!, 4);
    });
    // The viscosity data of the reference have mean 34.088 and mean moving range 10.88/19.
    const [center, sigma, , lower, upper] = limits.get('viscosity individuals MR')!;
    const steps = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? -0.5 : 0.5) * (10.88 / 19));
    const viscosity = analysed({ chart: 'i_mr', data: steps.map((step) => step + 34.088) });
    expect(viscosity.baseline.sigma).toBeCloseTo(sigma!, 12);
    expect(viscosity.baseline.center).toBeCloseTo(center!, 12);
    expect(viscosity.series[0]!.points[0]!.lower).toBeCloseTo(lower!, 12);
    expect(viscosity.series[0]!.points[0]!.upper).toBeCloseTo(upper!, 12);
  });

  it('repeats the EWMA of the handbook and of the piston rings', () => {
    const rows = readNumbers('nist_6.3.2.4_ewma.csv');
    const params = {
      target: 50,
      baseline: { center: 50, sigma: 2.0539 },
      weight: 0.3,
      limits: 'asymptotic',
    } as const;
    const { points } = analysed({ chart: 'ewma', data: rows.map((row) => row[1]!), params }).series[0]!;
    rows.forEach(([, , ewma, upper, lower], i) => {
      expect(points[i]!.value).toBeCloseTo(ewma!, 4);
      expect(points[i]!.upper).toBeCloseTo(upper!, 4);
      expect(points[i]!.lower).toBeCloseTo(lower!, 4);
    });
    const ringParams = { phaseOneCount: 25, weight: 0.2, widthSigma: 2.7 };
    const ewma = analysed({ chart: 'ewma', data: rings, params: ringParams }).series[0]!;
    readNumbers('pistonrings_ewma_limits.csv').forEach(([lower, upper], i) => {
      expect(ewma.points[i]!.lower).toBeCloseTo(lower!, 11);
      expect(ewma.points[i]!.upper).toBeCloseTo(upper!, 11);
    });
  });

  it('repeats the CUSUM of the handbook and of the piston rings', () => {
    const rows = readNumbers('nist_6.3.2.3_cusum.csv');
    const params = {
      baseline: { center: 325, sigma: 1 },
      allowanceSigma: 0.3175,
      decisionSigma: 4.1959,
    };
    const analysis = analysed({ chart: 'cusum', data: rows.map((row) => row[1]!), params });
    const [upper, lower] = analysis.series;
    rows.forEach((row, i) => {
      expect(upper!.points[i]!.value).toBeCloseTo(row[4]!, 10);
      expect(lower!.points[i]!.value).toBeCloseTo(row[6]!, 10);
      const flagged = upper!.points[i]!.rules.length + lower!.points[i]!.rules.length > 0;
      expect(flagged).toBe(row[8] === 1);
    });
    const ringSums = analysed({ chart: 'cusum', data: rings, params: { phaseOneCount: 25 } }).series;
    readNumbers('pistonrings_cusum_h5_shift1.csv').forEach(([, positive, negative], i) => {
      expect(ringSums[0]!.points[i]!.value).toBeCloseTo(positive!, 9);
      expect(ringSums[1]!.points[i]!.value).toBeCloseTo(-negative!, 9);
    });
  });

  it('tells run lengths of the chart that was asked for', () => {
    const cusum = analysed({ chart: 'cusum', data: [1, 2, 3, 2], params: { headStartSigma: 2.5 } })
      .runLengths!;
    expect(cusum.onTarget).toBeCloseTo(430.390839, 4);
    expect(cusum.shifted).toBeCloseTo(6.34685, 5);
    const ewma = analysed({ chart: 'ewma', data: [1, 2, 3, 2], params: { widthSigma: 2.962 } }).runLengths!;
    expect(ewma.onTarget).toBeCloseTo(494.3857, 3);
  });

  it('repeats the capability of the piston rings', () => {
    const request = {
      chart: 'xbar_r',
      data: rings.slice(0, 25),
      specLimits: { lower: 73.95, upper: 74.05 },
    } as const;
    const found = analysed(request).capability!;
    const order = ['cp', 'cpl', 'cpu', 'cpk', 'cpm', 'pp', 'ppl', 'ppu', 'ppk', 'ppm'] as const;
    readNumbers('pistonrings_capability_73.95_74.05.csv').forEach(([, value, low, high], i) => {
      const index = found[order[i]!]!;
      expect(index.value).toBeCloseTo(value!, 11);
      expect(index.low).toBeCloseTo(low!, 11);
      expect(index.high).toBeCloseTo(high!, 11);
    });
  });

  it('draws location limits that lie evenly about the centre', () => {
    const groups = fc.array(
      fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 6 }),
      {
        minLength: 2,
        maxLength: 20,
      },
    );
    fc.assert(
      fc.property(groups, fc.constantFrom('xbar_r', 'xbar_s'), (data, chart) => {
        for (const { center, lower, upper } of analysed({ chart, data }).series[0]!.points) {
          expect(upper - center).toBeCloseTo(center - lower, 9);
        }
      }),
    );
  });

  it('judges new data by given limits, not by itself', () => {
    const params = { baseline: { center: 0, sigma: 1 } };
    const result = analysed({ chart: 'i_mr', data: [0, 5, 0], params });
    expect(result.baseline).toEqual({ center: 0, sigma: 1, method: 'given', samples: 0 });
    expect(result.series[0]!.points.map((point) => point.rules)).toEqual([[], [1], []]);
  });

  it.each([
    { chart: 'i_mr', data: [1], says: /2 or more/ },
    { chart: 'i_mr', data: [], says: /data has 0 entries/ },
    { chart: 'i_mr', data: [1, Number.NaN], says: /data\[1\]/ },
    { chart: 'xbar_r', data: [[1]], says: /subgroup 0 has 1 values/ },
    { chart: 'xbar_r', data: [1, 2], says: /data\[0\] is a single number/ },
    { chart: 'p', data: [1], says: /sizes is missing/ },
    { chart: 'p', data: [6], sizes: 5, says: /counts\[0\] is 6/ },
    { chart: 'i_mr', data: [1, 1], specLimits: { upper: 2 }, says: /sigmaWithin is 0/ },
    { chart: 'i_mr', data: [1, 2], specLimits: { lower: 3, upper: 2 }, says: /lower spec limit 3/ },
    { chart: 'ewma', data: [1, 2], params: { weight: 2 }, says: /weight is 2/ },
  ] as const)('refuses $chart of $data with its reason', ({ says, ...request }) => {
    const result = analyze(request);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.detail).toMatch(says);
  });
});
