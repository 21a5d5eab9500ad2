import { describe, expect, it } from 'vitest';
import { calibrationSource, fittedLine, meanOfSeries, ofStandardDeviation, rectangular } from './evaluate.ts';

describe('evaluations of type A', () => {
  it('repeat their worked values', () => {
    const mean = meanOfSeries([1, 2, 3, 2]);
    expect(mean?.value).toBe(2);
    expect(mean?.standardUncertainty).toBeCloseTo(0.40825, 5);
    expect(mean?.degreesOfFreedom).toBe(3);
    const line = fittedLine([
      { x: 0, y: 0 },
      { x: 1, y: 1 },
      { x: 2, y: 1 },
    ]);
    expect(line?.value).toBeCloseTo(0.5, 12);
    expect(line?.standardUncertainty).toBeCloseTo(0.28868, 5);
    expect(line?.degreesOfFreedom).toBe(1);
    expect(ofStandardDeviation(1, 51).standardUncertainty).toBeCloseTo(0.1, 12);
  });

  it('count readings that hang together as fewer', () => {
    // Each reading stands four times, so a quarter of them are independent, nearly.
    const readings = Array.from({ length: 400 }, (_, i) => Math.sin(1e4 * Math.sin(Math.floor(i / 4) + 1)));
    const alone = meanOfSeries(readings.filter((_, i) => i % 4 === 0));
    const together = meanOfSeries(readings);
    const ratio = (together?.standardUncertainty ?? NaN) / (alone?.standardUncertainty ?? NaN);
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.5);
  });

  it('say nothing of too little', () => {
    expect(meanOfSeries([1, 2])).toBeNull();
    expect(fittedLine([{ x: 1, y: 1 }])).toBeNull();
    expect(fittedLine([1, 2, 3].map((y) => ({ x: 4, y })))).toBeNull();
  });
});

describe('evaluations of type B', () => {
  it('take a certificate as it is, and limits where there is none', () => {
    expect(rectangular(3)).toBeCloseTo(1.7321, 4);
    const of = (expandedPct: number | null) =>
      calibrationSource({ name: 'cup', expandedPct, usualPct: 0.5, sensitivity: 1e15 });
    expect(of(0.4)).toMatchObject({ standardUncertainty: 0.002, distribution: 'normal' });
    expect(of(0)).toMatchObject({ standardUncertainty: 0, distribution: 'normal' });
    expect(of(null).standardUncertainty).toBeCloseTo(0.002887, 6);
    expect(of(null).source).toMatch(/tells none/);
  });
});
