import { createHash } from 'node:crypto';

/** What an audit entry says; the chain is made over exactly these fields. */
export type AuditFacts = {
  orgId: string;
  at: string;
  actor: string;
  role: string;
  action: string;
  path: string;
  outcome: string;
  /** Why it was refused; null for everything else. */
  reason: string | null;
  traceId: string;
  address: string;
  bodySha256: string | null;
};

/** An entry in its place in the chain of its organisation. */
export type AuditEntry = AuditFacts & { seq: number; previousHash: string; hash: string };

/** What stands before the first entry of an organisation. */
export const chainStart = '0'.repeat(64);

/** Puts facts at the end of a chain. */
export function chained(facts: AuditFacts, end: { seq: number; hash: string }): AuditEntry {
  const placed = { ...facts, seq: end.seq + 1, previousHash: end.hash };
  return { ...placed, hash: hashOfEntry(placed) };
}

/** Sequence number of the first entry that was changed, removed before, or moved; null for a whole chain. */
export function firstBreak(entries: readonly AuditEntry[]): number | null {
  let end = { seq: 0, hash: chainStart };
  for (const entry of entries) {
    const intact =
      entry.seq === end.seq + 1 && entry.previousHash === end.hash && entry.hash === hashOfEntry(entry);
    if (!intact) return end.seq + 1;
    end = entry;
  }
  return null;
}

function hashOfEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const text = JSON.stringify([
    entry.orgId,
    entry.seq,
    entry.at,
    entry.actor,
    entry.role,
    entry.action,
    entry.path,
    entry.outcome,
    entry.traceId,
    entry.address,
    entry.bodySha256,
    entry.previousHash,
    // Only where there is one, so that entries from before there were reasons keep their hash.
    ...(entry.reason === null ? [] : [entry.reason]),
  ]);
  return createHash('sha256').update(text).digest('hex');
}
