import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  calibrationFilterSchema,
  calibrationSchema,
  createCalibrationSchema,
  processRpc,
  revokeCalibrationSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { askOwner, findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

/** Calibrations of tools. */
export function calibrationRoutes(ask: Ask): HttpRoute[] {
  return [listCalibrations(ask), createCalibration(ask), getCalibration(ask), revokeCalibration(ask)];
}

function listCalibrations(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/calibrations',
    access: { kind: 'permission', anyOf: ['calibration:view'] },
    organisation: 'collection',
    summary: 'List calibrations with their present state: the history of a tool, or all in one state',
    tag: 'equipment',
    query: z.strictObject({
      process: z.enum(processDoors.map((door) => door.process)).optional(),
      ...calibrationFilterSchema.shape,
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ calibrations: z.array(calibrationSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: processRpc.listCalibrations, body: { ...page, ...filter } }),
      );
      if (!found.ok) return found;
      return accept({ calibrations: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function createCalibration(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/calibrations',
    access: { kind: 'permission', anyOf: ['calibration:create'] },
    organisation: 'collection',
    summary: 'Record a calibration of a tool',
    tag: 'equipment',
    body: createCalibrationSchema,
    example: {
      body: {
        equipment_id: 'IMP-01',
        type: 'dose',
        performed_at: '2026-01-01T00:00:00Z',
        valid_until: '2026-07-01T00:00:00Z',
      },
    },
    reply: { status: 201, schema: calibrationSchema },
    async handler(input) {
      const tool = await findAcross((service) =>
        ask(input, {
          service,
          contract: processRpc.getEquipment,
          body: { equipment_id: input.body.equipment_id },
        }),
      );
      if (!tool.ok) return tool;
      return ask(input, {
        service: tool.value.process,
        contract: processRpc.createCalibration,
        body: input.body,
      });
    },
  });
}

/** One calibration, by its id. */
const oneCalibration = {
  organisation: 'resource',
  tag: 'equipment',
  params: z.strictObject({ calibration_id: z.uuid() }),
} as const;

function getCalibration(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneCalibration,
    method: 'GET',
    url: '/api/calibrations/:calibration_id',
    access: { kind: 'permission', anyOf: ['calibration:view'] },
    summary: 'A calibration with its present state',
    reply: { status: 200, schema: calibrationSchema },
    handler: (input) =>
      findAcross((service) =>
        ask(input, { service, contract: processRpc.getCalibration, body: input.params }),
      ),
  });
}

function revokeCalibration(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneCalibration,
    method: 'POST',
    url: '/api/calibrations/:calibration_id/revoke',
    access: { kind: 'permission', anyOf: ['calibration:create'] },
    summary: 'Take a calibration back; it never counts again',
    body: revokeCalibrationSchema,
    example: { body: { reason: 'The standard was out of tolerance' } },
    reply: { status: 200, schema: calibrationSchema },
    handler(input) {
      const owner = findAcross((service) =>
        ask(input, { service, contract: processRpc.getCalibration, body: input.params }),
      );
      const body = { ...input.params, ...input.body };
      return askOwner(owner, (service) =>
        ask(input, { service, contract: processRpc.revokeCalibration, body }),
      );
    },
  });
}
