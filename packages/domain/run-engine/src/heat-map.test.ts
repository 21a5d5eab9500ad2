import { describe, expect, it } from 'vitest';
import { heatMapSvg, lineChartSvg, shortNumber } from './index.ts';

describe('a long line', () => {
  it('is thinned but keeps a single spike', () => {
    const x = Array.from({ length: 5000 }, (_, i) => i / 10);
    const y = x.map((_, i) => (i === 3333 ? 100 : 1));
    const svg = lineChartSvg({
      title: 'Beam',
      x: { label: 's' },
      y: { label: 'mA' },
      series: [{ name: 'beam', x, y }],
    });
    const heights = [...svg.matchAll(/L[\d.]+ ([\d.]+)/g)].map((match) => Number(match[1]));
    expect(heights.length).toBeLessThan(2500);
    expect(Math.min(...heights)).toBeLessThan(60);
  });
});

describe('a heat map', () => {
  it('draws one cell for each known value and the range in the legend', () => {
    const svg = heatMapSvg('Map', {
      name: 'Dose',
      unit: 'atoms/cm²',
      xMm: [-1, 0, 1],
      yMm: [0, 1],
      values: [
        [null, 1e15, 1.1e15],
        [0.9e15, 1e15, null],
      ],
    });
    expect(svg.match(/<rect x=/g)).toHaveLength(4 + 3);
    expect(svg).toContain('>1.1e15<');
  });
});

describe('a short number', () => {
  it.each([
    [0, '0'],
    [1000, '1000'],
    [0.25, '0.25'],
    [1.5e15, '1.5e15'],
    [1e15, '1e15'],
    [3.4e-7, '3.4e-7'],
    [-12.3456789, '-12.346'],
  ])('%d reads %s', (value, text) => expect(shortNumber(value)).toBe(text));
});
