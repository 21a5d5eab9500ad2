import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, approveSopSchema, createSopSchema, processRpc, refuse, sopSchema } from '@spectra/schemas';
import { z } from 'zod';
import { findAcross, listAcross, processesAsked } from '../across-processes.ts';
import type { Ask } from '../ask.ts';
import { processDoors } from '../process-doors.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const processId = z.enum(processDoors.map((door) => door.process));
const oneSop = {
  organisation: 'resource',
  tag: 'sops',
  params: z.strictObject({ sop_id: z.uuid() }),
} as const;

/** Standard operating procedures and their approvals. */
export function sopRoutes(ask: Ask): HttpRoute[] {
  return [listSops(ask), createSop(ask), getSop(ask), approveSop(ask)];
}

function listSops(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/sops',
    access: { kind: 'permission', anyOf: ['sop:view'] },
    organisation: 'collection',
    summary: 'List SOPs with their approvals',
    tag: 'sops',
    query: z.strictObject({ process: processId.optional(), ...limitOffset }),
    reply: { status: 200, schema: z.object({ sops: z.array(sopSchema), ...listFacts }) },
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
    summary: 'A SOP with its limits and approvals',
    reply: { status: 200, schema: sopSchema },
    handler: (input) =>
      findAcross((service) => ask(input, { service, contract: processRpc.getSop, body: input.params })),
  });
}

function approveSop(ask: Ask): HttpRoute {
  return defineRoute({
    ...oneSop,
    method: 'POST',
    url: '/api/sops/:sop_id/approvals',
    access: { kind: 'permission', anyOf: ['sop:approve'] },
    summary: 'Sign a SOP that somebody else wrote, within five minutes of signing in',
    body: approveSopSchema,
    example: { body: { meaning: 'Reviewed and approved', content_hash: 'a'.repeat(64) } },
    reply: { status: 201, schema: sopSchema },
    async handler(input) {
      const { authenticatedAt } = input.principal;
      if (authenticatedAt === null) {
        return refuse('fresh_login_required', 'A program cannot sign; sign in as a person.');
      }
      const found = await findAcross((service) =>
        ask(input, { service, contract: processRpc.getSop, body: input.params }),
      );
      if (!found.ok) return found;
      return ask(input, {
        service: found.value.process,
        contract: processRpc.approveSop,
        body: { ...input.params, ...input.body, authenticated_at: authenticatedAt },
      });
    },
  });
}
