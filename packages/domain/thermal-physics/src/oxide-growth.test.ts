import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviationPct, numberIn, readReference } from '../test/read-reference.ts';
import { dryOxideThicknessNm, wetOxideThicknessNm } from './index.ts';

function hold(celsius: number, timeMin: number) {
  return [
    { timeS: 0, temperatureK: celsius + 273.15 },
    { timeS: 60 * timeMin, temperatureK: celsius + 273.15 },
  ];
}

const rows = readReference('oxidation.csv');

describe('oxide growth', () => {
  it('reads all thirty-three reference rows', () => {
    expect(rows).toHaveLength(33);
  });

  it.each(
    rows.map(
      (row) => [`${row.ambient} (${row.orient}) ${row.temp_C} degC ${row.time_min} min`, row] as const,
    ),
  )('%s agrees with the reference within 5 %%', (_, row) => {
    const grow = row.ambient === 'dryo2' ? dryOxideThicknessNm : wetOxideThicknessNm;
    const orientation = row.orient === '111' ? '111' : '100';
    const thicknessNm = grow(hold(numberIn(row, 'temp_C'), numberIn(row, 'time_min')), 1, { orientation });
    expect(Math.abs(deviationPct(thicknessNm, 1000 * numberIn(row, 'suprem_thickness_um')))).toBeLessThan(5);
  });

  it('is 33.9 nm dry after 30 min and 411 nm wet after 60 min at 1000 degC on (100)', () => {
    expect(dryOxideThicknessNm(hold(1000, 30), 1)).toBeCloseTo(33.9, 0);
    expect(wetOxideThicknessNm(hold(1000, 60), 1)).toBeCloseTo(411.2, 0);
  });

  it('grows with time and pressure, adds up over time, and not without oxygen', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 800, max: 1200, noNaN: true }),
        fc.double({ min: 0.1, max: 60, noNaN: true }),
        fc.double({ min: 0.01, max: 0.9, noNaN: true }),
        (celsius, timeMin, pressureAtm) => {
          const once = dryOxideThicknessNm(hold(celsius, timeMin), 1);
          const twice = dryOxideThicknessNm(hold(celsius, 2 * timeMin), 1);
          expect(twice).toBeGreaterThan(once);
          expect(dryOxideThicknessNm(hold(celsius, timeMin), once) / twice).toBeCloseTo(1, 3);
          expect(dryOxideThicknessNm(hold(celsius, timeMin), 1, { pressureAtm })).toBeLessThan(once);
          expect(dryOxideThicknessNm(hold(celsius, timeMin), 1, { pressureAtm: 0 })).toBe(1);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses negative thickness and pressure', () => {
    expect(() => dryOxideThicknessNm(hold(1000, 1), -1)).toThrow(/initialNm is -1/);
    expect(() => wetOxideThicknessNm(hold(1000, 1), 1, { pressureAtm: 30 })).toThrow(/pressureAtm is 30/);
  });
});
