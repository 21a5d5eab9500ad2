import { and, asc, count, desc, eq, inArray, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { runPrepared, type Transaction } from '@spectra/database';
import { documents, documentVersions, signatures } from '../tables.ts';
import type { DocumentKind } from '../tables.ts';
import type { DocumentRow, SignatureRow, VersionRecord, VersionRow } from './version-record.ts';

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
  const wanted = typeof choice === 'number' ? { way: 'number', number: choice } : { way: choice, number: 0 };
  const found = await readVersions(tx, oneVersion, [
    address.orgId,
    address.kind,
    address.id,
    wanted.way,
    wanted.number,
  ]);
  return found[0];
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
export async function versionsInForce(
  tx: Transaction,
  orgId: string,
  kind: DocumentKind,
): Promise<VersionRecord[]> {
  return readVersions(tx, allInForce, [orgId, kind]);
}

const inForce = `(select max(a.version) from document_versions a
  where a.org_id = d.org_id and a.document_id = d.document_id and a.status = 'approved')`;
const oneVersion = statementsOf(
  'one-version',
  `d.org_id = $1::uuid and d.kind = $2 and d.document_id = $3::uuid and v.version =
    case $4 when 'latest' then d.latest_version when 'in-force' then ${inForce} else $5::int end`,
);
const allInForce = statementsOf(
  'all-in-force',
  `d.org_id = $1::uuid and d.kind = $2 and v.version = ${inForce}`,
);

type VersionStatements = Record<'documents' | 'versions' | 'signatures', { name: string; text: string }>;

/** What every run passes through stays prepared: the documents, their versions and the signatures of these. */
function statementsOf(name: string, where: string): VersionStatements {
  const from = `from documents d
    join document_versions v on v.org_id = d.org_id and v.document_id = d.document_id`;
  const order = 'order by d.created_at desc, d.document_id desc';
  return {
    documents: {
      name: `${name}-documents`,
      text: `select d.*, ${inForce} as in_force ${from} where ${where} ${order}`,
    },
    versions: { name: `${name}-versions`, text: `select v.* ${from} where ${where} ${order}` },
    signatures: {
      name: `${name}-signatures`,
      text: `select s.* ${from}
        join signatures s on s.org_id = v.org_id and s.document_id = v.document_id and s.version = v.version
        where ${where} order by s.signed_at, s.signature_id`,
    },
  };
}

/** The columns of these tables are named as their rows are, and the driver reads their types as the builder does. */
async function readVersions(
  tx: Transaction,
  statements: VersionStatements,
  values: readonly unknown[],
): Promise<VersionRecord[]> {
  const [found, versions, given] = await Promise.all([
    runPrepared<DocumentRow & { in_force: number | null }>(tx, statements.documents, values),
    runPrepared<VersionRow>(tx, statements.versions, values),
    runPrepared<SignatureRow>(tx, statements.signatures, values),
  ]);
  return found.flatMap(({ in_force: approvedVersion, ...document }) => {
    // Each statement sees what is committed by then: a document may be in force for one of them only.
    const version = versions.find((one) => one.document_id === document.document_id);
    if (version === undefined) return [];
    return [{ document, version, approvedVersion, signatures: given.filter((one) => isUnder(one, version)) }];
  });
}

function isUnder(signature: SignatureRow, version: VersionRow): boolean {
  return signature.document_id === version.document_id && signature.version === version.version;
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
    signatures: given.filter((signature) => isUnder(signature, row.version)),
  }));
}
