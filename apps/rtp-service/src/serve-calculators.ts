import type { Asked, ServiceContext } from '@spectra/process-host';
import { anneal, annealChart, tuneController } from '@spectra/rtp-process';
import type { RtpTypes } from '@spectra/rtp-process';
import { accept, calculatorRpc, refuse } from '@spectra/schemas';
import type { AnnealAnswer, AnnealRequest, Result, TuneAnswer, TuneRequest } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';
import { recordedRuns } from './recorded-runs.ts';
import { sourceRecord } from './source-record.ts';

/** Answers what only this process can compute: annealed profiles and controller tunings, without a tool or a job. */
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
        messaging.serve(definition.id, calculatorRpc.tuneController, async ({ caller, ...asked }) =>
          caller ? adviseTuning(context, { caller, ...asked }) : noCaller,
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

async function adviseTuning(
  context: ServiceContext<RtpTypes>,
  asked: Asked<TuneRequest>,
): Promise<Result<TuneAnswer>> {
  if (!asked.body.run_ids) return tuneController(asked.body);
  const recordings = await recordedRuns(context, { ...asked, body: asked.body.run_ids });
  return recordings.ok ? tuneController(asked.body, recordings.value) : recordings;
}
