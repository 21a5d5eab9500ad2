import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  measuredParameterSchema,
  measurementsOf,
  metrologyRecordSchema,
  metrologyRpc,
  postMetrologySchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const idText = z.string().min(1).max(64);

/** Measurements of wafers. */
export function metrologyRoutes(ask: Ask): HttpRoute[] {
  return [postMetrology(ask), listMetrology(ask), listParameters(ask)];
}

function postMetrology(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/metrology',
    access: { kind: 'permission', anyOf: ['metrology:create'] },
    organisation: 'collection',
    summary: 'Store one measurement or a list of them; the same one again changes nothing',
    tag: 'metrology',
    body: postMetrologySchema,
    example: {
      body: {
        process: 'ion',
        wafer_id: 'W12345',
        parameter: 'sheet_resistance_ohm_sq',
        value: 85.2,
        uncertainty: 0.4,
        tool: '4PP-1',
        measured_at: '2026-01-01T00:00:00Z',
      },
    },
    reply: { status: 201, schema: metrologyRpc.record.reply },
    handler: (input) =>
      ask(input, {
        service: input.body.process,
        contract: metrologyRpc.record,
        body: {
          measurements: measurementsOf(input.body),
          listed: input.body.measurements !== undefined,
        },
      }),
  });
}

function listMetrology(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/metrology',
    access: { kind: 'permission', anyOf: ['metrology:view'] },
    organisation: 'collection',
    summary: 'List measurements, the last measured first',
    tag: 'metrology',
    query: z.strictObject({
      process: processId.optional(),
      wafer_id: idText.optional(),
      lot_id: idText.optional(),
      run_id: idText.optional(),
      parameter: idText.optional(),
      from: z.iso.datetime({ offset: true }).optional(),
      to: z.iso.datetime({ offset: true }).optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ measurements: z.array(metrologyRecordSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: metrologyRpc.list, body: { ...page, ...filter } }),
      );
      if (!found.ok) return found;
      return accept({ measurements: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function listParameters(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/metrology/parameters',
    access: { kind: 'permission', anyOf: ['metrology:view'] },
    organisation: 'none',
    summary: 'What is measured of a process’s wafers: units and plausible limits',
    tag: 'metrology',
    query: z.strictObject({ process: processId }),
    example: { query: { process: 'ion' } },
    reply: { status: 200, schema: z.object({ parameters: z.array(measuredParameterSchema) }) },
    handler: (input) =>
      ask(input, { service: input.query.process, contract: metrologyRpc.parameters, body: {} }),
  });
}
