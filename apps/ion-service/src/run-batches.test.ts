import {
  BATCH_IONS,
  runMonteCarloBatch,
  summarizeMonteCarlo,
  type MonteCarloBatch,
} from '@spectra/ion-physics';
import { monteCarloAnswer, monteCarloBatchCount, planMonteCarlo } from '@spectra/ion-process';
import { toolRegistry } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { foldCounts } from './fold-counts.ts';
import { runBatches } from './run-batches.ts';

const params = toolRegistry['ion.monte_carlo'].params.parse({
  species: 'B',
  energy_kev: 20,
  ions: 3 * BATCH_IONS + 1,
  target: { crystalline: false },
});

describe('batches', () => {
  it('run each once, and never more side by side than allowed', async () => {
    const started: number[] = [];
    let open = 0;
    let most = 0;
    const told: number[] = [];
    await runBatches({
      total: 25,
      sideBySide: 3,
      run: async (index) => {
        started.push(index);
        open += 1;
        most = Math.max(most, open);
        await Promise.resolve();
        open -= 1;
      },
      done: (count) => told.push(count),
    });
    expect(started.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(most).toBe(3);
    expect(told.at(-1)).toBe(25);
  });

  it('begin no further one after the first that fails', async () => {
    const started: number[] = [];
    const run = async (index: number) => {
      started.push(index);
      if (index === 2) throw new Error('stopped');
    };
    await expect(runBatches({ total: 1000, sideBySide: 1, run, done: () => undefined })).rejects.toThrow(
      'stopped',
    );
    expect(started).toEqual([0, 1, 2]);
  });

  it('of a Monte Carlo give the same answer for any number of threads and any order', async () => {
    const plan = planMonteCarlo(params);
    const total = monteCarloBatchCount(params);
    expect(total).toBe(plan.batchCount);
    const answers = await Promise.all(
      [1, 2, 5].map(async (sideBySide) => {
        const fold = foldCounts();
        const batches = await runBatches<MonteCarloBatch>({
          total,
          sideBySide,
          run: async (index) => fold(runMonteCarloBatch(plan, index)),
          done: () => undefined,
        });
        return monteCarloAnswer(params, summarizeMonteCarlo(plan, batches.toReversed()));
      }),
    );
    const plain = Array.from({ length: total }, (_, index) => runMonteCarloBatch(plan, index));
    expect(answers[0]).toEqual(monteCarloAnswer(params, summarizeMonteCarlo(plan, plain)));
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(toolRegistry['ion.monte_carlo'].result.safeParse(answers[0]).success).toBe(true);
  });
});
