import { monteCarloBatchCount } from '@spectra/ion-process';
import { serviceTool } from '@spectra/process-host';
import type { ServiceTool } from '@spectra/process-host';
import { accept } from '@spectra/schemas';
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
      const batches = await runBatches({
        total,
        sideBySide: work.threads,
        run: (batchIndex) => work.compute('monte-carlo-batch', { params, batchIndex }),
        done: (count) =>
          work.report(count / total, `Followed ${Math.round((count / total) * params.ions)} ions`),
      });
      return accept(await work.compute('monte-carlo-summary', { params, batches }));
    }),
  ];
}
