import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  accept,
  createSopSchema,
  createSopVersionSchema,
  processRpc,
  refuseVersionSchema,
  signVersionSchema,
  sopSchema,
} from '@spectra/schemas';
import { z } from 'zod';
import { askOwner, findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { signedBy } from '../signed-by.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';
import { queryVersion } from '../views/query-version.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const oneSop = {
  organisation: 'resource',
  tag: 'sops',
  params: z.strictObject({ sop_id: z.uuid() }),
} as const;
const sopList = z.object({ sops: z.array(sopSchema), ...listFacts });

/** Standard operating procedures, their versions and their approvals. */
export function sopRoutes(ask: Ask): HttpRoute[] {
  const find = sopFinder(ask);
  return [
    listSops(ask),
    createSop(ask),
    getSop(ask),
    listVersions(ask, find),
    createVersion(ask, find),
    approveSop(ask, find),
    ...decisions(ask, find),
  ];
}

type Asker = Parameters<Ask>[0];
type Params = { sop_id: string };
type Find = ReturnType<typeof sopFinder>;

/** Which process has the SOP. */
function sopFinder(ask: Ask) {
  return (asker: Asker, params: Params) =>
    findAcross((service) => ask(asker, { service, contract: processRpc.getSop, body: params }));
}

function listSops(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/sops',
    access: { kind: 'permission', anyOf: ['sop:view'] },
    organisation: 'collection',
    summary: 'List SOPs in their newest version, with its approvals',
    tag: 'sops',
    query: z.strictObject({ process: processId.optional(), ...limitOffset }),
    reply: { status: 200, schema: sopList },
    async handler(input) {
      const { process, limit, offset } = input.query;
      const found = await listAcross(processesAsked(process), { limit, offset }, (service, page) =>
        ask(input, { service, contract: processRpc.listSops, body: page }),
      );
      if (!found.ok) return found;
      return accept({ sops: found.value.items, ...factsOf(found.value, { limit, offset }) });
    },
  });
}

function createSop(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/sops',
    access: { kind: 'permission', anyOf: ['sop:create'] },
    organisation: 'collection',
    summary: 'Write a SOP; it counts once others have approved it',
    tag: 'sops',
    body: createSopSchema.extend({ process: processId }),
    example: { body: { process: 'ion', title: 'Phosphorus implants', hazard_class: 'medium' } },
    reply: { status: 201, schema: sopSchema },
    handler: (input) =>
      ask(input, { service: input.body.process, contract: processRpc.createSop, body: input.body }),
  });
}

function getSop(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneSop,
    method: 'GET',
    url: '/api/sops/:sop_id',
    access: { kind: 'permission', anyOf: ['sop:view'] },
    summary: 'A SOP with its limits and approvals: its newest version, or the one that is named',
    query: z.strictObject({ version: queryVersion.optional() }),
    reply: { status: 200, schema: sopSchema },
    handler: (input) =>
      findAcross((service) =>
        ask(input, { service, contract: processRpc.getSop, body: { ...input.params, ...input.query } }),
      ),
  });
}

function listVersions(ask: Ask, find: Find): HttpRoute {
  return defineRoute({
    ...oneSop,
    method: 'GET',
    url: '/api/sops/:sop_id/versions',
    access: { kind: 'permission', anyOf: ['sop:view'] },
    summary: 'All versions of a SOP, newest first, with every signature that was ever given',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: sopList },
    async handler(input) {
      const body = { ...input.params, ...input.query };
      const found = await askOwner(find(input, input.params), (service) =>
        ask(input, { service, contract: processRpc.listSopVersions, body }),
      );
      if (!found.ok) return found;
      return accept({ sops: found.value.items, ...factsOf(found.value, input.query) });
    },
  });
}

function createVersion(ask: Ask, find: Find): HttpRoute {
  return defineRoute({
    ...oneSop,
    method: 'POST',
    url: '/api/sops/:sop_id/versions',
    access: { kind: 'permission', anyOf: ['sop:create'] },
    summary: 'Write the next version; what is given changes, and signatures under an open version are voided',
    body: createSopVersionSchema,
    example: { body: { hazard_class: 'high', comment: 'Toxic gas cabinet moved' } },
    reply: { status: 201, schema: sopSchema },
    handler: (input) =>
      askOwner(find(input, input.params), (service) =>
        ask(input, {
          service,
          contract: processRpc.createSopVersion,
          body: { ...input.params, ...input.body },
        }),
      ),
  });
}

function approveSop(ask: Ask, find: Find): HttpRoute {
  return defineRoute({
    ...oneSop,
    method: 'POST',
    url: '/api/sops/:sop_id/approvals',
    access: { kind: 'permission', anyOf: ['sop:approve'] },
    summary: 'Sign a SOP that somebody else wrote, within five minutes of signing in',
    body: signVersionSchema,
    example: { body: { meaning: 'Reviewed and approved', content_hash: 'a'.repeat(64) } },
    reply: { status: 201, schema: sopSchema },
    async handler(input) {
      const signed = signedBy(input.principal);
      if (!signed.ok) return signed;
      const body = { ...input.params, ...input.body, ...signed.value };
      return askOwner(find(input, input.params), (service) =>
        ask(input, { service, contract: processRpc.approveSop, body }),
      );
    },
  });
}

/** Turning down, and taking out of use; both say why. */
function decisions(ask: Ask, find: Find): HttpRoute[] {
  const both = [
    {
      verb: 'reject',
      contract: processRpc.rejectSop,
      summary: 'Turn an open version down; its signatures are voided',
    },
    {
      verb: 'retire',
      contract: processRpc.retireSop,
      summary: 'Take one version, or the whole SOP, out of use',
    },
  ] as const;
  return both.map(({ verb, contract, summary }) =>
    defineRoute({
      ...oneSop,
      method: 'POST',
      url: `/api/sops/:sop_id/${verb}`,
      access: { kind: 'permission', anyOf: ['sop:approve'] },
      summary,
      body: refuseVersionSchema,
      example: { body: { reason: 'Replaced by the new procedure' } },
      reply: { status: 200, schema: sopSchema },
      handler: (input) =>
        askOwner(find(input, input.params), (service) =>
          ask(input, { service, contract, body: { ...input.params, ...input.body } }),
        ),
    }),
  );
}
