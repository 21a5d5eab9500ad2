import { accept, refuse } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import { documentNames } from './document-lifecycle.ts';
import { findVersion } from './find-versions.ts';
import type { VersionRecord } from './version-record.ts';
import { moveVersion, retireVersions } from './write-version.ts';
import type { Hand } from './write-version.ts';

/** Lays a locked version before its approvers. */
export async function submitVersion(
  tx: Transaction,
  record: VersionRecord,
  hand: Hand,
): Promise<Result<VersionRecord>> {
  const moved = await moveVersion(tx, record, { status: 'submitted', wish: 'submitted', hand });
  return moved.ok ? accept(await reread(tx, record)) : moved;
}

/** Turns a locked version down; the signatures under it are voided. */
export async function rejectVersion(
  tx: Transaction,
  record: VersionRecord,
  decision: { reason: string; hand: Hand },
): Promise<Result<VersionRecord>> {
  const moved = await moveVersion(tx, record, { status: 'rejected', wish: 'rejected', ...decision });
  return moved.ok ? accept(await reread(tx, record)) : moved;
}

/** Takes one locked version out of use. */
export async function retireVersion(
  tx: Transaction,
  record: VersionRecord,
  decision: { reason: string; hand: Hand },
): Promise<Result<VersionRecord>> {
  const moved = await moveVersion(tx, record, { status: 'retired', wish: 'retired', ...decision });
  return moved.ok ? accept(await reread(tx, record)) : moved;
}

/** Takes a locked document out of use with every version that is open or in force. */
export async function retireDocument(
  tx: Transaction,
  record: VersionRecord,
  decision: { reason: string; hand: Hand },
): Promise<Result<VersionRecord>> {
  if ((await retireVersions(tx, addressOf(record), decision)) === 0) {
    const { kind } = record.document;
    return refuse('illegal_transition', `No version of the ${documentNames[kind]} is open or in force`);
  }
  return accept(await reread(tx, record));
}

async function reread(tx: Transaction, record: VersionRecord): Promise<VersionRecord> {
  const now = await findVersion(tx, addressOf(record), record.version.version);
  if (!now) throw new Error('a version vanished while it was locked');
  return now;
}

function addressOf({ document }: VersionRecord) {
  return { orgId: document.org_id, kind: document.kind, id: document.document_id };
}
