import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  spcCheckParamsSchema,
  spcCheckResultSchema,
  spcDesignParamsSchema,
  spcDesignResultSchema,
  toolRegistry,
} from '@spectra/schemas';
import type { Ask } from '../ask.ts';
import { useTool } from '../use-tool.ts';
import { detectionRoutes } from './detection-routes.ts';
import { spcChartRoutes } from './spc-chart-routes.ts';

/** Changes nothing, takes no job, and counts as a read. */
const calculator = {
  method: 'POST',
  effect: 'read',
  rate: 'read',
  organisation: 'collection',
  access: { kind: 'permission', anyOf: ['spc:view_charts'] },
  tag: 'spc',
} as const;

/** Control charts of posted data, which need no stored state; those that runs filled; detection across channels. */
export function spcRoutes(ask: Ask): HttpRoute[] {
  return [analyze(ask), design(ask), ...spcChartRoutes(ask), ...detectionRoutes(ask)];
}

function analyze(ask: Ask): HttpRoute {
  return defineRoute({
    ...calculator,
    url: '/api/spc/analyze',
    summary: 'A control chart of posted data: limits, statistics and broken rules per point, capability',
    body: spcCheckParamsSchema,
    example: { body: toolRegistry['spc.check'].example },
    reply: { status: 200, schema: spcCheckResultSchema },
    async handler(input) {
      const answer = await useTool(ask, input, { tool: 'spc.check', params: input.body });
      return answer.ok ? accept(spcCheckResultSchema.parse(answer.value)) : answer;
    },
  });
}

function design(ask: Ask): HttpRoute {
  return defineRoute({
    ...calculator,
    url: '/api/spc/design',
    summary: 'Parameters of an EWMA, CUSUM or Shewhart chart by wanted run length and shift',
    body: spcDesignParamsSchema,
    example: { body: toolRegistry['spc.design'].example },
    reply: { status: 200, schema: spcDesignResultSchema },
    async handler(input) {
      const answer = await useTool(ask, input, { tool: 'spc.design', params: input.body });
      return answer.ok ? accept(spcDesignResultSchema.parse(answer.value)) : answer;
    },
  });
}
