import { defineRoute, queryBoolean, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  detectedWaferSchema,
  detectionFilterFields,
  detectionModelSchema,
  detectionRpc,
  detectionStageSchema,
  learnDetectionSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const seeModels = { kind: 'permission', anyOf: ['spc:view_charts'] } as const;
const changeModels = { kind: 'permission', anyOf: ['spc:manage_limits'] } as const;
const oneModel = {
  organisation: 'resource',
  tag: 'fdc',
  params: z.strictObject({ model_id: z.uuid() }),
} as const;

/** Detection across channels: what it learnt, and what it says of wafers. */
export function detectionRoutes(ask: Ask): HttpRoute[] {
  return [
    listModels(ask),
    learnModel(ask),
    getModel(ask),
    setStage(ask, {
      verb: 'activate',
      stage: 'active',
      summary: 'Let a model alarm, in place of the one before',
    }),
    setStage(ask, { verb: 'retire', stage: 'retired', summary: 'Put a model aside' }),
    listWafers(ask),
  ];
}

function listModels(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/fdc/models',
    access: seeModels,
    organisation: 'collection',
    summary: 'Detection models by tool and recipe family, the newest first',
    tag: 'fdc',
    query: z.strictObject({
      process: processId.optional(),
      ...detectionFilterFields,
      stage: detectionStageSchema.optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ models: z.array(detectionModelSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: detectionRpc.listModels, body: { ...filter, ...page } }),
      );
      if (!found.ok) return found;
      return accept({ models: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function learnModel(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/fdc/models',
    access: changeModels,
    organisation: 'collection',
    summary: 'Learn the next version of a model from the newest good wafers of a tool and family',
    tag: 'fdc',
    body: learnDetectionSchema.extend({ process: processId }),
    example: { body: { process: 'ion', equipment_id: 'IMP-01', family: 'P 40 keV, 1.0e+15 cm⁻², 5 mA' } },
    reply: { status: 201, schema: detectionModelSchema },
    handler: (input) => {
      const { process: service, ...body } = input.body;
      return ask(input, { service, contract: detectionRpc.learnModel, body });
    },
  });
}

function getModel(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneModel,
    method: 'GET',
    url: '/api/fdc/models/:model_id',
    access: seeModels,
    summary: 'A detection model: what it learnt from, its limits, and how it has done since',
    reply: { status: 200, schema: detectionModelSchema },
    handler: (input) =>
      findAcross((service) => ask(input, { service, contract: detectionRpc.getModel, body: input.params })),
  });
}

function setStage(
  ask: Ask,
  { verb, stage, summary }: { verb: string; stage: 'active' | 'retired'; summary: string },
): HttpRoute {
  return defineRoute({
    ...oneModel,
    method: 'POST',
    url: `/api/fdc/models/:model_id/${verb}`,
    access: changeModels,
    summary,
    reply: { status: 200, schema: detectionModelSchema },
    async handler(input) {
      const found = await findAcross((service) =>
        ask(input, { service, contract: detectionRpc.getModel, body: input.params }),
      );
      if (!found.ok) return found;
      const body = { ...input.params, stage };
      return ask(input, { service: found.value.process, contract: detectionRpc.setStage, body });
    },
  });
}

function listWafers(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/fdc/wafers',
    access: seeModels,
    organisation: 'collection',
    summary: 'Wafers with T² and SPE of their channels, and which channels put them there',
    tag: 'fdc',
    query: z.strictObject({
      process: processId.optional(),
      ...detectionFilterFields,
      run_id: z.string().min(1).max(64).optional(),
      faulty: queryBoolean.optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ wafers: z.array(detectedWaferSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: detectionRpc.listWafers, body: { ...filter, ...page } }),
      );
      if (!found.ok) return found;
      return accept({ wafers: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}
