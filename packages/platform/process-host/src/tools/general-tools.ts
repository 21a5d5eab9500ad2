import { accept } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import { serviceTool } from './service-tool.ts';
import type { ServiceTool } from './service-tool.ts';

/** Tools that need no process: whichever service is free does them. */
export const generalTools: readonly ServiceTool[] = [
  serviceTool('ping', async ({ params }) => accept({ pong: true, message: params.message ?? null })),
  serviceTool('spc.check', async ({ params }, work) => {
    // The task answers what it declares.
    return (await work.compute('check-series', params)) as Result<unknown>;
  }),
  serviceTool('spc.design', async ({ params }, work) => {
    return (await work.compute('design-series', params)) as Result<unknown>;
  }),
];
