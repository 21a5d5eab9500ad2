import { describe, expect, test } from 'vitest';
import { axisScale } from './chart-axis.ts';
import { lineChartSvg } from './line-chart.ts';

const logAxis = { label: 'Concentration in atoms/cm³', scale: 'log' } as const;

describe('a log axis', () => {
  test('puts equal ratios at equal distances and names its decades', () => {
    const { at, ticks } = axisScale(logAxis, [1e14, 1e20]);
    expect(at(1e17) - at(1e16)).toBeCloseTo(at(1e20) - at(1e19), 12);
    expect([at(1e14), at(1e20)]).toEqual([0, 1]);
    expect(ticks.map((tick) => tick.text)).toEqual(['10¹⁴', '10¹⁵', '10¹⁶', '10¹⁷', '10¹⁸', '10¹⁹', '10²⁰']);
  });

  test('divides few decades', () => {
    const { at, ticks } = axisScale(logAxis, [0.25, 4]);
    expect(ticks.map((tick) => tick.text).filter((text) => text !== '')).toEqual([
      '0.2',
      '0.5',
      '1',
      '2',
      '5',
    ]);
    expect([at(0.2), at(5)]).toEqual([0, 1]);
  });

  test('puts what is not positive at its lower end', () => {
    const { at } = axisScale(logAxis, [0, -1, 1e3]);
    expect([at(0), at(-5), at(1e-9)]).toEqual([0, 0, 0]);
  });
});

describe('a line chart', () => {
  const chart = {
    title: 'A < B',
    x: { label: 'Depth in nm' },
    y: logAxis,
    series: [
      { name: 'model', x: [0, 10, 20], y: [1e18, null, 1e16] },
      { name: 'reference', x: [0, 20], y: [1e18, 1e16], points: true },
    ],
  } as const;

  test('shows title, both axes with units and every series by name', () => {
    const svg = lineChartSvg(chart);
    for (const text of ['A &lt; B', 'Depth in nm', 'Concentration in atoms/cm³', 'model', 'reference']) {
      expect(svg).toContain(`>${text}</text>`);
    }
  });

  test('leaves a hole where a value is missing and draws points as circles', () => {
    const svg = lineChartSvg(chart);
    expect(svg.match(/<path d="M[\d.]+ [\d.]+M[\d.]+ [\d.]+"/g)).toHaveLength(1);
    // Two points and one sample in the legend.
    expect(svg.match(/<circle /g)).toHaveLength(3);
  });

  test('leaves out what no axis can show', () => {
    const series = [{ name: 'odd', x: [0, 1, 2, 3], y: [1e15, Infinity, Number.NaN, 1e17] }];
    const svg = lineChartSvg({ ...chart, series });
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg).toContain('>10¹⁷<');
  });

  test('grows by as many rows as its legend needs', () => {
    const heightOf = (count: number) => {
      const series = Array.from({ length: count }, (_, i) => ({
        name: `a fairly long name ${i}`,
        x: [0, 1],
        y: [1, 2],
      }));
      return Number(/viewBox="0 0 \d+ (\d+)"/.exec(lineChartSvg({ ...chart, series }))?.[1]);
    };
    expect(heightOf(12)).toBeGreaterThan(heightOf(2));
  });
});
