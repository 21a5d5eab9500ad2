import { array, assert, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planDependencies, type KnownJob, type PlannedItem } from './plan-dependencies.ts';

const item = (
  index: number,
  dependsOn: readonly string[],
  fields: Partial<PlannedItem> = {},
): PlannedItem => ({
  key: `k${index}`,
  jobId: `j${index}`,
  dependsOn,
  ...fields,
});
const known = new Map<string, KnownJob>([
  ['ION-1', { jobId: 'a', runId: 'ION-1', process: 'ion', status: 'running' }],
  ['a', { jobId: 'a', runId: 'ION-1', process: 'ion', status: 'running' }],
]);

/** Up to twelve items and any arrows between them. */
const graphs = integer({ min: 1, max: 12 }).chain((size) =>
  tuple(
    array(tuple(integer({ min: 0, max: size - 1 }), integer({ min: 0, max: size - 1 })), { maxLength: 20 }),
  ).map(([arrows]) =>
    Array.from({ length: size }, (_, index) => arrows.filter(([from]) => from === index).map(([, to]) => to)),
  ),
);

/** Whether an item leads back to itself, or to one that does: by walking, not by the algorithm under test. */
function reachesCircle(graph: readonly (readonly number[])[], start: number): boolean {
  const reachable = (from: number): Set<number> => {
    const seen = new Set<number>();
    const open = [...(graph[from] ?? [])];
    for (const next of open) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(graph[next] ?? []));
    }
    return seen;
  };
  return [start, ...reachable(start)].some((node) => reachable(node).has(node));
}

describe('what items wait for', () => {
  test('an item is refused exactly when it stands in or behind a circle', () => {
    assert(
      property(graphs, (graph) => {
        const plans = planDependencies(
          graph.map((to, index) =>
            item(
              index,
              to.map((place) => `k${place}`),
            ),
          ),
          new Map(),
        );
        for (const [index, plan] of plans.entries()) expect(plan.ok).toBe(!reachesCircle(graph, index));
      }),
    );
  });

  test('a refused item takes with it exactly those that lead to it', () => {
    assert(
      property(graphs, integer({ min: 0, max: 11 }), (graph, pick) => {
        // Arrows to earlier items only: no circle.
        const straight = graph.map((to, index) => to.filter((place) => place < index));
        const refused = pick % graph.length;
        const plans = planDependencies(
          straight.map((to, index) =>
            item(
              index,
              to.map((place) => `k${place}`),
              { refused: index === refused },
            ),
          ),
          new Map(),
        );
        const lost = new Set([refused]);
        for (const [index, to] of straight.entries())
          if (to.some((place) => lost.has(place))) lost.add(index);
        lost.delete(refused);
        for (const [index, plan] of plans.entries()) {
          if (index !== refused) expect(plan.ok).toBe(!lost.has(index));
        }
      }),
    );
  });

  test('a circle is named in its order', () => {
    const plans = planDependencies([item(0, ['k1']), item(1, ['k2']), item(2, ['k0'])], new Map());
    expect(plans[0]).toMatchObject({
      refusal: { code: 'validation_failed', errors: [{ path: 'depends_on', value: 'k0 → k1 → k2 → k0' }] },
    });
    const itself = planDependencies([item(0, ['k0'])], new Map());
    expect(itself[0]).toMatchObject({ refusal: { errors: [{ value: 'k0 → k0' }] } });
  });

  test('unknown ids are named one by one, with their place', () => {
    const [plan] = planDependencies([item(0, ['ION-1', 'ION-2', 'nobody'])], known);
    expect(plan).toMatchObject({
      refusal: {
        errors: [
          { path: 'depends_on.1', value: 'ION-2' },
          { path: 'depends_on.2', value: 'nobody' },
        ],
      },
    });
  });

  test('a job named twice, by its own id and by its run, is one dependency', () => {
    const [plan] = planDependencies([item(0, ['ION-1', 'a', 'ION-1'])], known);
    expect(plan).toEqual({ ok: true, value: [known.get('a')] });
  });

  test('a key of the batch goes before an id, and stands once', () => {
    const plans = planDependencies([item(0, [], { key: 'ION-1' }), item(1, ['ION-1'])], known);
    expect(plans[1]).toMatchObject({ value: [{ jobId: 'j0', status: null }] });
    const twice = planDependencies([item(0, []), item(1, [], { key: 'k0' })], known);
    expect(twice.map((plan) => plan.ok)).toEqual([true, false]);
    expect(twice[1]).toMatchObject({ refusal: { errors: [{ path: 'key', value: 'k0' }] } });
  });
});
