import { defineRoute, requiredQueryInteger, type HttpRoute, type Principal } from '@spectra/http-kit';
import { anyToolPermission } from '@spectra/policy';
import {
  accept,
  fillTemplate,
  jobStatusSchema,
  refuse,
  templateFaults,
  templateParametersSchema,
  templateSchema,
  templatesRpc,
  templateValuesSchema,
  workRequestSchema,
  type Result,
  type TemplateParameters,
  type TemplateValues,
  type WorkOrder,
  type WorkRequest,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { startWork, workOrderOf } from '../work-order.ts';

const versionMax = 1_000_000;
const params = z.strictObject({ template_id: z.uuid() });
const oneTemplate = { organisation: 'resource', tag: 'templates', params } as const;
const view = { kind: 'permission', anyOf: ['recipe:view'] } as const;
const write = { kind: 'permission', anyOf: ['recipe:create'] } as const;

const contentFields = {
  description: z.string().max(2000).default(''),
  request: workRequestSchema,
  parameters: templateParametersSchema.default({}),
};
const example = {
  request: {
    kind: 'run',
    process: 'ion',
    body: {
      species: 'P',
      energy_kev: 40,
      dose_atoms_cm2: '{{dose}}',
      beam_current_ma: 5,
      scan_speed_mm_s: 50,
      wafer_id: '{{wafer}}',
    },
  },
  parameters: {
    dose: { type: 'number', minimum: 1e14, maximum: 2e15, default: 1e15 },
    wafer: { type: 'string' },
  },
};

/** Named requests with placeholders, and runs and jobs made from them. */
export function templateRoutes(ask: Ask): HttpRoute[] {
  return [...writeRoutes(ask), ...readRoutes(ask), useTemplate(ask)];
}

function writeRoutes(ask: Ask): HttpRoute[] {
  const create = defineRoute({
    method: 'POST',
    url: '/api/templates',
    access: write,
    organisation: 'collection',
    summary: 'Keep a request with placeholders under a name',
    tag: 'templates',
    body: z.strictObject({ name: z.string().min(1).max(100), ...contentFields }),
    example: { body: { name: 'Source/drain', ...example } },
    reply: { status: 201, schema: templateSchema },
    async handler(input) {
      const sound = checkContent(input.principal, input.body);
      if (!sound.ok) return sound;
      return ask(input, { service: 'jobs', contract: templatesRpc.createTemplate, body: input.body });
    },
  });
  const addVersion = defineRoute({
    ...oneTemplate,
    method: 'POST',
    url: '/api/templates/:template_id/versions',
    access: write,
    summary: 'Give a template a further version; the earlier ones stay',
    body: z.strictObject(contentFields),
    example: { body: example },
    reply: { status: 201, schema: templateSchema },
    async handler(input) {
      const sound = checkContent(input.principal, input.body);
      if (!sound.ok) return sound;
      const body = { ...input.params, ...input.body };
      return ask(input, { service: 'jobs', contract: templatesRpc.addTemplateVersion, body });
    },
  });
  const retire = defineRoute({
    ...oneTemplate,
    method: 'DELETE',
    url: '/api/templates/:template_id',
    access: write,
    summary: 'Take a template out of use; its versions stay readable',
    reply: { status: 200, schema: templateSchema },
    handler: (input) =>
      ask(input, { service: 'jobs', contract: templatesRpc.retireTemplate, body: input.params }),
  });
  return [create, addVersion, retire];
}

function readRoutes(ask: Ask): HttpRoute[] {
  const list = defineRoute({
    method: 'GET',
    url: '/api/templates',
    access: view,
    organisation: 'collection',
    summary: 'List the templates in use, each in its latest version, by name',
    tag: 'templates',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ templates: z.array(templateSchema), ...listFacts }) },
    async handler(input) {
      const found = await ask(input, {
        service: 'jobs',
        contract: templatesRpc.listTemplates,
        body: input.query,
      });
      if (!found.ok) return found;
      return accept({ templates: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
  const get = defineRoute({
    ...oneTemplate,
    method: 'GET',
    url: '/api/templates/:template_id',
    access: view,
    summary: 'A template, in its latest version or the one asked for',
    query: z.strictObject({ version: requiredQueryInteger({ minimum: 1, maximum: versionMax }).optional() }),
    reply: { status: 200, schema: templateSchema },
    handler: (input) => readTemplate(ask, input, { ...input.params, version: input.query.version }),
  });
  const versions = defineRoute({
    ...oneTemplate,
    method: 'GET',
    url: '/api/templates/:template_id/versions',
    access: view,
    summary: 'Every version of a template, latest first',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ versions: z.array(templateSchema), ...listFacts }) },
    async handler(input) {
      const found = await ask(input, {
        service: 'jobs',
        contract: templatesRpc.listTemplateVersions,
        body: { ...input.params, ...input.query },
      });
      if (!found.ok) return found;
      return accept({ versions: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
  return [list, get, versions];
}

function useTemplate(ask: Ask): HttpRoute {
  const createRuns = processDoors.map((door) => door.permissions.createRun);
  return defineRoute({
    ...oneTemplate,
    method: 'POST',
    url: '/api/templates/:template_id/instantiate',
    access: { kind: 'permission', anyOf: [...anyToolPermission, ...createRuns] },
    repeats: 'handed_on',
    summary:
      'Fill a template and queue the run or job that it describes; asks for the permission of that request',
    body: z.strictObject({
      version: z.int().min(1).max(versionMax).optional(),
      parameters: templateValuesSchema.default({}),
    }),
    example: { body: { parameters: { wafer: 'W1' } } },
    reply: {
      status: 202,
      schema: z.object({
        template_id: z.uuid(),
        version: z.int(),
        job_id: z.uuid(),
        run_id: z.string().nullable(),
        status: jobStatusSchema,
        position_in_queue: z.int().nullable(),
        links: z.record(z.string(), z.string()),
      }),
    },
    async handler(input) {
      const order = await orderFromTemplate(ask, input, { ...input.params, ...input.body, path: 'request' });
      if (!order.ok) return order;
      const { version, work } = order.value;
      const started = await startWork(ask, input, work);
      if (!started.ok) return started;
      const { job_id, run_id, status, position_in_queue } = started.value;
      const links = { job: `/api/jobs/${job_id}`, logs: `/api/jobs/${job_id}/logs` };
      return accept({ ...input.params, version, job_id, run_id, status, position_in_queue, links });
    },
  });
}

type Asker = { principal: Principal; traceparent: string };

/** The order that a template with these values describes; refused where either does not fit. */
export async function orderFromTemplate(
  ask: Ask,
  asker: Asker,
  wanted: { template_id: string; version?: number | undefined; parameters: TemplateValues; path: string },
): Promise<Result<{ version: number; work: WorkOrder }>> {
  const found = await readTemplate(ask, asker, wanted);
  if (!found.ok) return found;
  const { request, parameters, version, retired_at } = found.value;
  if (retired_at !== null) return refuse('conflict', 'This template was taken out of use.');
  const filled = fillTemplate(request.body, parameters, wanted.parameters);
  if (!filled.ok) return filled;
  const work = workOrderOf(asker.principal.caller, { ...request, body: filled.value }, wanted.path);
  return work.ok ? accept({ version, work: work.value }) : work;
}

function readTemplate(ask: Ask, asker: Asker, wanted: { template_id: string; version?: number | undefined }) {
  const { template_id, version } = wanted;
  const body = { template_id, version };
  return ask(asker, { service: 'jobs', contract: templatesRpc.getTemplate, body });
}

/** Placeholders and parameters must fit; where every parameter has a default, the filled request is parsed as well. */
function checkContent(
  principal: Principal,
  { request, parameters }: { request: WorkRequest; parameters: TemplateParameters },
): Result<unknown> {
  const faults = templateFaults(request.body, parameters);
  if (faults.length > 0) {
    const told = faults.slice(0, 3).map((fault) => `${fault.path}: ${fault.message}`);
    return refuse('validation_failed', told.join('; '), faults);
  }
  const open = Object.values(parameters).some((parameter) => parameter.default === undefined);
  const filled = open ? null : fillTemplate(request.body, parameters, {});
  if (filled === null || !filled.ok) return filled ?? accept(null);
  return workOrderOf(principal.caller, { ...request, body: filled.value }, 'request');
}
