import { accept, refuse } from '@spectra/schemas';
import type { Result, Signature, SignerStanding } from '@spectra/schemas';
import { documentNames, illegalChange, takesSignatures } from './document-lifecycle.ts';
import type { VersionRecord } from './version-record.ts';

/** A signature counts only with a login younger than this. */
const freshLoginMs = 5 * 60_000;

/** Somebody's wish to sign a version. */
export interface SigningAttempt {
  readonly signer: string;
  readonly contentHash: string;
  readonly authenticatedAt: string;
  readonly nowMs: number;
}

/** Age of the login behind a signature. */
export function loginAgeS(attempt: Pick<SigningAttempt, 'authenticatedAt' | 'nowMs'>): number {
  return Math.max(0, (attempt.nowMs - Date.parse(attempt.authenticatedAt)) / 1000);
}

/**
 * Whether somebody may sign a version now. Refused: an old login, a state without signatures, whoever wrote on it,
 * content other than the signer states, and a second signature of the same person.
 */
export function maySign(record: VersionRecord, attempt: SigningAttempt): Result<null> {
  const ageS = loginAgeS(attempt);
  if (!(ageS * 1000 <= freshLoginMs)) {
    return refuse('fresh_login_required', `The login is ${Math.round(ageS)} s old; 300 s is the limit`);
  }
  const { kind } = record.document;
  const { version, status, content_hash: contentHash, contributors } = record.version;
  if (!takesSignatures(kind, status)) return illegalChange({ kind, version, status }, 'signed');
  if (contributors.includes(attempt.signer)) return wroteIt(record, attempt.signer);
  if (contentHash !== attempt.contentHash) {
    return refuse(
      'conflict',
      `The ${documentNames[kind]}'s content hash is ${contentHash}, not the one that was signed`,
      [
        {
          path: 'content_hash',
          message: 'is not the hash of this version',
          value: attempt.contentHash,
          limit: { content_hash: contentHash },
        },
      ],
    );
  }
  const signed = record.signatures.some(({ signer, voided_at }) => signer === attempt.signer && !voided_at);
  return signed ? refuse('conflict', `You have signed this ${documentNames[kind]} already`) : accept(null);
}

function wroteIt(record: VersionRecord, signer: string): Result<never> {
  const { author, version } = record.version;
  return refuse(
    'permission_denied',
    author === signer
      ? 'Nobody approves what they wrote'
      : `Nobody approves what they wrote: you wrote on the draft that version ${version} came from`,
  );
}

/** The signatures that give a version its force: under its own content, not voided, by people who are still active. */
function countingApprovals(
  approvals: readonly Signature[],
  contentHash: string,
  standings: Readonly<Record<string, SignerStanding>>,
): Signature[] {
  return approvals.filter(
    (signature) =>
      signature.voided_at === null &&
      signature.content_hash === contentHash &&
      standings[signature.approver] === 'active',
  );
}

/** What an approved version lacks because people who signed it are gone; null while its signatures suffice. */
export function missingApprovals(
  signed: { content_hash: string; approvals: readonly Signature[]; approvals_required: number },
  standings: Readonly<Record<string, SignerStanding>>,
): string | null {
  const counting = countingApprovals(signed.approvals, signed.content_hash, standings);
  const missing = signed.approvals_required - counting.length;
  if (missing <= 0) return null;
  const withdrawn = signed.approvals
    .filter(({ approver }) => standings[approver] !== 'active')
    .map(({ approver }) => `the signature of user ${approver}, who is deactivated, no longer counts`);
  const because = withdrawn.length > 0 ? `: ${withdrawn.join('; ')}` : '';
  return `lacks ${missing} of ${signed.approvals_required} approvals${because}`;
}
