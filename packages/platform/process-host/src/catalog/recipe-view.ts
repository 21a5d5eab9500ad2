import { approvalsRequired } from '@spectra/schemas';
import type { HazardClass, RecipeContent, RecipeVersion } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { contentHash } from '../content-hash.ts';
import { findVersion } from '../documents/find-versions.ts';
import type { VersionChoice } from '../documents/find-versions.ts';
import { versionFacts } from '../documents/version-record.ts';
import type { VersionRecord } from '../documents/version-record.ts';
import type { ServiceContext } from '../service-context.ts';
import { recipeAddress } from './document-requests.ts';
import { findSop } from './sops.ts';

/** A recipe version as the API shows it; how many must approve it follows from the hazard class of its SOP now. */
export async function toRecipe<T extends ProcessTypes>(
  tx: Transaction,
  context: Pick<ServiceContext<T>, 'definition'>,
  record: VersionRecord,
): Promise<RecipeVersion> {
  return view(context, record, await hazardClassOf(tx, context, record));
}

/** One version of a recipe of this organisation, whatever its state; null when there is none. */
export async function findRecipe<T extends ProcessTypes>(
  tx: Transaction,
  context: Pick<ServiceContext<T>, 'definition'>,
  wanted: { orgId: string; recipeId: string; version: VersionChoice },
): Promise<RecipeVersion | null> {
  const record = await findVersion(tx, recipeAddress(wanted.orgId, wanted.recipeId), wanted.version);
  return record ? toRecipe(tx, context, record) : null;
}

/** Several recipe versions; the SOP that they share is read once. */
export async function toRecipes<T extends ProcessTypes>(
  tx: Transaction,
  context: Pick<ServiceContext<T>, 'definition'>,
  records: readonly VersionRecord[],
): Promise<RecipeVersion[]> {
  const classes = new Map<string, HazardClass>();
  for (const record of records) {
    const { sop_id: sopId } = contentOfRecipe(record);
    if (!classes.has(sopId)) classes.set(sopId, await hazardClassOf(tx, context, record));
  }
  return records.map((record) =>
    view(context, record, classes.get(contentOfRecipe(record).sop_id) ?? strictest),
  );
}

/** What the version says; it was parsed before it was stored and never changes. */
export function contentOfRecipe(record: VersionRecord): RecipeContent {
  return record.version.content as RecipeContent;
}

/** SOPs are never removed; should one be missing all the same, this class holds. */
const strictest: HazardClass = 'critical';

async function hazardClassOf<T extends ProcessTypes>(
  tx: Transaction,
  { definition }: Pick<ServiceContext<T>, 'definition'>,
  record: VersionRecord,
): Promise<HazardClass> {
  const { sop_id: sopId } = contentOfRecipe(record);
  const sop = await findSop(tx, { orgId: record.document.org_id, sopId }, definition.id);
  return sop?.hazard_class ?? strictest;
}

function view<T extends ProcessTypes>(
  { definition }: Pick<ServiceContext<T>, 'definition'>,
  record: VersionRecord,
  hazardClass: HazardClass,
): RecipeVersion {
  const { recipe, sop_id } = contentOfRecipe(record);
  return {
    recipe_id: record.document.document_id,
    process: definition.id,
    name: record.document.name,
    recipe,
    recipe_hash: contentHash(recipe),
    sop_id,
    hazard_class: hazardClass,
    ...versionFacts(record, approvalsRequired[hazardClass]),
  };
}
