import { runChains, serviceTool } from '@spectra/process-host';
import type { ChainStep, ServiceContext, ServiceTool } from '@spectra/process-host';
import type { RtpTypes } from '@spectra/rtp-process';
import { accept, refuse, splitRunRequest } from '@spectra/schemas';
import type { JobType, LotRunParams } from '@spectra/schemas';

type Wafers = LotRunParams['wafers'];
type StepName = 'implant' | 'anneal';

/** What each step is; the anneal takes what its implant really left on the wafers. */
const steps: readonly { name: StepName; process: string; jobType: JobType }[] = [
  { name: 'implant', process: 'ion', jobType: 'ion_implant' },
  { name: 'anneal', process: 'rtp', jobType: 'rtp' },
];

/** Implants and anneals a lot: per part of its wafers one run of each, the anneal behind its implant. */
export function lotRunTool({ messaging, clock }: ServiceContext<RtpTypes>): ServiceTool {
  return serviceTool('lot.run', async ({ params, caller, traceparent, jobId }, work) => {
    if (jobId === null) return refuse('conflict', 'A lot is run as a job');
    const chains = dividedWafers(params.wafers, params.parts).map((wafers, part) =>
      chainOf(params, wafers, part),
    );
    const call = { caller, traceparent, jobId };
    const ended = await runChains({ messaging, clock }, call, { chains, work });
    if (!ended.ok) return ended;
    const runs = chains.flatMap((chain, part) =>
      chain.flatMap((step, index) => {
        const run = ended.value.get(step.key);
        const name = steps[index]?.name;
        if (run === undefined || name === undefined) return [];
        return [{ ...run, step: name, part: part + 1 }];
      }),
    );
    const completed = runs.every((run) => run.status === 'completed');
    return accept({ lot_id: params.lot_id, completed, runs });
  });
}

/** The wafers in so many parts of nearly the same size, in the order of their slots. */
export function dividedWafers(wafers: Wafers, parts: number): Wafers[] {
  const sorted = wafers.toSorted((a, b) => a.slot - b.slot);
  return Array.from({ length: parts }, (_, part) =>
    sorted.slice(
      Math.round((part * sorted.length) / parts),
      Math.round(((part + 1) * sorted.length) / parts),
    ),
  );
}

function chainOf(params: LotRunParams, wafers: Wafers, part: number): ChainStep[] {
  const { lot_id, priority } = params;
  return steps.map(({ name, process, jobType }) => {
    const { recipe, options } = splitRunRequest({ ...params[name], wafers, lot_id, priority });
    return { key: `${name}.${part + 1}`, process, jobType, recipe, options };
  });
}
