import { refuse } from '@spectra/schemas';
import type { DocumentStatus, Result } from '@spectra/schemas';
import type { DocumentKind } from '../tables.ts';

/** What a version may become; whoever is missing here has come to its end. */
const successors: Readonly<Record<DocumentStatus, readonly DocumentStatus[]>> = {
  draft: ['submitted', 'approved', 'rejected', 'superseded', 'retired'],
  submitted: ['approved', 'rejected', 'superseded', 'retired'],
  approved: ['retired'],
  rejected: [],
  superseded: [],
  retired: [],
};

/**
 * In which states a version takes signatures. A SOP is laid before its approvers as it is written; a recipe is
 * submitted first. An approved one takes more, so that somebody can stand in for an approver who left.
 */
const signable: Readonly<Record<DocumentKind, readonly DocumentStatus[]>> = {
  sop: ['draft', 'submitted', 'approved'],
  recipe: ['submitted', 'approved'],
};

export const documentNames: Readonly<Record<DocumentKind, string>> = { sop: 'SOP', recipe: 'recipe' };

export function mayBecome(from: DocumentStatus, to: DocumentStatus): boolean {
  return successors[from].includes(to);
}

export function takesSignatures(kind: DocumentKind, status: DocumentStatus): boolean {
  return signable[kind].includes(status);
}

/** True while nobody has decided about a version: it can still be changed by a newer one. */
export function isOpen(status: DocumentStatus): boolean {
  return mayBecome(status, 'superseded');
}

/** The refusal of a change that the state of a version does not allow. */
export function illegalChange(
  found: { kind: DocumentKind; version: number; status: DocumentStatus },
  wish: string,
): Result<never> {
  const { kind, version, status } = found;
  return refuse(
    'illegal_transition',
    `Version ${version} of the ${documentNames[kind]} is ${status} and cannot be ${wish}`,
    [{ path: 'version', message: `is ${status}`, value: version }],
  );
}
