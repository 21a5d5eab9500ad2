import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareQp, solveQp } from './quadratic-program.ts';

const entry = fc.integer({ min: -24, max: 24 }).map((value) => value / 8);
const randomProblem = fc
  .tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 20 }))
  .chain(([size, rows]) =>
    fc.record({
      root: fc.array(fc.array(entry, { minLength: size, maxLength: size }), {
        minLength: size,
        maxLength: size,
      }),
      gradient: fc.array(entry, { minLength: size, maxLength: size }),
      constraints: fc.array(fc.array(entry, { minLength: size, maxLength: size }), {
        minLength: rows,
        maxLength: rows,
      }),
      inside: fc.array(entry, { minLength: size, maxLength: size }),
      room: fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 8 }).map((value) => value / 8),
          fc.boolean(),
          fc.boolean(),
        ),
        {
          minLength: rows,
          maxLength: rows,
        },
      ),
    }),
  );

const dot = (a: readonly number[], b: ArrayLike<number>) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe('solveQp', () => {
  it('meets the optimality conditions of every feasible random programme', () => {
    fc.assert(
      fc.property(randomProblem, ({ root, gradient, constraints, inside, room }) => {
        const hessian = root.map((a, i) => root.map((b, j) => dot(a, b) + (i === j ? 0.5 : 0)));
        const at = constraints.map((row) => dot(row, inside));
        const lower = at.map((value, i) => (room[i]![1] ? value - room[i]![0] : -Infinity));
        const upper = at.map((value, i) => (room[i]![2] ? value + room[i]![0] : Infinity));
        const solution = solveQp(prepareQp(hessian, constraints), { gradient, lower, upper });
        expect(solution.status).toBe('optimal');
        constraints.forEach((row, i) => {
          expect(dot(row, solution.x)).toBeLessThanOrEqual(upper[i]! + 1e-7);
          expect(dot(row, solution.x)).toBeGreaterThanOrEqual(lower[i]! - 1e-7);
        });
        const residual = hessian.map((row, i) => dot(row, solution.x) + gradient[i]!);
        solution.activeRows.forEach((code, position) => {
          const row = constraints[Math.abs(code) - 1]!;
          const multiplier = solution.multipliers[position]!;
          const limit = code > 0 ? upper[code - 1]! : lower[-code - 1]!;
          expect(dot(row, solution.x)).toBeCloseTo(limit, 6);
          if (lower[Math.abs(code) - 1] !== upper[Math.abs(code) - 1]) {
            expect(multiplier * Math.sign(code)).toBeGreaterThanOrEqual(-1e-7);
          }
          row.forEach((value, i) => {
            residual[i]! += multiplier * value;
          });
        });
        for (const value of residual) expect(Math.abs(value)).toBeLessThan(1e-6);
      }),
      { numRuns: 400 },
    );
  });

  it('finds the same optimum from any warm start', () => {
    const starts = fc.array(
      fc.integer({ min: -20, max: 20 }).filter((code) => code !== 0),
      { maxLength: 10 },
    );
    fc.assert(
      fc.property(randomProblem, starts, ({ root, gradient, constraints, inside, room }, activeRows) => {
        const hessian = root.map((a, i) => root.map((b, j) => dot(a, b) + (i === j ? 0.5 : 0)));
        const at = constraints.map((row) => dot(row, inside));
        const lower = at.map((value, i) => value - room[i]![0] - 0.01);
        const upper = at.map((value, i) => value + room[i]![0]);
        const qp = prepareQp(hessian, constraints);
        const cold = solveQp(qp, { gradient, lower, upper });
        const warm = solveQp(qp, { gradient, lower, upper, activeRows });
        cold.x.forEach((value, i) => expect(warm.x[i]).toBeCloseTo(value, 6));
      }),
      { numRuns: 300 },
    );
  });

  it('repeats the worked value: two upper limits in the unit box', () => {
    const qp = prepareQp(
      [
        [1, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [0, 1],
      ],
    );
    const solution = solveQp(qp, { gradient: [-2, -1], lower: [0, 0], upper: [1, 1] });
    expect([...solution.x]).toEqual([1, 1]);
    expect(solution.multipliers).toEqual([1]);
  });

  it('says that contradictory rows cannot be met', () => {
    const solution = solveQp(prepareQp([[1]], [[1], [1]]), {
      gradient: [0],
      lower: [2, -Infinity],
      upper: [Infinity, 1],
    });
    expect(solution.status).toBe('infeasible');
  });

  it('exceeds a soft row by the slack that its cost buys', () => {
    // min ½x² − 4x with x ≤ 1 + s at ½s²/softness, softness 1: x + (x − 1) = 4, so x = 2.5.
    const solution = solveQp(prepareQp([[1]], [[1]], [1]), {
      gradient: [-4],
      lower: [-Infinity],
      upper: [1],
    });
    expect(solution.x[0]).toBeCloseTo(2.5, 12);
  });
});
