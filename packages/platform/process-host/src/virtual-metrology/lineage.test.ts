import { normalAt, uniformAt } from '@spectra/run-engine';
import { describe, expect, test } from 'vitest';
import { advanceLineage, firstMemory } from './lineage.ts';
import type { Lineage, LineageStep } from './lineage.ts';
import { learnModel, predictWith } from './learnt-model.ts';
import type { LearningWafer } from './learnt-model.ts';

const features = ['heat'];

/** Wafers of a tool that measures `offset` more than physics says, with 1 of noise. */
function wafers(count: number, offset: number, from = 1, seed = 5): LearningWafer[] {
  return Array.from({ length: count }, (_, i) => {
    const arrival = from + i;
    const heat = uniformAt(seed, 1, arrival);
    const physics = 80 + 4 * normalAt(seed, 2, arrival);
    return {
      arrival,
      runId: `R-${arrival}`,
      equipmentId: arrival % 2 === 0 ? 'T-1' : 'T-2',
      features: { heat },
      physics,
      measured: physics + offset + normalAt(seed, 3, arrival),
    };
  });
}

/** Feeds wafers one by one, as metrology tells them. */
function follow(all: readonly LearningWafer[], start?: Lineage): { lineage: Lineage; steps: LineageStep[] } {
  let lineage: Lineage = start ?? { active: null, memory: firstMemory };
  const steps: LineageStep[] = [];
  for (let count = 1; count <= all.length; count += 1) {
    const step = advanceLineage(lineage, all.slice(0, count), features);
    const kept = step.demoted ? null : lineage.active;
    lineage = {
      active: step.trained?.stage === 'active' ? step.trained.model : kept,
      memory: step.memory,
    };
    steps.push(step);
  }
  return { lineage, steps };
}

describe('a lineage of corrections', () => {
  test('stays in shadow until twelve wafers prove it, then counts', () => {
    const { steps } = follow(wafers(30, 5));
    const stages = steps.flatMap(({ trained }) => trained?.stage ?? []);
    expect(stages.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'shadow'));
    expect(steps[11]?.trained?.stage).toBe('active');
    expect(steps.slice(11).flatMap(({ trained }) => trained?.stage ?? [])).not.toContain('shadow');
  });

  test('learns every wafer at first, then every tenth part more', () => {
    const trainedAt = follow(wafers(40, 5)).steps.flatMap(({ trained }, i) => (trained ? [i + 1] : []));
    expect(trainedAt).toEqual([
      6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 24, 26, 28, 30, 33, 36, 39,
    ]);
  });

  test('never leaves shadow where there is nothing to learn', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { steps } = follow(wafers(40, 0, 1, seed));
      expect(
        steps.some(({ trained }) => trained?.stage === 'active'),
        `seed ${seed}`,
      ).toBe(false);
    }
  });

  test('goes back to shadow when the tool changes, and learns the changed tool from the wafers since', () => {
    const before = follow(wafers(30, 5));
    const all = [...wafers(30, 5), ...wafers(20, 11, 31)];
    const { steps, lineage } = follow(all, { active: null, memory: firstMemory });
    expect(before.steps.some(({ demoted }) => demoted !== null)).toBe(false);
    const place = steps.findIndex(({ demoted }) => demoted !== null);
    expect(place).toBeGreaterThanOrEqual(30);
    expect(place).toBeLessThan(36);
    expect(steps[place]?.demoted?.reason).toMatch(/^drift: /);
    expect(lineage.memory.learnFrom).toBeGreaterThan(25);
    expect(lineage.active?.correction.intercept).toBeGreaterThan(9.5);
  });

  test('is the same for the same wafers, in one list or one by one, as to what it has learnt', () => {
    const all = wafers(30, 5);
    const once = advanceLineage({ active: null, memory: firstMemory }, all, features);
    expect(once.trained?.model).toEqual(follow(all).steps[29]?.trained?.model);
    expect(JSON.parse(JSON.stringify(once))).toEqual(once);
  });
});

describe('a learnt model', () => {
  test('tells tools apart that differ, and knows a new one by the mean of all', () => {
    const all = wafers(40, 0).map((wafer) =>
      wafer.equipmentId === 'T-1' ? { ...wafer, measured: wafer.measured + 8 } : wafer,
    );
    const model = learnModel(all, features);
    if (!model) throw new Error('nothing learnt');
    const at = (equipmentId: string) =>
      predictWith(model, { equipmentId, features: { heat: 0.5 }, physics: 80 }).value - 80;
    expect(at('T-1')).toBeCloseTo(8, -0.5);
    expect(Math.abs(at('T-2'))).toBeLessThan(1);
    expect(at('T-1') - at('T-2')).toBeGreaterThan(6.5);
  });

  test('is not learnt from too few wafers', () => {
    expect(learnModel(wafers(5, 5), features)).toBeNull();
  });
});
