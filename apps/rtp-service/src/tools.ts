import { serviceTool } from '@spectra/process-host';
import type { ServiceContext, ServiceTool } from '@spectra/process-host';
import type { RtpTypes } from '@spectra/rtp-process';
import type { Result } from '@spectra/schemas';
import { lotRunTool } from './lot-run.ts';
import { sourceRecord } from './source-record.ts';
import { tuningSource } from './tuning-source.ts';

/** The tools of the registry that only this process can do: records are read here, the computing is done in threads. */
export function bringTools(context: ServiceContext<RtpTypes>): readonly ServiceTool[] {
  return [
    lotRunTool(context),
    serviceTool('rtp.anneal', async ({ params, caller, traceparent }, work) => {
      const source = await sourceRecord(context, { caller, traceparent, body: params });
      if (!source.ok) return source;
      return outcomeOf(await work.compute('anneal', { request: params, source: source.value }));
    }),
    serviceTool('rtp.tune', async ({ params, caller, traceparent }, work) => {
      const source = await tuningSource(context, { caller, traceparent, body: params });
      if (!source.ok) return source;
      return outcomeOf(await work.compute('tune', { request: params, source: source.value }));
    }),
  ];
}

/** Both tasks answer an outcome or a refusal; the registry's result schema checks the outcome. */
function outcomeOf(answered: unknown): Result<unknown> {
  return answered as Result<unknown>;
}
