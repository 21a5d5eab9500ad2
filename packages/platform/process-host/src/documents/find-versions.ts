import { and, asc, count, desc, eq, inArray, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { Transaction } from '@spectra/database';
import { documents, documentVersions, signatures } from '../tables.ts';
import type { DocumentKind } from '../tables.ts';
import type { DocumentRow, VersionRecord, VersionRow } from './version-record.ts';

/** Which document of an organisation, and which version of it: a number, the newest, or the newest in force. */
export interface DocumentAddress {
  readonly orgId: string;
  readonly kind: DocumentKind;
  readonly id: string;
}
export type VersionChoice = number | 'latest' | 'in-force';

const approvedVersion = sql<number | null>`(
  select max(approved.version) from document_versions approved
  where approved.org_id = ${documents.org_id} and approved.document_id = ${documents.document_id}
    and approved.status = 'approved')`;

/** One version, or undefined when the organisation has no such document or version. */
export async function findVersion(
  tx: Transaction,
  address: DocumentAddress,
  choice: VersionChoice,
): Promise<VersionRecord | undefined> {
  const wanted =
    choice === 'latest' ? documents.latest_version : choice === 'in-force' ? approvedVersion : choice;
  return (await select(tx, and(isDocument(address), sql`${documentVersions.version} = ${wanted}`)))[0];
}

/** As `findVersion`, with the document locked until the transaction ends: its versions change one after the other. */
export async function lockVersion(
  tx: Transaction,
  address: DocumentAddress,
  choice: VersionChoice,
): Promise<VersionRecord | undefined> {
  await tx.select().from(documents).where(isDocument(address)).for('update');
  return findVersion(tx, address, choice);
}

/** The newest version of each document, the youngest document first. */
export async function listLatest(
  tx: Transaction,
  wanted: { kind: DocumentKind; limit: number; offset: number; where?: SQL | undefined },
): Promise<{ records: VersionRecord[]; total: number }> {
  const where = and(
    eq(documents.kind, wanted.kind),
    eq(documentVersions.version, documents.latest_version),
    wanted.where,
  );
  const records = await select(tx, where, {
    order: [desc(documents.created_at), desc(documents.document_id)],
    ...wanted,
  });
  return { records, total: await counted(tx, where) };
}

/** All versions of a document, the newest first. */
export async function listVersions(
  tx: Transaction,
  address: DocumentAddress,
  page: { limit: number; offset: number },
): Promise<{ records: VersionRecord[]; total: number }> {
  const where = isDocument(address);
  const records = await select(tx, where, { order: [desc(documentVersions.version)], ...page });
  return { records, total: await counted(tx, where) };
}

/** The version in force of every document of a kind that has one, the youngest document first. */
export async function versionsInForce(tx: Transaction, kind: DocumentKind): Promise<VersionRecord[]> {
  return select(tx, and(eq(documents.kind, kind), sql`${documentVersions.version} = ${approvedVersion}`), {
    order: [desc(documents.created_at), desc(documents.document_id)],
  });
}

function isDocument({ orgId, kind, id }: DocumentAddress): SQL | undefined {
  return and(eq(documents.org_id, orgId), eq(documents.document_id, id), eq(documents.kind, kind));
}

const sameDocument = and(
  eq(documentVersions.org_id, documents.org_id),
  eq(documentVersions.document_id, documents.document_id),
);

async function counted(tx: Transaction, where: SQL | undefined): Promise<number> {
  const [row] = await tx
    .select({ total: count() })
    .from(documents)
    .innerJoin(documentVersions, sameDocument)
    .where(where);
  return row?.total ?? 0;
}

async function select(
  tx: Transaction,
  where: SQL | undefined,
  how: { order?: SQL[]; limit?: number; offset?: number } = {},
): Promise<VersionRecord[]> {
  const query = tx
    .select({ document: documents, version: documentVersions, approvedVersion })
    .from(documents)
    .innerJoin(documentVersions, sameDocument)
    .where(where)
    .orderBy(...(how.order ?? []))
    .$dynamic();
  if (how.limit !== undefined) query.limit(how.limit);
  if (how.offset !== undefined) query.offset(how.offset);
  return withSignatures(tx, await query);
}

async function withSignatures(
  tx: Transaction,
  rows: readonly { document: DocumentRow; version: VersionRow; approvedVersion: number | null }[],
): Promise<VersionRecord[]> {
  if (rows.length === 0) return [];
  const ids = [...new Set(rows.map((row) => row.document.document_id))];
  const given = await tx
    .select()
    .from(signatures)
    .where(inArray(signatures.document_id, ids))
    .orderBy(asc(signatures.signed_at), asc(signatures.signature_id));
  return rows.map((row) => ({
    ...row,
    signatures: given.filter(
      (signature) =>
        signature.document_id === row.document.document_id && signature.version === row.version.version,
    ),
  }));
}
