import { describe, expect, it } from 'vitest';
import { readNumbers } from '../test/read-table.ts';
import { chartConstants, chosenRangeMoments, rangeMoments, unbiasingC4 } from './chart-constants.ts';

const names = ['d2', 'd3', 'c4', 'A2', 'A3', 'D3', 'D4', 'B3', 'B4', 'B5', 'B6', 'D1', 'D2', 'E2'] as const;
/** These rest on d3, which the reference integrated to about 2.5e-7 only (see n = 2, where d3 is exact). */
const onRangeSpread = new Set(['d3', 'D1', 'D2', 'D3', 'D4']);

describe('chartConstants', () => {
  it.each(readNumbers('control_chart_constants.csv'))(
    'agrees with the table for subgroups of %i',
    (size, ...row) => {
      const constants = chartConstants(size);
      names.forEach((name, i) => {
        const tolerance = onRangeSpread.has(name) ? 1e-6 : 1e-12;
        expect(Math.abs(constants[name] - row[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1e-3, row[i]!));
      });
    },
  );

  it('is exact where closed forms exist: two and three values', () => {
    expect(rangeMoments(2).d2).toBeCloseTo(2 / Math.sqrt(Math.PI), 13);
    expect(rangeMoments(2).d3).toBeCloseTo(Math.sqrt(2 - 4 / Math.PI), 12);
    expect(rangeMoments(3).d2).toBeCloseTo(3 / Math.sqrt(Math.PI), 13);
    expect(unbiasingC4(2)).toBeCloseTo(Math.sqrt(2 / Math.PI), 14);
  });

  it('rounds to the printed tables, whose d3 lies within 2e-5 of the true value', () => {
    for (let size = 2; size <= 25; size += 1) {
      const printed = chosenRangeMoments(size, 'table');
      const computed = chosenRangeMoments(size, 'computed');
      expect(Math.abs(printed.d2 - computed.d2)).toBeLessThanOrEqual(5e-4);
      expect(Math.abs(printed.d3 - computed.d3)).toBeLessThan(2e-5);
    }
    expect(chosenRangeMoments(26, 'table')).toEqual(rangeMoments(26));
  });

  it('refuses a subgroup of one', () => {
    expect(() => chartConstants(1)).toThrow(/subgroup size is 1/);
  });
});
