import { accept, refuse } from '@spectra/schemas';
import type { RecipeVersion, Result, RunOptions, Sop } from '@spectra/schemas';
import type { SharedRead } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { recipeAddress } from '../catalog/document-requests.ts';
import { findRecipe, toRecipe } from '../catalog/recipe-view.ts';
import { findSop, sopsInForce } from '../catalog/sops.ts';
import { findVersion } from '../documents/find-versions.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { anySignedSop, signedRecipeGate, signedSopGate, signersOf } from './approval-gate.ts';
import { recipeGate } from './recipe-gate.ts';
import { sopGate } from './sop-gate.ts';
import type { LimitValues } from './sop-gate.ts';

/** A recipe as it is stored and as the process knows it. */
export interface ParsedRecipe<Recipe> {
  readonly wire: Record<string, unknown>;
  readonly recipe: Recipe;
}

/** What a run stands on: its recipe, the named version it came from (if any), and the SOP that covers it. */
export interface ChosenDocuments<Recipe> extends ParsedRecipe<Recipe> {
  readonly named: RecipeVersion | null;
  readonly sop: Sop;
}

/** The named version of a run. */
export interface RecipeReference {
  readonly recipeId: string;
  readonly version: number;
}

/** The named version of a stored run; null for a recipe that was posted with it. */
export function recipeReference(run: {
  recipe_id: string | null;
  recipe_version: number | null;
}): RecipeReference | null {
  const { recipe_id: recipeId, recipe_version: version } = run;
  return recipeId === null || version === null ? null : { recipeId, version };
}

type RunAsked = Asked<{ recipe: Record<string, unknown>; options: RunOptions }>;

/** The named recipe of a request, if any, and its SOP: the one that it or the request names, or all in force. */
export interface FoundDocuments {
  readonly named: RecipeVersion | null;
  readonly only: Sop | null;
  readonly inForce: readonly Sop[];
}

/** Checks the recipe and the SOP of a request: limits, states, signatures. */
export async function chooseDocuments<T extends ProcessTypes>(
  { definition, signers }: Pick<ServiceContext<T>, 'definition' | 'signers'>,
  orgId: string,
  run: { parsed: ParsedRecipe<T['recipe']>; found: FoundDocuments },
): Promise<Result<ChosenDocuments<T['recipe']>>> {
  const { named, only, inForce } = run.found;
  const values = definition.recipe.limitValues(run.parsed.recipe);
  const sops = only ? [only] : inForce;
  const standings = await signers.recent(orgId, signersOf(named ? [named, ...sops] : sops));
  if (!standings.ok) return standings;
  const signed = named && signedRecipeGate(named, standings.value);
  if (signed && !signed.ok) return signed;
  const covering = only ? sopGate(only, values) : anySignedSop(sops, values, standings.value);
  if (!covering.ok) return covering;
  const sop = signedSopGate(covering.value, standings.value);
  return sop.ok ? accept({ ...run.parsed, named, sop: sop.value }) : sop;
}

/** The documents of a queued run once more, as they are now. */
export async function checkDocuments<T extends ProcessTypes>(
  context: ServiceContext<T>,
  run: { orgId: string; sopId: string; named: RecipeReference | null; values: LimitValues },
): Promise<Result<null>> {
  const { orgId, sopId } = run;
  const found = await context.database.withOrg(orgId, async (tx) => {
    const sop = await findSop(tx, { orgId, sopId }, context.definition.id);
    return { sop, named: run.named && (await findRecipe(tx, context, { orgId, ...run.named })) };
  });
  if (!found.sop) return notFound('SOP', sopId);
  if (run.named && !found.named) return notFound('recipe', run.named.recipeId);
  const covered = sopGate(found.sop, run.values);
  if (!covered.ok) return covered;
  const approved = found.named && recipeGate(found.named);
  if (approved && !approved.ok) return approved;
  const signed = found.named ? [found.sop, found.named] : [found.sop];
  const standings = await context.signers.present(orgId, signersOf(signed));
  if (!standings.ok) return standings;
  const sop = signedSopGate(found.sop, standings.value);
  if (!sop.ok) return sop;
  const recipe = found.named && signedRecipeGate(found.named, standings.value);
  return recipe && !recipe.ok ? recipe : accept(null);
}

/** Reads the documents of a request. */
export async function readDocuments<T extends ProcessTypes>(
  shared: SharedRead,
  context: ServiceContext<T>,
  asked: RunAsked,
): Promise<Result<FoundDocuments>> {
  const { orgId } = asked.caller;
  const process = context.definition.id;
  const { tx } = shared;
  const named = await namedRecipe(shared, context, asked);
  if (!named.ok) return named;
  const sopId = named.value?.sop_id ?? asked.body.options.sop_id;
  if (sopId === undefined) {
    const inForce = await shared.once('sops-in-force', () => sopsInForce(tx, orgId, process));
    return accept({ named: null, only: null, inForce });
  }
  const only = await shared.once(`sop ${sopId}`, () => findSop(tx, { orgId, sopId }, process));
  return only ? accept({ named: named.value, only, inForce: [] }) : notFound('SOP', sopId);
}

async function namedRecipe<T extends ProcessTypes>(
  { tx, once }: SharedRead,
  context: ServiceContext<T>,
  { caller, body }: RunAsked,
): Promise<Result<RecipeVersion | null>> {
  const { recipe_id: recipeId, recipe_version: version, sop_id: sopId } = body.options;
  if (recipeId === undefined) return accept(null);
  const recipe = await once(`recipe ${recipeId} ${version ?? 'in force'}`, async () => {
    const address = recipeAddress(caller.orgId, recipeId);
    const record =
      (await findVersion(tx, address, version ?? 'in-force')) ??
      (version === undefined ? await findVersion(tx, address, 'latest') : undefined);
    return record && toRecipe(tx, context, record);
  });
  if (!recipe) return notFound('recipe', recipeId);
  if (sopId !== undefined && sopId !== recipe.sop_id) return otherSop(recipe, sopId);
  return recipeGate(recipe);
}

function otherSop(recipe: RecipeVersion, sopId: string): Result<never> {
  return refuse('validation_failed', `Recipe "${recipe.name}" stands under SOP ${recipe.sop_id}`, [
    {
      path: 'sop_id',
      message: 'is not the SOP of the recipe',
      value: sopId,
      limit: { sop_id: recipe.sop_id },
    },
  ]);
}
