import type { Signature } from '@spectra/schemas';
import type { documents, documentVersions, signatures } from '../tables.ts';

export type DocumentRow = typeof documents.$inferSelect;
export type VersionRow = typeof documentVersions.$inferSelect;
export type SignatureRow = typeof signatures.$inferSelect;

/** One version with its document and all signatures that were ever given under it. */
export interface VersionRecord {
  readonly document: DocumentRow;
  readonly version: VersionRow;
  readonly signatures: readonly SignatureRow[];
  /** The newest version of the document that is in force. */
  readonly approvedVersion: number | null;
}

/** What every version tells beside its content, as the API shows it. */
export function versionFacts(record: VersionRecord, approvalsRequired: number) {
  const { document, version } = record;
  const shown = record.signatures.map(toSignature);
  return {
    version: version.version,
    status: version.status,
    status_reason: version.status_reason,
    content_hash: version.content_hash,
    author: version.author,
    contributors: version.contributors,
    comment: version.comment,
    approvals: shown.filter((signature) => signature.voided_at === null),
    voided_approvals: shown.filter((signature) => signature.voided_at !== null),
    approvals_required: approvalsRequired,
    created_at: version.created_at.toISOString(),
    submitted_at: version.submitted_at?.toISOString() ?? null,
    latest_version: document.latest_version,
    approved_version: record.approvedVersion,
  };
}

function toSignature(row: SignatureRow): Signature {
  return {
    approver: row.signer,
    meaning: row.meaning,
    content_hash: row.content_hash,
    auth_method: row.auth_method,
    authenticated_at: row.authenticated_at.toISOString(),
    auth_age_s: row.auth_age_s,
    approved_at: row.signed_at.toISOString(),
    voided_at: row.voided_at?.toISOString() ?? null,
    voided_by: row.voided_by,
    voided_reason: row.voided_reason,
  };
}
