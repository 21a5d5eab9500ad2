import { createHash } from 'node:crypto';
import type { AuditFact, Evidence } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The chain of each organisation is whole, and every change that was answered was first written down, once. */
export const auditTrail: Invariant = {
  id: 'I8',
  promise: 'the audit chain verifies, one row per state-changing call',
  check(evidence) {
    const chains = Map.groupBy(evidence.audit, (entry) => entry.orgId);
    return [
      ...[...chains].flatMap(([orgId, entries]) => chainBreaches(orgId, entries)),
      ...callBreaches(evidence),
    ];
  },
};

function chainBreaches(orgId: string, entries: readonly AuditFact[]): string[] {
  let previous = '0'.repeat(64);
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== index + 1) return [`audit of ${orgId}: entry ${index + 1} is missing`];
    if (entry.previousHash !== previous)
      return [`audit of ${orgId}: entry ${entry.seq} does not follow its neighbour`];
    if (entry.hash !== hashOf(entry)) return [`audit of ${orgId}: entry ${entry.seq} was changed`];
    previous = entry.hash;
  }
  return [];
}

/** The same fields in the same order as the trail writes them; told here again, so that a change there shows here. */
function hashOf(entry: AuditFact): string {
  const { orgId, seq, at, actor, role, action, path, outcome, traceId, address, bodySha256, previousHash } =
    entry;
  const reason = entry.reason ?? null;
  const text = [
    orgId,
    seq,
    at,
    actor,
    role,
    action,
    path,
    outcome,
    traceId,
    address,
    bodySha256,
    previousHash,
    ...(reason === null ? [] : [reason]),
  ];
  return createHash('sha256').update(JSON.stringify(text)).digest('hex');
}

function callBreaches({ calls, audit }: Evidence): string[] {
  const requested = Map.groupBy(
    audit.filter((entry) => entry.outcome === 'requested'),
    (entry) => entry.traceId,
  );
  return calls.flatMap((call) => {
    const changed = changing.has(call.method) && call.status !== null && call.status < 300;
    // Signing in is written by the sessions themselves, under its own action.
    if (!changed || call.path.startsWith('/api/auth/')) return [];
    const rows = requested.get(call.traceId)?.length ?? 0;
    return rows === 1
      ? []
      : [`${call.method} ${call.path} was answered ${call.status} and has ${rows} audit rows`];
  });
}
