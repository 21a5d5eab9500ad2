import { approvalsRequired } from '@spectra/schemas';
import type { HazardClass, RecipeContent, RecipeVersion } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { contentHash } from '../content-hash.ts';
import { versionFacts } from '../documents/version-record.ts';
import type { VersionRecord } from '../documents/version-record.ts';
import type { ServiceContext } from '../service-context.ts';
import { findSop } from './sops.ts';

/** A recipe version as the API shows it; how many must approve it follows from the hazard class of its SOP now. */
export async function toRecipe<T extends ProcessTypes>(
  tx: Transaction,
  { definition }: Pick<ServiceContext<T>, 'definition'>,
  record: VersionRecord,
): Promise<RecipeVersion> {
  const { recipe, sop_id: sopId } = contentOfRecipe(record);
  const sop = await findSop(tx, { orgId: record.document.org_id, sopId }, definition.id);
  // SOPs are never removed; should one be missing all the same, the strictest class holds.
  const hazardClass: HazardClass = sop?.hazard_class ?? 'critical';
  return {
    recipe_id: record.document.document_id,
    process: definition.id,
    name: record.document.name,
    recipe,
    recipe_hash: contentHash(recipe),
    sop_id: sopId,
    hazard_class: hazardClass,
    ...versionFacts(record, approvalsRequired[hazardClass]),
  };
}

/** What the version says; it was parsed before it was stored and never changes. */
export function contentOfRecipe(record: VersionRecord): RecipeContent {
  return record.version.content as RecipeContent;
}
