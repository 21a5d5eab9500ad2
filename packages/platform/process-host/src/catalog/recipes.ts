import { and, eq, ilike, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type {
  createRecipeSchema,
  createRecipeVersionSchema,
  RecipeChange,
  RecipeContent,
  recipeFilterSchema,
  RecipeVersion,
  Result,
} from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { diffContent } from '../documents/diff-content.ts';
import { findVersion, listLatest, listVersions, lockVersion } from '../documents/find-versions.ts';
import { createDocument, createVersion } from '../documents/write-version.ts';
import { handOf, recipeAddress } from './document-requests.ts';
import type { AskedVersion } from './document-requests.ts';
import { contentOfRecipe, toRecipe, toRecipes } from './recipe-view.ts';
import { findSop } from './sops.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { documents, documentVersions } from '../tables.ts';

export interface OneRecipe {
  recipe_id: string;
}
type Page = { limit: number; offset: number };
type RecipePage = Result<{ items: RecipeVersion[]; total: number }>;

/** The organisation's recipes of this process in their newest version, the youngest recipe first. */
export async function listRecipes<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<Page & z.infer<typeof recipeFilterSchema>>,
): Promise<RecipePage> {
  const { limit, offset, ...filter } = body;
  return context.database.withOrg(caller.orgId, async (tx) => {
    const found = await listLatest(tx, { kind: 'recipe', limit, offset, where: whereOf(filter) });
    return accept({ items: await toRecipes(tx, context, found.records), total: found.total });
  });
}

/** All versions of a recipe, the newest first. */
export async function listRecipeVersions<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneRecipe & Page>,
): Promise<RecipePage> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const found = await listVersions(tx, recipeAddress(caller.orgId, body.recipe_id), body);
    if (found.total === 0) return notFound('recipe', body.recipe_id);
    return accept({ items: await toRecipes(tx, context, found.records), total: found.total });
  });
}

export async function getRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneRecipe & AskedVersion>,
): Promise<Result<RecipeVersion>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const address = recipeAddress(caller.orgId, body.recipe_id);
    const record = await findVersion(tx, address, body.version ?? 'latest');
    return record ? accept(await toRecipe(tx, context, record)) : notFound('recipe', body.recipe_id);
  });
}

/** What differs between two versions of a recipe, in its units. */
export async function diffRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneRecipe & { from: number; to: number }>,
): Promise<Result<{ from: number; to: number; changes: RecipeChange[] }>> {
  const { from, to } = body;
  return context.database.withOrg(caller.orgId, async (tx) => {
    const address = recipeAddress(caller.orgId, body.recipe_id);
    const before = await findVersion(tx, address, from);
    const after = await findVersion(tx, address, to);
    if (!before || !after) return notFound('recipe', body.recipe_id);
    const changes = diffContent(flat(contentOfRecipe(before)), flat(contentOfRecipe(after)));
    return accept({ from, to, changes });
  });
}

/** Writes a recipe as a draft of version 1; the recipe itself must be within the limits of the product. */
export async function createRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.infer<typeof createRecipeSchema>>,
): Promise<Result<RecipeVersion>> {
  const wire = wireOf(context, body.recipe, 'recipe');
  if (!wire.ok) return wire;
  const hand = handOf(context, caller, body.comment);
  const content: RecipeContent = { recipe: wire.value, sop_id: body.sop_id };
  return context.database.withOrg(caller.orgId, async (tx) => {
    const known = await sopExists(tx, context, { orgId: caller.orgId, sopId: body.sop_id });
    if (!known.ok) return known;
    const draft = { orgId: caller.orgId, kind: 'recipe' as const, name: body.name, content };
    const created = await createDocument(tx, draft, hand);
    return created.ok ? accept(await toRecipe(tx, context, created.value)) : created;
  });
}

/** The next version out of changes to an earlier one; signatures under an open version are voided by it. */
export async function createRecipeVersion<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneRecipe & z.infer<typeof createRecipeVersionSchema>>,
): Promise<Result<RecipeVersion>> {
  const { orgId } = caller;
  return context.database.withOrg(orgId, async (tx) => {
    const address = recipeAddress(orgId, body.recipe_id);
    const latest = await lockVersion(tx, address, 'latest');
    if (!latest) return notFound('recipe', body.recipe_id);
    const base = body.base_version === undefined ? latest : await findVersion(tx, address, body.base_version);
    if (!base) return unknownVersion(body.base_version, latest.document.latest_version);
    const old = contentOfRecipe(base);
    const wire = wireOf(context, changed(old.recipe, body.changes), 'changes');
    if (!wire.ok) return wire;
    const content: RecipeContent = { recipe: wire.value, sop_id: body.sop_id ?? old.sop_id };
    const known = await sopExists(tx, context, { orgId, sopId: content.sop_id });
    if (!known.ok) return known;
    const hand = handOf(context, caller, body.comment);
    const created = await createVersion(tx, { latest, base }, content, hand);
    return created.ok ? accept(await toRecipe(tx, context, created.value)) : created;
  });
}

function whereOf(filter: z.infer<typeof recipeFilterSchema>): SQL | undefined {
  const { status, name, sop_id: sopId } = filter;
  return and(
    status === undefined ? undefined : eq(documentVersions.status, status),
    name === undefined ? undefined : ilike(documents.name, `%${name.replace(/[\\%_]/g, '\\$&')}%`),
    sopId === undefined ? undefined : sql`${documentVersions.content}->>'sop_id' = ${sopId}`,
  );
}

/** The recipe with its defaults filled, or its faults under the field in which it was posted. */
function wireOf<T extends ProcessTypes>(
  { definition }: ServiceContext<T>,
  recipe: Record<string, unknown>,
  field: string,
): Result<Record<string, unknown>> {
  const parsed = definition.recipe.parse(recipe);
  if (parsed.ok) return accept(parsed.value.wire);
  const { code, detail, errors } = parsed.refusal;
  return refuse(
    code,
    detail,
    errors?.map((error) => ({ ...error, path: error.path === '' ? field : `${field}.${error.path}` })),
  );
}

async function sopExists<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  { orgId, sopId }: { orgId: string; sopId: string },
): Promise<Result<null>> {
  const sop = await findSop(tx, { orgId, sopId }, context.definition.id);
  return sop ? accept(null) : notFound('SOP', sopId);
}

/** A field that is given replaces the old one; `null` removes it. */
function changed(recipe: Record<string, unknown>, changes: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries({ ...recipe, ...changes }).filter(([, value]) => value !== null));
}

function unknownVersion(wanted: number | undefined, latest: number): Result<never> {
  return refuse('validation_failed', `There is no version ${wanted}; the newest is ${latest}`, [
    { path: 'base_version', message: 'does not exist', value: wanted, limit: { maximum: latest } },
  ]);
}

/** A recipe's fields beside its SOP, so that a difference is told by the field's own name. */
function flat({ recipe, sop_id }: RecipeContent): Record<string, unknown> {
  return { ...recipe, sop_id };
}
