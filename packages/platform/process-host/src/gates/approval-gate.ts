import { accept, refuse } from '@spectra/schemas';
import type { RecipeVersion, Result, Sop } from '@spectra/schemas';
import { missingApprovals } from '../documents/signing.ts';
import { notApproved } from './recipe-gate.ts';
import { anySopGate } from './sop-gate.ts';
import type { LimitValues } from './sop-gate.ts';
import type { Standings } from './signer-standings.ts';

/** An approved SOP counts only while enough of those who signed it are still active. */
export function signedSopGate(sop: Sop, standings: Standings): Result<Sop> {
  const missing = missingApprovals(sop, standings);
  if (missing === null) return accept(sop);
  return refuse('sop_approval_missing', `SOP "${sop.title}" (${sop.sop_id}) ${missing}`, [
    { path: 'sop_id', message: missing, value: sop.sop_id, limit: { approvals: sop.approvals_required } },
  ]);
}

/** An approved recipe version counts only while enough of those who signed it are still active. */
export function signedRecipeGate(recipe: RecipeVersion, standings: Standings): Result<RecipeVersion> {
  const missing = missingApprovals(recipe, standings);
  if (missing === null) return accept(recipe);
  return notApproved(recipe, missing, { approvals: recipe.approvals_required });
}

/** The first SOP in force that covers the recipe; if none does, the reason of the first. */
export function anySignedSop(
  inForce: readonly Sop[],
  values: LimitValues,
  standings: Standings,
): Result<Sop> {
  const counting = inForce.filter((sop) => signedSopGate(sop, standings).ok);
  const first = inForce[0];
  if (counting.length === 0 && first) return signedSopGate(first, standings);
  return anySopGate(counting, values);
}

/** Everybody whose signature stands under one of these. */
export function signersOf(signed: readonly (Sop | RecipeVersion)[]): string[] {
  return [...new Set(signed.flatMap(({ approvals }) => approvals.map(({ approver }) => approver)))];
}
