import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  correctCostSchema,
  costEntrySchema,
  costGroupSchema,
  costRatesSchema,
  costsRpc,
  costSumSchema,
  ratesVersionSchema,
  refuse,
  type CostGroup,
  type Result,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const daysMax = 400;
const dayMs = 24 * 3_600_000;
const view = { kind: 'permission', anyOf: ['cost:view'] } as const;
const manage = { kind: 'permission', anyOf: ['cost:manage'] } as const;
const ofOrganisation = { organisation: 'collection', tag: 'costs' } as const;
const groupWords = costGroupSchema.options.join('|');
const instant = z.iso.datetime({ offset: true });

/** What the organisation's runs and jobs took and cost. */
export function costRoutes(ask: Ask): HttpRoute[] {
  return [sumCosts(ask), listEntries(ask), correct(ask), ...rateRoutes(ask)];
}

function sumCosts(ask: Ask): HttpRoute {
  return defineRoute({
    ...ofOrganisation,
    method: 'GET',
    url: '/api/costs',
    access: view,
    summary:
      'Tool hours, compute, runs, wafers, gas and energy of a span of time (the last 30 days), with their price',
    query: z.strictObject({
      from: instant.optional(),
      to: instant.optional(),
      /** Several with commas between. */
      group_by: z
        .string()
        .regex(
          new RegExp(`^(${groupWords})(,(${groupWords})){0,6}$`),
          `some of ${costGroupSchema.options.join(', ')}`,
        )
        .optional(),
    }),
    reply: {
      status: 200,
      schema: z.object({
        from: z.string(),
        to: z.string(),
        groups: z.array(costSumSchema),
        total: costSumSchema,
      }),
    },
    async handler(input) {
      const span = spanOf(input.query);
      if (!span.ok) return span;
      const group_by = [...new Set((input.query.group_by?.split(',') ?? []) as CostGroup[])];
      const body = { ...span.value, group_by };
      const found = await ask(input, { service: 'jobs', contract: costsRpc.sumCosts, body });
      return found.ok ? accept({ ...span.value, ...found.value }) : found;
    },
  });
}

function spanOf(query: {
  from?: string | undefined;
  to?: string | undefined;
}): Result<{ from: string; to: string }> {
  const toMs = query.to === undefined ? Date.now() : Date.parse(query.to);
  const fromMs = query.from === undefined ? toMs - 30 * dayMs : Date.parse(query.from);
  if (fromMs >= toMs) {
    return refuse('invalid_query', 'from: must lie before to', [
      { path: 'from', message: 'must lie before to', value: query.from, limit: { before: query.to } },
    ]);
  }
  if (toMs - fromMs > daysMax * dayMs) {
    const limit = { maximum_days: daysMax };
    return refuse('invalid_query', `from: the span is longer than ${daysMax} days`, [
      { path: 'from', message: 'the span is too long', value: query.from, limit },
    ]);
  }
  return accept({ from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() });
}

function listEntries(ask: Ask): HttpRoute {
  return defineRoute({
    ...ofOrganisation,
    method: 'GET',
    url: '/api/costs/entries',
    access: view,
    summary: 'The ledger: one row for each ended attempt and each correction, latest first',
    query: z.strictObject({
      job_id: z.uuid().optional(),
      run_id: z.string().min(1).max(64).optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ entries: z.array(costEntrySchema), ...listFacts }) },
    async handler(input) {
      const found = await ask(input, {
        service: 'jobs',
        contract: costsRpc.listCostEntries,
        body: input.query,
      });
      if (!found.ok) return found;
      const { limit, offset } = input.query;
      return accept({ entries: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function correct(ask: Ask): HttpRoute {
  return defineRoute({
    ...ofOrganisation,
    method: 'POST',
    url: '/api/costs/corrections',
    access: manage,
    summary: 'Correct an entry by a further one; the ledger itself is never changed',
    body: correctCostSchema,
    example: {
      body: {
        entry_id: '00000000-0000-4000-8000-000000000000',
        reason: 'The tool stood still for the service',
        tool_hours: -0.5,
      },
    },
    reply: { status: 201, schema: costEntrySchema },
    handler: (input) => ask(input, { service: 'jobs', contract: costsRpc.correctCost, body: input.body }),
  });
}

function rateRoutes(ask: Ask): HttpRoute[] {
  const list = defineRoute({
    ...ofOrganisation,
    method: 'GET',
    url: '/api/costs/rates',
    access: view,
    summary: 'What units cost, every version, latest first',
    reply: { status: 200, schema: z.object({ versions: z.array(ratesVersionSchema) }) },
    handler: (input) => ask(input, { service: 'jobs', contract: costsRpc.listRates, body: {} }),
  });
  const set = defineRoute({
    ...ofOrganisation,
    method: 'PUT',
    url: '/api/costs/rates',
    access: manage,
    summary: 'Set what units cost from now on; what ended before keeps its price',
    body: costRatesSchema,
    example: {
      body: {
        currency: 'EUR',
        tool_hour: 120,
        equipment_hour: { 'IMP-01': 300 },
        compute_hour: 0.4,
        run: 0,
        wafer: 1.5,
        gas_standard_litre: 0.01,
        energy_kwh: 0.25,
      },
    },
    reply: { status: 200, schema: ratesVersionSchema },
    handler: (input) => ask(input, { service: 'jobs', contract: costsRpc.setRates, body: input.body }),
  });
  return [list, set];
}
