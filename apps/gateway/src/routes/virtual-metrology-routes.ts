import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  vmDecisionSchema,
  vmModelSchema,
  vmPredictSchema,
  vmRpc,
  vmStageSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const oneModel = {
  organisation: 'resource',
  tag: 'virtual-metrology',
  params: z.strictObject({ model_id: z.uuid() }),
} as const;

/** Virtual metrology: predictions, and the models that correct them. */
export function virtualMetrologyRoutes(ask: Ask): HttpRoute[] {
  return [
    predict(ask),
    listModels(ask),
    getModel(ask),
    ...modelDecisions.map((decision) => decideModel(ask, decision)),
  ];
}

function predict(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/vm/predict',
    access: { kind: 'permission', anyOf: ['vm:predict'] },
    effect: 'read',
    rate: 'read',
    organisation: 'collection',
    summary:
      'Predict the wafers of a recorded run, or of a recipe: physics, correction, 90 % interval, model',
    tag: 'virtual-metrology',
    body: vmPredictSchema.extend({ process: processId }),
    example: {
      body: {
        process: 'ion',
        recipe: {
          species: 'B',
          energy_kev: 20,
          dose_atoms_cm2: 1e15,
          beam_current_ma: 5,
          scan_speed_mm_s: 50,
        },
        equipment_id: 'IMP-01',
      },
    },
    reply: { status: 200, schema: vmRpc.predict.reply },
    handler: (input) =>
      ask(input, { service: input.body.process, contract: vmRpc.predict, body: input.body }),
  });
}

function listModels(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/vm/models',
    access: { kind: 'permission', anyOf: ['vm:view'] },
    organisation: 'collection',
    summary: 'List the learnt corrections with their stage and what held-back wafers say of them',
    tag: 'virtual-metrology',
    query: z.strictObject({
      process: processId.optional(),
      family: z.string().min(1).max(200).optional(),
      parameter: z.string().min(1).max(64).optional(),
      stage: vmStageSchema.optional(),
      ...limitOffset,
    }),
    reply: { status: 200, schema: z.object({ models: z.array(vmModelSchema), ...listFacts }) },
    async handler(input) {
      const { process, limit, offset, ...filter } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: vmRpc.listModels, body: { ...page, ...filter } }),
      );
      if (!found.ok) return found;
      return accept({ models: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function getModel(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneModel,
    method: 'GET',
    url: '/api/vm/models/:model_id',
    access: { kind: 'permission', anyOf: ['vm:view'] },
    summary: 'A model with its correction, drift watch, versions and history of stages',
    reply: { status: 200, schema: vmRpc.getModel.reply },
    handler: (input) =>
      findAcross((service) => ask(input, { service, contract: vmRpc.getModel, body: input.params })),
  });
}

/** What a person decides of a model, with a reason. */
type ModelDecision = {
  verb: 'promote' | 'retire';
  contract: typeof vmRpc.promoteModel;
  summary: string;
  reason: string;
};

const modelDecisions: readonly ModelDecision[] = [
  {
    verb: 'promote',
    contract: vmRpc.promoteModel,
    summary: 'Let a shadow model count; refused while it is worse than physics on held-back wafers',
    reason: 'Checked against monitor wafers',
  },
  {
    verb: 'retire',
    contract: vmRpc.retireModel,
    summary: 'Take a model out of use; its family learns anew',
    reason: 'The chamber was rebuilt',
  },
];

function decideModel(ask: Ask, { verb, contract, summary, reason }: ModelDecision): HttpRoute {
  return defineRoute({
    ...oneModel,
    method: 'POST',
    url: `/api/vm/models/:model_id/${verb}`,
    access: { kind: 'permission', anyOf: ['vm:manage'] },
    summary,
    body: vmDecisionSchema,
    example: { body: { reason } },
    reply: { status: 200, schema: vmModelSchema },
    async handler(input) {
      const found = await findAcross((service) =>
        ask(input, { service, contract: vmRpc.getModel, body: input.params }),
      );
      if (!found.ok) return found;
      const body = { ...input.params, ...input.body };
      return ask(input, { service: found.value.process, contract, body });
    },
  });
}
