import { commitBehind, runPrepared, type Database, type Transaction } from '@spectra/database';
import { asc, count, desc, eq } from 'drizzle-orm';
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
type ChainEnd = { seq: number; hash: string };

const entriesPerCommitMax = 500;
/** Another gateway that writes the same chain can be ahead this often in a row before the write is given up. */
const triesMax = 20;
const uniqueViolation = '23505';

/**
 * The audit trail in Postgres. Entries of one organisation are chained, so they are written one commit after
 * the other; whatever arrives during a commit goes into the next one together. The end of each chain is
 * remembered; when another gateway wrote meanwhile, the sequence number is taken and the end is read anew.
 */
export function createAuditTrail(database: Database): AuditTrail {
  const queues = new Map<string, Waiting[]>();
  const ends = new Map<string, ChainEnd>();
  const writeBatch = async (orgId: string, batch: readonly AuditFacts[]): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const known = ends.get(orgId);
      // Forgotten until the commit is certain: after a lost connection nobody knows where the chain ends.
      ends.delete(orgId);
      try {
        ends.set(orgId, await database.withOrg(orgId, (tx) => write(tx, { orgId, batch, known })));
        return;
      } catch (error) {
        if (attempt >= triesMax || !isTaken(error)) throw error;
      }
    }
  };
  const drain = async (orgId: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, entriesPerCommitMax);
      try {
        await writeBatch(
          orgId,
          batch.map((entry) => entry.facts),
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

/** Writes a batch behind the known end, or behind the one that is read; answers the new end. */
async function write(
  tx: Transaction,
  work: { orgId: string; batch: readonly AuditFacts[]; known: ChainEnd | undefined },
): Promise<ChainEnd> {
  let end = work.known ?? (await readEnd(tx, work.orgId));
  const entries = work.batch.map((facts) => {
    const entry = chained(facts, end);
    end = entry;
    return entry;
  });
  commitBehind(tx);
  await runPrepared(tx, insertStatement, [
    work.orgId,
    ...insertedColumns.map(({ of }) => entries.map((entry) => of(entry))),
  ]);
  return { seq: end.seq, hash: end.hash };
}

const insertedColumns: readonly { name: string; type: string; of: (entry: AuditEntry) => unknown }[] = [
  { name: 'seq', type: 'bigint', of: (entry) => entry.seq },
  { name: 'at', type: 'text', of: (entry) => entry.at },
  { name: 'actor', type: 'text', of: (entry) => entry.actor },
  { name: 'role', type: 'text', of: (entry) => entry.role },
  { name: 'action', type: 'text', of: (entry) => entry.action },
  { name: 'path', type: 'text', of: (entry) => entry.path },
  { name: 'outcome', type: 'text', of: (entry) => entry.outcome },
  { name: 'reason', type: 'text', of: (entry) => entry.reason },
  { name: 'trace_id', type: 'text', of: (entry) => entry.traceId },
  { name: 'address', type: 'text', of: (entry) => entry.address },
  { name: 'body_sha256', type: 'text', of: (entry) => entry.bodySha256 },
  { name: 'previous_hash', type: 'text', of: (entry) => entry.previousHash },
  { name: 'hash', type: 'text', of: (entry) => entry.hash },
];

/** Every change of every caller passes through it, so it stays prepared and travels with its commit. */
const insertStatement = {
  name: 'insert-audit-entries',
  text: `insert into audit_entries (org_id, ${insertedColumns.map(({ name }) => name).join(', ')})
    select $1::uuid, e.*
    from unnest(${insertedColumns.map(({ type }, index) => `$${index + 2}::${type}[]`).join(', ')}) e`,
};

const endStatement = {
  name: 'end-of-audit',
  text: 'select seq::float8 as seq, hash from audit_entries where org_id = $1::uuid order by seq desc limit 1',
};

async function readEnd(tx: Transaction, orgId: string): Promise<ChainEnd> {
  const [last] = await runPrepared<ChainEnd>(tx, endStatement, [orgId]);
  return last ?? { seq: 0, hash: chainStart };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation;
}
