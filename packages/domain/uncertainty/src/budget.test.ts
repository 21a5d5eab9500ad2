import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetAnswer } from './budget-answer.ts';
import { uncertaintyBudget } from './budget.ts';
import type { UncertaintySource } from './budget.ts';

const measured = { quantity: 'length', unit: 'mm', value: 100 };

function source(standardUncertainty: number, more: Partial<UncertaintySource> = {}): UncertaintySource {
  return {
    name: 'x',
    type: 'B',
    distribution: 'normal',
    standardUncertainty,
    unit: 'mm',
    sensitivity: 1,
    degreesOfFreedom: Infinity,
    source: 'test',
    ...more,
  };
}

const sources = fc.array(
  fc
    .record({
      u: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
      c: fc.double({ min: 1e-3, max: 50, noNaN: true }).map((c) => (c > 25 ? -c : c)),
      dof: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 200 })),
    })
    .map(({ u, c, dof }) => source(u, { sensitivity: c, degreesOfFreedom: dof })),
  { minLength: 1, maxLength: 8 },
);

describe('uncertaintyBudget', () => {
  it('repeats the worked value', () => {
    const budget = uncertaintyBudget(measured, [source(3, { degreesOfFreedom: 10 }), source(4)]);
    expect(budget.combined).toBeCloseTo(5, 12);
    expect(budget.expanded).toBeCloseTo(10, 12);
    expect(budget.relativeExpanded).toBeCloseTo(0.1, 12);
    expect(budget.effectiveDegreesOfFreedom).toBeCloseTo(625 / 8.1, 9);
  });

  it('squares add up, and the order of the sources does not matter', () => {
    fc.assert(
      fc.property(sources, (list) => {
        const budget = uncertaintyBudget(measured, list);
        const squares = list.reduce(
          (sum, { standardUncertainty: u, sensitivity: c }) => sum + (c * u) ** 2,
          0,
        );
        expect(budget.combined ** 2 / squares).toBeCloseTo(1, 9);
        expect(uncertaintyBudget(measured, list.toReversed()).combined / budget.combined).toBeCloseTo(1, 12);
      }),
    );
  });

  it('a doubled source adds three times its square once more', () => {
    fc.assert(
      fc.property(sources, (list) => {
        const [first, ...others] = list;
        if (first === undefined) return;
        const once = uncertaintyBudget(measured, list);
        const doubled = { ...first, standardUncertainty: 2 * first.standardUncertainty };
        const twice = uncertaintyBudget(measured, [doubled, ...others]);
        const added = 3 * (once.components[0]?.contribution ?? NaN) ** 2;
        expect((twice.combined ** 2 - once.combined ** 2) / Math.max(1e-9, twice.combined ** 2)).toBeCloseTo(
          added / Math.max(1e-9, twice.combined ** 2),
          9,
        );
      }),
    );
  });

  it('has no more degrees of freedom than its sources together, and no fewer than the poorest', () => {
    fc.assert(
      fc.property(sources, (list) => {
        const { effectiveDegreesOfFreedom: effective } = uncertaintyBudget(measured, list);
        const freedoms = list.map(({ degreesOfFreedom }) => degreesOfFreedom);
        expect(effective).toBeGreaterThanOrEqual(Math.min(...freedoms) * (1 - 1e-9));
        expect(effective).toBeGreaterThan(0);
      }),
    );
  });

  it.each([
    [{ standardUncertainty: -1 }, /uncertainty of x is -1/],
    [{ standardUncertainty: NaN }, /uncertainty of x is NaN/],
    [{ sensitivity: Infinity }, /sensitivity to x is Infinity/],
    [{ degreesOfFreedom: 0 }, /degrees of freedom of x are 0/],
  ])('refuses %j', (wrong, words) => {
    expect(() => uncertaintyBudget(measured, [source(1, wrong)])).toThrow(words);
  });

  it('tells limits that are certain as null, for JSON knows no infinity', () => {
    const answer = budgetAnswer(uncertaintyBudget({ ...measured, value: 0 }, [source(1)]));
    expect(answer).toMatchObject({
      effective_degrees_of_freedom: null,
      relative_expanded: null,
      expanded: 2,
    });
    expect(answer.components[0]).toMatchObject({ degrees_of_freedom: null, contribution: 1 });
  });
});
