import { accept } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { signatures } from '../tables.ts';
import { mayBecome } from './document-lifecycle.ts';
import { findVersion } from './find-versions.ts';
import { loginAgeS, maySign } from './signing.ts';
import type { VersionRecord } from './version-record.ts';
import { moveVersion } from './write-version.ts';

/** A signature as the gateway passes it on: what the person states, and how they proved who they are. */
export interface GivenSignature {
  readonly signer: string;
  readonly meaning: string;
  readonly contentHash: string;
  readonly authMethod: string;
  readonly authenticatedAt: string;
  readonly nowMs: number;
}

/**
 * Puts a signature under a locked version and approves the version once enough different people have signed. One
 * way for SOPs and recipes alike.
 */
export async function signVersion(
  tx: Transaction,
  record: VersionRecord,
  given: GivenSignature,
  approvalsRequired: number,
): Promise<Result<VersionRecord>> {
  const allowed = maySign(record, given);
  if (!allowed.ok) return allowed;
  const { org_id, document_id, version, status } = record.version;
  const at = new Date(given.nowMs);
  await tx.insert(signatures).values({
    org_id,
    document_id,
    version,
    signer: given.signer,
    meaning: given.meaning,
    content_hash: given.contentHash,
    auth_method: given.authMethod,
    authenticated_at: new Date(given.authenticatedAt),
    auth_age_s: loginAgeS(given),
    signed_at: at,
  });
  const signed = record.signatures.filter(({ voided_at }) => voided_at === null).length + 1;
  if (signed >= approvalsRequired && mayBecome(status, 'approved')) {
    const hand = { userId: given.signer, at };
    const approved = await moveVersion(tx, record, { status: 'approved', wish: 'approved', hand });
    if (!approved.ok) return approved;
  }
  const address = { orgId: org_id, kind: record.document.kind, id: document_id };
  const now = await findVersion(tx, address, version);
  if (!now) throw new Error('a version vanished while it was signed');
  return accept(now);
}
