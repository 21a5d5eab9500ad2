import type { Database, Transaction } from '@spectra/database';
import { asc, count, desc, eq, sql } from 'drizzle-orm';
import { auditEntries } from '../store/tables.ts';
import { chained, chainStart, firstBreak, type AuditEntry, type AuditFacts } from './audit-hash.ts';

export type AuditTrail = {
  /** Resolves once the entry is committed; rejects when it could not be written. */
  append(facts: AuditFacts): Promise<void>;
  list(
    orgId: string,
    page: { limit: number; offset: number },
  ): Promise<{ items: AuditEntry[]; total: number }>;
  /** Reads the whole chain of an organisation and tells the first broken place, if any. */
  verify(orgId: string): Promise<{ entries: number; firstBreak: number | null }>;
};

type Waiting = { facts: AuditFacts; done: () => void; failed: (error: unknown) => void };

const entriesPerCommitMax = 500;

/**
 * The audit trail in Postgres. Entries of one organisation are chained, so they are written one commit after
 * the other; whatever arrives during a commit goes into the next one together.
 */
export function createAuditTrail(database: Database): AuditTrail {
  const queues = new Map<string, Waiting[]>();
  const drain = async (orgId: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, entriesPerCommitMax);
      try {
        await database.withOrg(orgId, (tx) =>
          write(
            tx,
            orgId,
            batch.map((entry) => entry.facts),
          ),
        );
        for (const entry of batch) entry.done();
      } catch (error) {
        for (const entry of batch) entry.failed(error);
      }
    }
    queues.delete(orgId);
  };
  return {
    append: (facts) =>
      new Promise((done, failed) => {
        const waiting = { facts, done, failed };
        const queue = queues.get(facts.orgId);
        if (queue !== undefined) {
          queue.push(waiting);
          return;
        }
        const started = [waiting];
        queues.set(facts.orgId, started);
        void drain(facts.orgId, started);
      }),
    list: (orgId, page) =>
      database.withOrg(orgId, async (tx) => {
        const where = eq(auditEntries.orgId, orgId);
        const items = await tx
          .select()
          .from(auditEntries)
          .where(where)
          .orderBy(desc(auditEntries.seq))
          .limit(page.limit)
          .offset(page.offset);
        const [counted] = await tx.select({ total: count() }).from(auditEntries).where(where);
        return { items, total: counted?.total ?? 0 };
      }),
    verify: (orgId) =>
      database.withOrg(orgId, async (tx) => {
        const entries = await tx
          .select()
          .from(auditEntries)
          .where(eq(auditEntries.orgId, orgId))
          .orderBy(asc(auditEntries.seq));
        return { entries: entries.length, firstBreak: firstBreak(entries) };
      }),
  };
}

async function write(tx: Transaction, orgId: string, batch: readonly AuditFacts[]): Promise<void> {
  // Other gateways write the same chain: one at a time, until this transaction ends.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`audit:${orgId}`}, 0))`);
  const [last] = await tx
    .select({ seq: auditEntries.seq, hash: auditEntries.hash })
    .from(auditEntries)
    .where(eq(auditEntries.orgId, orgId))
    .orderBy(desc(auditEntries.seq))
    .limit(1);
  let end = last ?? { seq: 0, hash: chainStart };
  const entries = batch.map((facts) => {
    const entry = chained(facts, end);
    end = entry;
    return entry;
  });
  await tx.insert(auditEntries).values(entries);
}
