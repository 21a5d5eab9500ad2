import type { Asked, ServiceContext } from '@spectra/process-host';
import { anneal, annealChart } from '@spectra/rtp-process';
import type { RtpTypes } from '@spectra/rtp-process';
import { accept, calculatorRpc, refuse } from '@spectra/schemas';
import type { AnnealAnswer, AnnealRequest, Result } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';
import { sourceRecord } from './source-record.ts';

/** Answers what only this process can compute: annealed profiles, without a tool or a job. */
export function serveCalculators(context: ServiceContext<RtpTypes>): Part {
  const { definition, messaging } = context;
  const stops: (() => Promise<void>)[] = [];
  const noCaller = refuse('unauthenticated', 'The request names no caller');
  return {
    name: 'calculators',
    start: async () => {
      stops.push(
        messaging.serve(definition.id, calculatorRpc.anneal, async ({ caller, ...asked }) =>
          caller ? simulateAnneal(context, { caller, ...asked }) : noCaller,
        ),
        messaging.serve(definition.id, calculatorRpc.annealChart, async ({ caller, ...asked }) =>
          caller ? drawAnneal(context, { caller, ...asked }) : noCaller,
        ),
      );
    },
    stop: async () => {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

/** The start of the anneal may be the wafer that an implant really left. */
async function simulateAnneal(
  context: ServiceContext<RtpTypes>,
  asked: Asked<AnnealRequest>,
): Promise<Result<AnnealAnswer>> {
  const source = await sourceRecord(context, asked);
  return source.ok ? anneal(asked.body, source.value) : source;
}

async function drawAnneal(
  context: ServiceContext<RtpTypes>,
  asked: Asked<AnnealRequest>,
): Promise<Result<{ svg: string }>> {
  const found = await simulateAnneal(context, asked);
  return found.ok ? accept({ svg: annealChart(asked.body, found.value) }) : found;
}
