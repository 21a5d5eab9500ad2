import type { Change, Gates } from '@spectra/http-kit';
import type { Clock, Logger } from '@spectra/service-kit';
import { canonicalSha256 } from '../canonical-json.ts';
import type { AuditFacts } from './audit-hash.ts';
import type { AuditTrail } from './audit-trail.ts';

/**
 * Two entries for each change: what was asked for, committed before anything is done, and how it was answered.
 * A request without the second entry was cut off in the middle.
 */
export function auditGates(
  trail: AuditTrail,
  clock: Clock,
  logger: Logger,
): Required<Pick<Gates, 'beforeChange' | 'afterChange'>> {
  const facts = (change: Change, outcome: string): AuditFacts => ({
    orgId: change.principal.caller.orgId,
    at: new Date(clock.nowMs()).toISOString(),
    actor: change.principal.caller.userId,
    role: change.principal.caller.role,
    action: `${change.route.method} ${change.route.url}`,
    path: change.path,
    outcome,
    traceId: change.traceId,
    address: change.address,
    bodySha256: change.body === undefined ? null : canonicalSha256(change.body),
  });
  return {
    beforeChange: (change) => trail.append(facts(change, 'requested')),
    afterChange: (change, status) => {
      trail.append(facts(change, String(status))).catch((error: unknown) => {
        logger.error({ err: error, trace_id: change.traceId }, 'the answer to a change was not audited');
      });
    },
  };
}
