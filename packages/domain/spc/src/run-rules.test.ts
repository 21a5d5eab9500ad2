import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNumbers, readTable } from '../test/read-table.ts';
import { checkRunRules } from './run-rules.ts';
import { xbarRChart } from './subgroup-chart.ts';

const judge = (values: readonly number[], ruleSet: 'nelson' | 'western_electric' = 'nelson') =>
  checkRunRules(
    values.map((value) => ({ value, center: 0, sigma: 1 })),
    ruleSet,
  );

/** First point at which a rule fires, counted from 1; 0 for never. */
const firstAt = (values: readonly number[], rule: number) =>
  judge(values).findIndex((rules) => rules.includes(rule)) + 1;
const repeat = (count: number, value: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => value(i));

describe('checkRunRules', () => {
  it('flags the piston rings as the reference does', () => {
    const subgroups = readNumbers('pistonrings_data.csv').map((row) => row.slice(1));
    const points = xbarRChart({ subgroups, phaseOneCount: 25 }).series[0]!.points;
    const lowest = (rules: readonly number[]) => (rules[0] === undefined ? 'NA' : String(rules[0]));
    const reference = readTable('pistonrings_xbar_rules.csv');
    expect(checkRunRules(points, 'western_electric').map(lowest)).toEqual(reference.map((row) => row[2]));
    expect(checkRunRules(points, 'nelson').map(lowest)).toEqual(reference.map((row) => row[3]));
    points.forEach((point, i) => expect(point.value).toBeCloseTo(Number(reference[i]![1]), 10));
  });

  it('is not changed by shifting and scaling the data', () => {
    const values = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: -64, max: 64 }),
        fc.integer({ min: -3, max: 6 }),
        (raw, shift, power) => {
          const scale = 2 ** power;
          const moved = raw.map((value) => ({
            value: (value / 8) * scale + shift,
            center: shift,
            sigma: scale,
          }));
          expect(checkRunRules(moved)).toEqual(judge(raw.map((value) => value / 8)));
        },
      ),
    );
  });

  it('is symmetric: mirrored data break the same rules', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { maxLength: 60 }), (values) => {
        expect(judge(values.map((value) => -value))).toEqual(judge(values));
      }),
    );
  });

  it('never looks ahead: a prefix keeps its flags', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -30, max: 30 }), { minLength: 1, maxLength: 40 }), (raw) => {
        const values = raw.map((value) => value / 8);
        const all = judge(values);
        expect(judge(values.slice(0, -1))).toEqual(all.slice(0, -1));
      }),
    );
  });

  it.each([
    { rule: 1, enough: [3.01], short: [3] },
    { rule: 2, enough: repeat(9, () => 0.1), short: [...repeat(8, () => 0.1), 0, 0.1] },
    { rule: 3, enough: repeat(6, (i) => i / 10), short: [0, 0.1, 0.2, 0.3, 0.4, 0.4, 0.5] },
    { rule: 4, enough: repeat(14, (i) => (i % 2) / 2), short: repeat(13, (i) => (i % 2) / 2) },
    { rule: 5, enough: [2.1, 0, 2.1], short: [2.1, 0, 0, 2.1, -2.1] },
    { rule: 6, enough: [1.1, 1.1, 0, 1.1, 1.1], short: [1.1, 1.1, 0, 1.1, 0.9, 1.1, -1.1] },
    { rule: 7, enough: repeat(15, (i) => (i % 3) - 1), short: [...repeat(14, (i) => (i % 3) - 1), 1.1] },
    { rule: 8, enough: repeat(8, (i) => (i % 2 === 0 ? 1.1 : -1.1)), short: [...repeat(7, () => 1.1), 1] },
  ])('rule $rule fires at its last point and not one short', ({ rule, enough, short }) => {
    expect(firstAt(enough, rule)).toBe(enough.length);
    expect(firstAt(short, rule)).toBe(0);
  });

  it('does not blame a calm point for its neighbours', () => {
    expect(judge([2.1, 2.1, 0])[2]).toEqual([]);
    expect(judge([1.1, 1.1, 1.1, 1.1, 0])[4]).toEqual([]);
  });

  it('takes eight points on one side by the Western Electric rules, nine by Nelson', () => {
    const values = repeat(8, () => 0.1);
    expect(judge(values, 'western_electric').at(-1)).toEqual([4]);
    expect(judge(values).at(-1)).toEqual([]);
  });
});
