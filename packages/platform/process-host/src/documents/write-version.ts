import { and, eq, inArray, isNull } from 'drizzle-orm';
import { accept, refuse } from '@spectra/schemas';
import type { DocumentStatus, Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { contentHash } from '../content-hash.ts';
import { documents, documentVersions, signatures } from '../tables.ts';
import type { DocumentKind } from '../tables.ts';
import { documentNames, illegalChange, isOpen, mayBecome } from './document-lifecycle.ts';
import type { DocumentAddress } from './find-versions.ts';
import type { VersionRecord, VersionRow } from './version-record.ts';

/** Who writes, when, and why. */
export interface Hand {
  readonly userId: string;
  readonly at: Date;
  readonly comment?: string | undefined;
}

/** Writes a document with its first version, a draft; refused when its name is taken. */
export async function createDocument(
  tx: Transaction,
  draft: { orgId: string; kind: DocumentKind; name: string; content: unknown },
  hand: Hand,
): Promise<Result<VersionRecord>> {
  const { orgId, kind, name, content } = draft;
  const [document] = await tx
    .insert(documents)
    .values({ org_id: orgId, kind, name, created_by: hand.userId, created_at: hand.at })
    .onConflictDoNothing()
    .returning();
  if (!document) {
    return refuse('conflict', `A ${documentNames[kind]} named "${name}" exists already`, [
      { path: 'name', message: 'is taken', value: name },
    ]);
  }
  const contributors = [hand.userId];
  const version = await insertVersion(tx, document, { number: 1, content, contributors, hand });
  return accept({ document, version, signatures: [], approvedVersion: null });
}

/**
 * Writes the next version out of an earlier one. An open version before it is superseded and the signatures under it
 * are voided; whoever wrote on versions that nobody approved counts as a writer of this one too.
 */
export async function createVersion(
  tx: Transaction,
  found: { latest: VersionRecord; base: VersionRecord },
  content: unknown,
  hand: Hand,
): Promise<Result<VersionRecord>> {
  const { latest, base } = found;
  const { document } = latest;
  if (contentHash(content) === base.version.content_hash) {
    return refuse('conflict', `Nothing differs from version ${base.version.version}`);
  }
  const number = document.latest_version + 1;
  // What was approved was looked at by others; whatever was not is still the work of its writers.
  const unreviewed = [latest, base].filter(({ version }) => version.status !== 'approved');
  const writers = unreviewed.flatMap(({ version }) => version.contributors);
  const contributors = [...new Set([hand.userId, ...writers])];
  if (isOpen(latest.version.status)) {
    const reason = `changed by version ${number}`;
    await setStatus(tx, latest.version, { status: 'superseded', reason, hand });
    await voidSignatures(tx, latest.version, { reason, hand });
  }
  await tx
    .update(documents)
    .set({ latest_version: number })
    .where(and(eq(documents.org_id, document.org_id), eq(documents.document_id, document.document_id)));
  const version = await insertVersion(tx, document, { number, content, contributors, hand });
  return accept({
    document: { ...document, latest_version: number },
    version,
    signatures: [],
    approvedVersion: latest.approvedVersion,
  });
}

/** Brings a version into another state, if the life of documents allows it. */
export async function moveVersion(
  tx: Transaction,
  record: VersionRecord,
  to: { status: DocumentStatus; wish: string; reason?: string | undefined; hand: Hand },
): Promise<Result<null>> {
  const { kind } = record.document;
  const { version, status } = record.version;
  if (!mayBecome(status, to.status)) return illegalChange({ kind, version, status }, to.wish);
  await setStatus(tx, record.version, to);
  if (to.status === 'rejected') {
    await voidSignatures(tx, record.version, { reason: `rejected: ${to.reason ?? ''}`, hand: to.hand });
  }
  return accept(null);
}

/** Retires every version of a document that is open or in force; answers how many there were. */
export async function retireVersions(
  tx: Transaction,
  { orgId, id }: DocumentAddress,
  { reason, hand }: { reason: string; hand: Hand },
): Promise<number> {
  const retired = await tx
    .update(documentVersions)
    .set({ status: 'retired', status_reason: reason, status_by: hand.userId, status_at: hand.at })
    .where(
      and(
        eq(documentVersions.org_id, orgId),
        eq(documentVersions.document_id, id),
        inArray(documentVersions.status, ['draft', 'submitted', 'approved']),
      ),
    )
    .returning();
  return retired.length;
}

async function insertVersion(
  tx: Transaction,
  document: { org_id: string; document_id: string },
  next: { number: number; content: unknown; contributors: string[]; hand: Hand },
): Promise<VersionRow> {
  const { hand, content } = next;
  const [version] = await tx
    .insert(documentVersions)
    .values({
      org_id: document.org_id,
      document_id: document.document_id,
      version: next.number,
      content,
      content_hash: contentHash(content),
      status: 'draft',
      status_by: hand.userId,
      status_at: hand.at,
      author: hand.userId,
      contributors: next.contributors,
      comment: hand.comment ?? null,
      created_at: hand.at,
    })
    .returning();
  if (!version) throw new Error('the insert of a document version returned no row');
  return version;
}

async function setStatus(
  tx: Transaction,
  version: VersionRow,
  to: { status: DocumentStatus; reason?: string | undefined; hand: Hand },
): Promise<void> {
  await tx
    .update(documentVersions)
    .set({
      status: to.status,
      status_reason: to.reason ?? null,
      status_by: to.hand.userId,
      status_at: to.hand.at,
      ...(to.status === 'submitted' ? { submitted_at: to.hand.at } : {}),
    })
    .where(
      and(
        eq(documentVersions.org_id, version.org_id),
        eq(documentVersions.document_id, version.document_id),
        eq(documentVersions.version, version.version),
      ),
    );
}

async function voidSignatures(
  tx: Transaction,
  version: VersionRow,
  why: { reason: string; hand: Hand },
): Promise<void> {
  await tx
    .update(signatures)
    .set({ voided_at: why.hand.at, voided_by: why.hand.userId, voided_reason: why.reason })
    .where(
      and(
        eq(signatures.org_id, version.org_id),
        eq(signatures.document_id, version.document_id),
        eq(signatures.version, version.version),
        isNull(signatures.voided_at),
      ),
    );
}
