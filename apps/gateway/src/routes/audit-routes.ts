import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept } from '@spectra/schemas';
import { z } from 'zod';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { factsOf, limitOffset, listFacts } from '../views/list-page.ts';

const viewAudit = { kind: 'permission', anyOf: ['audit:view'] } as const;
const entrySchema = z.object({
  seq: z.int(),
  at: z.string(),
  actor: z.string(),
  role: z.string(),
  action: z.string(),
  path: z.string(),
  outcome: z.string(),
  reason: z.string().nullable(),
  trace_id: z.string(),
  address: z.string(),
  body_sha256: z.string().nullable(),
  previous_hash: z.string(),
  hash: z.string(),
});

/** The audit trail of the organisation. */
export function auditRoutes(trail: AuditTrail): HttpRoute[] {
  const list = defineRoute({
    method: 'GET',
    url: '/api/audit',
    access: viewAudit,
    organisation: 'collection',
    summary: 'List what was done, newest first',
    tag: 'audit',
    query: z.strictObject(limitOffset),
    reply: { status: 200, schema: z.object({ entries: z.array(entrySchema), ...listFacts }) },
    async handler({ principal, query }) {
      const found = await trail.list(principal.caller.orgId, query);
      const entries = found.items.map((entry) => ({
        seq: entry.seq,
        at: entry.at,
        actor: entry.actor,
        role: entry.role,
        action: entry.action,
        path: entry.path,
        outcome: entry.outcome,
        reason: entry.reason,
        trace_id: entry.traceId,
        address: entry.address,
        body_sha256: entry.bodySha256,
        previous_hash: entry.previousHash,
        hash: entry.hash,
      }));
      return accept({ entries, ...factsOf(found, query) });
    },
  });
  const verify = defineRoute({
    method: 'GET',
    url: '/api/audit/verification',
    access: viewAudit,
    organisation: 'collection',
    summary: 'Read the whole chain and tell the first entry that was changed, removed or moved',
    tag: 'audit',
    reply: {
      status: 200,
      schema: z.object({ entries: z.int(), intact: z.boolean(), first_break: z.int().nullable() }),
    },
    async handler({ principal }) {
      const { entries, firstBreak } = await trail.verify(principal.caller.orgId);
      return accept({ entries, intact: firstBreak === null, first_break: firstBreak });
    },
  });
  return [list, verify];
}
