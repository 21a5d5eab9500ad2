import { defineRoute, queryBoolean, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  createLimitsSchema,
  spcChartSchema,
  spcChartViewSchema,
  spcFilterFields,
  spcLimitsSchema,
  spcRpc,
  spcSpanFields,
  trialLimitsSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const seeCharts = { kind: 'permission', anyOf: ['spc:view_charts'] } as const;
const limitsBody = createLimitsSchema.extend({ process: processId });
const exampleLimits = {
  process: 'ion',
  parameter: 'dose_error_pct',
  equipment_id: 'IMP-01',
  basis: {
    kind: 'span',
    from: '2026-01-01T00:00:00Z',
    to: '2026-02-01T00:00:00Z',
    exclude: [{ run_id: 'ION-20260115-0A1B2C3D', cause: 'Source filament replaced' }],
  },
  spec_limits: { lower: -0.5, upper: 0.5 },
  comment: 'First month of production',
};

/** Charts that runs filled, and the limits that judge them. */
export function spcChartRoutes(ask: Ask): HttpRoute[] {
  return [listCharts(ask), readChart(ask), listLimits(ask), createLimits(ask), tryLimits(ask)];
}

function listCharts(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/spc/charts',
    access: seeCharts,
    organisation: 'collection',
    summary: 'Charts of runs by tool, parameter and recipe family, with the limits in force',
    tag: 'spc',
    query: z.strictObject({
      process: processId.optional(),
      ...spcFilterFields,
      ...spcSpanFields,
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ charts: z.array(spcChartSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: spcRpc.listCharts, body: { ...filter, ...page } }),
      );
      if (!found.ok) return found;
      return accept({ charts: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function readChart(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/spc/charts/:process/:equipment_id/:parameter',
    access: seeCharts,
    organisation: 'resource',
    summary: 'Points of a chart with the limits that judged each, its broken rules and its phase',
    tag: 'spc',
    params: z.strictObject({
      process: processId,
      equipment_id: z.string().min(1).max(64),
      parameter: z.string().min(1).max(100),
    }),
    query: z.strictObject({ family: spcFilterFields.family, ...spcSpanFields, ...limitOffset }),
    reply: { status: 200, schema: spcChartViewSchema.extend(listFacts) },
    async handler(input) {
      const { process: service, ...chart } = input.params;
      const { limit, offset } = input.query;
      const body = { ...chart, ...input.query };
      const found = await ask(input, { service, contract: spcRpc.readChart, body });
      if (!found.ok) return found;
      const { points: items, total } = found.value;
      return accept({ ...found.value, ...factsOf({ items, total }, { limit, offset }) });
    },
  });
}

function listLimits(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/spc/limits',
    access: seeCharts,
    organisation: 'collection',
    summary: 'Frozen limits of all versions with where they come from, the newest first',
    tag: 'spc',
    query: z.strictObject({
      process: processId.optional(),
      ...spcFilterFields,
      in_force: queryBoolean.optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ limits: z.array(spcLimitsSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: spcRpc.listLimits, body: { ...filter, ...page } }),
      );
      if (!found.ok) return found;
      return accept({ limits: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function createLimits(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/spc/limits',
    access: { kind: 'permission', anyOf: ['spc:manage_limits'] },
    organisation: 'collection',
    summary: 'Freeze limits: of a span of points (phase I) without those that have a cause, or as given',
    tag: 'spc',
    body: limitsBody,
    example: { body: exampleLimits },
    reply: { status: 201, schema: spcLimitsSchema },
    handler: (input) => {
      const { process: service, ...body } = input.body;
      return ask(input, { service, contract: spcRpc.createLimits, body });
    },
  });
}

function tryLimits(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/spc/limits/trial',
    access: seeCharts,
    organisation: 'collection',
    effect: 'read',
    rate: 'read',
    summary: 'What limits would be, with every point of their span and its flags; nothing is stored',
    tag: 'spc',
    body: limitsBody,
    example: { body: exampleLimits },
    reply: { status: 200, schema: trialLimitsSchema },
    handler: (input) => {
      const { process: service, ...body } = input.body;
      return ask(input, { service, contract: spcRpc.tryLimits, body });
    },
  });
}
