import type { Change, Gates } from '@spectra/http-kit';
import type { Refusal } from '@spectra/schemas';
import type { Clock, Logger } from '@spectra/service-kit';
import { canonicalSha256 } from '../canonical-json.ts';
import type { AuditFacts } from './audit-hash.ts';
import type { AuditTrail } from './audit-trail.ts';

const reasonLengthMax = 500;

/**
 * Two entries for each change: what was asked for, committed before anything is done, and how it was answered. A
 * request without the second entry was cut off in the middle. What was refused before it began has only the second;
 * every refusal says why.
 */
export function auditGates(
  trail: AuditTrail,
  clock: Clock,
  logger: Logger,
): Required<Pick<Gates, 'beforeChange' | 'afterChange' | 'refusedChange'>> {
  const bodyHashes = new WeakMap<Change, string>();
  /** Both entries of a change name its body; it is hashed for the first. */
  const hashOfBody = (change: Change): string | null => {
    if (change.body === undefined) return null;
    const hash = bodyHashes.get(change) ?? canonicalSha256(change.body);
    bodyHashes.set(change, hash);
    return hash;
  };
  const facts = (change: Change, outcome: string, refusal: Refusal | null): AuditFacts => ({
    orgId: change.principal.caller.orgId,
    at: new Date(clock.nowMs()).toISOString(),
    actor: change.principal.caller.userId,
    role: change.principal.caller.role,
    action: `${change.route.method} ${change.route.url}`,
    path: change.path,
    outcome,
    reason: refusal === null ? null : `${refusal.code}: ${refusal.detail}`.slice(0, reasonLengthMax),
    traceId: change.traceId,
    address: change.address,
    bodySha256: hashOfBody(change),
  });
  const appendAnswer = (change: Change, status: number, refusal: Refusal | null): void => {
    trail.append(facts(change, String(status), refusal)).catch((error: unknown) => {
      logger.error({ err: error, trace_id: change.traceId }, 'the answer to a change was not audited');
    });
  };
  return {
    beforeChange: (change) => trail.append(facts(change, 'requested', null)),
    afterChange: appendAnswer,
    refusedChange: appendAnswer,
  };
}
