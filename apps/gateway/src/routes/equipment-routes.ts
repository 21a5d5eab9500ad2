import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  createEquipmentSchema,
  equipmentEventSchema,
  equipmentSchema,
  processRpc,
  setEquipmentStatusSchema,
  simulatorSettingsSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { askOwner, findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const oneTool = {
  organisation: 'resource',
  tag: 'equipment',
  params: z.strictObject({ equipment_id: z.string().min(1).max(64) }),
} as const;

/** Tools of every process. */
export function equipmentRoutes(ask: Ask): HttpRoute[] {
  return [
    listEquipment(ask),
    createEquipment(ask),
    getEquipment(ask),
    setSimulator(ask),
    setStatus(ask),
    listEvents(ask),
  ];
}

function listEquipment(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/equipment',
    access: { kind: 'permission', anyOf: ['equipment:view'] },
    organisation: 'collection',
    summary: 'List tools',
    tag: 'equipment',
    query: z.strictObject({ process: processId.optional(), ...limitOffset }),
    reply: { status: 200, schema: z.object({ equipment: z.array(equipmentSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: processRpc.listEquipment, body: page }),
      );
      if (!found.ok) return found;
      return accept({ equipment: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function createEquipment(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/equipment',
    access: { kind: 'permission', anyOf: ['equipment:manage'] },
    organisation: 'collection',
    summary: 'Add a tool',
    tag: 'equipment',
    body: createEquipmentSchema.extend({ process: processId }),
    example: { body: { process: 'ion', equipment_id: 'IMP-09', name: 'Implanter 9' } },
    reply: { status: 201, schema: equipmentSchema },
    handler: (input) =>
      ask(input, {
        service: input.body.process,
        contract: processRpc.createEquipment,
        body: input.body,
      }),
  });
}

function getEquipment(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneTool,
    method: 'GET',
    url: '/api/equipment/:equipment_id',
    access: { kind: 'permission', anyOf: ['equipment:view'] },
    summary: 'A tool with its calibrations and those that it lacks',
    reply: { status: 200, schema: processRpc.getEquipment.reply },
    handler: (input) =>
      findAcross((service) => ask(input, { service, contract: processRpc.getEquipment, body: input.params })),
  });
}

function setSimulator(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneTool,
    method: 'PUT',
    url: '/api/equipment/:equipment_id/simulator',
    access: { kind: 'permission', anyOf: ['equipment:manage'] },
    summary: 'Noise and faults that a simulated tool plays',
    body: simulatorSettingsSchema,
    example: { body: { noise_scale: 1, faults: [] } },
    reply: { status: 200, schema: equipmentSchema },
    handler: (input) =>
      askOwner(owner(ask, input), (service) =>
        ask(input, {
          service,
          contract: processRpc.setSimulator,
          body: { ...input.params, simulator: input.body },
        }),
      ),
  });
}

function setStatus(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneTool,
    method: 'POST',
    url: '/api/equipment/:equipment_id/status',
    access: { kind: 'permission', anyOf: ['equipment:manage'] },
    summary: 'Bring a tool into service, out of service or into maintenance, with the reason',
    body: setEquipmentStatusSchema,
    example: { body: { status: 'maintenance', reason: 'Source change' } },
    reply: { status: 200, schema: equipmentSchema },
    handler: (input) =>
      askOwner(owner(ask, input), (service) =>
        ask(input, {
          service,
          contract: processRpc.setEquipmentStatus,
          body: { ...input.params, ...input.body },
        }),
      ),
  });
}

function listEvents(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneTool,
    method: 'GET',
    url: '/api/equipment/:equipment_id/events',
    access: { kind: 'permission', anyOf: ['equipment:view'] },
    summary: 'What happened to a tool: each change of its state with who and why, newest first',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ events: z.array(equipmentEventSchema), ...listFacts }) },
    async handler(input) {
      const body = { ...input.params, ...input.query };
      const found = await askOwner(owner(ask, input), (service) =>
        ask(input, { service, contract: processRpc.listEquipmentEvents, body }),
      );
      if (!found.ok) return found;
      return accept({ events: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
}

/** Which process has the tool. */
function owner(ask: Ask, input: Parameters<Ask>[0] & { params: { equipment_id: string } }) {
  return findAcross((service) =>
    ask(input, { service, contract: processRpc.getEquipment, body: input.params }),
  );
}
