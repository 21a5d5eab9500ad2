import type { MonteCarloBatch } from '@spectra/ion-physics';
import { monteCarloBatchCount } from '@spectra/ion-process';
import { serviceTool } from '@spectra/process-host';
import type { ServiceTool } from '@spectra/process-host';
import { accept } from '@spectra/schemas';
import { foldCounts } from './fold-counts.ts';
import { runBatches } from './run-batches.ts';

/** The tools of the registry that only this process can do; all of them compute in threads. */
export function bringTools(): readonly ServiceTool[] {
  return [
    serviceTool('ion.range', async ({ params }, work) => accept(await work.compute('dose-profile', params))),
    serviceTool('ion.dose_profile', async ({ params }, work) =>
      accept(await work.compute('dose-profile', params)),
    ),
    serviceTool('ion.monte_carlo', async ({ params }, work) => {
      const total = monteCarloBatchCount(params);
      const fold = foldCounts();
      const batches = await runBatches({
        total,
        sideBySide: work.threads,
        // The thread's task of this name answers a batch.
        run: async (batchIndex) =>
          fold((await work.compute('monte-carlo-batch', { params, batchIndex })) as MonteCarloBatch),
        done: (count) =>
          work.report(count / total, `Followed ${Math.round((count / total) * params.ions)} ions`),
      });
      return accept(await work.compute('monte-carlo-summary', { params, batches }));
    }),
  ];
}
