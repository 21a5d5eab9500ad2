import { describe, expect, it } from 'vitest';
import { chained, chainStart, firstBreak, type AuditEntry } from './audit-hash.ts';

const chainOf = (length: number): AuditEntry[] => {
  const entries: AuditEntry[] = [];
  for (let index = 0; index < length; index += 1) {
    const facts = {
      orgId: 'o',
      at: '2026-01-01T00:00:00.000Z',
      actor: `user ${index}`,
      role: 'admin',
      action: 'POST /x',
      path: '/x',
      outcome: 'requested',
      reason: index % 2 === 0 ? null : 'permission_denied: no',
      traceId: 't',
      address: '127.0.0.1',
      bodySha256: null,
    };
    entries.push(chained(facts, entries.at(-1) ?? { seq: 0, hash: chainStart }));
  }
  return entries;
};

describe('the audit chain', () => {
  it('is whole as written, also when empty', () => {
    expect(firstBreak(chainOf(20))).toBeNull();
    expect(firstBreak([])).toBeNull();
  });

  it('breaks at an entry in which any one field was changed', () => {
    const fields = Object.keys(chainOf(1)[0] ?? {}) as (keyof AuditEntry)[];
    expect(fields).toHaveLength(14);
    for (const field of fields) {
      const changed = chainOf(5).map((entry, index) =>
        index === 2 ? { ...entry, [field]: field === 'seq' ? 99 : 'changed' } : entry,
      );
      expect(firstBreak(changed), field).toBe(3);
    }
  });

  it('breaks where an entry was removed', () => {
    for (const removed of [0, 2, 3]) {
      expect(firstBreak(chainOf(5).filter((_entry, index) => index !== removed))).toBe(removed + 1);
    }
  });

  it('breaks where entries were exchanged', () => {
    const entries = chainOf(5);
    [entries[1], entries[3]] = [entries[3] as AuditEntry, entries[1] as AuditEntry];
    expect(firstBreak(entries)).toBe(2);
  });

  it('breaks where a changed entry was given a new hash of its own', () => {
    const entries = chainOf(5);
    const [first, second] = entries;
    if (first === undefined || second === undefined) throw new Error('too short');
    const { seq: _seq, previousHash: _previous, hash: _hash, ...facts } = second;
    entries[1] = chained({ ...facts, actor: 'somebody else' }, first);
    expect(firstBreak(entries)).toBe(3);
  });
});
