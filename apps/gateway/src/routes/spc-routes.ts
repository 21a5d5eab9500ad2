import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, toolRegistry } from '@spectra/schemas';
import type { z } from 'zod';
import type { Ask } from '../ask.ts';
import { useTool } from '../use-tool.ts';
import { detectionRoutes } from './detection-routes.ts';
import { spcChartRoutes } from './spc-chart-routes.ts';

/** Control charts of posted data, which need no stored state; those that runs filled; detection across channels. */
export function spcRoutes(ask: Ask): HttpRoute[] {
  return [
    calculation(ask, {
      url: '/api/spc/analyze',
      tool: 'spc.check',
      summary: 'A control chart of posted data: limits, statistics and broken rules per point, capability',
    }),
    calculation(ask, {
      url: '/api/spc/design',
      tool: 'spc.design',
      summary: 'Parameters of an EWMA, CUSUM or Shewhart chart by wanted run length and shift',
    }),
    ...spcChartRoutes(ask),
    ...detectionRoutes(ask),
  ];
}

/** An immediate tool behind an address of its own: it changes nothing, takes no job, and counts as a read. */
function calculation(
  ask: Ask,
  { url, tool, summary }: { url: string; tool: 'spc.check' | 'spc.design'; summary: string },
): HttpRoute {
  const entry = toolRegistry[tool];
  const body: z.ZodType<z.output<typeof entry.params>> = entry.params;
  const result: z.ZodType<z.output<typeof entry.result>> = entry.result;
  return defineRoute({
    method: 'POST',
    url,
    effect: 'read',
    rate: 'read',
    organisation: 'collection',
    access: { kind: 'permission', anyOf: ['spc:view_charts'] },
    summary,
    tag: 'spc',
    body,
    example: { body: entry.example },
    reply: { status: 200, schema: result },
    async handler(input) {
      const answer = await useTool(ask, input, { tool, params: input.body });
      return answer.ok ? accept(result.parse(answer.value)) : answer;
    },
  });
}
