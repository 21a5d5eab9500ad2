import { accept } from '@spectra/schemas';
import type { RecipeVersion, Result } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { rejectVersion, retireDocument, retireVersion, submitVersion } from '../documents/decide-version.ts';
import { lockVersion } from '../documents/find-versions.ts';
import { signVersion } from '../documents/sign-version.ts';
import type { VersionRecord } from '../documents/version-record.ts';
import { sopGate } from '../gates/sop-gate.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { givenSignature, handOf, recipeAddress } from './document-requests.ts';
import type { AskedSignature, AskedVersion } from './document-requests.ts';
import { contentOfRecipe, toRecipe } from './recipe-view.ts';
import type { OneRecipe } from './recipes.ts';
import { findSop } from './sops.ts';

type Decision = Asked<OneRecipe & AskedVersion & { reason: string }>;

/** Lays a version before its approvers; its SOP must be in force and cover it. */
export function submitRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<OneRecipe & AskedVersion>,
): Promise<Result<RecipeVersion>> {
  return change(context, asked, async (tx, record) => {
    const covered = await coveredBySop(tx, context, record);
    return covered.ok ? submitVersion(tx, record, handOf(context, asked.caller)) : covered;
  });
}

/** Signs a submitted version; `maySign` says when it is refused. */
export function approveRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Asked<OneRecipe & AskedSignature>,
): Promise<Result<RecipeVersion>> {
  return change(context, asked, async (tx, record) => {
    const { approvals_required: required } = await toRecipe(tx, context, record);
    return signVersion(tx, record, givenSignature(context, asked.caller, asked.body), required);
  });
}

/** Turns a version down; the signatures under it are voided. */
export function rejectRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Decision,
): Promise<Result<RecipeVersion>> {
  const decision = { reason: asked.body.reason, hand: handOf(context, asked.caller) };
  return change(context, asked, (tx, record) => rejectVersion(tx, record, decision));
}

/** Takes one version, or the whole recipe, out of use: no run starts with it any more. */
export function retireRecipe<T extends ProcessTypes>(
  context: ServiceContext<T>,
  asked: Decision,
): Promise<Result<RecipeVersion>> {
  const decision = { reason: asked.body.reason, hand: handOf(context, asked.caller) };
  const retire = asked.body.version === undefined ? retireDocument : retireVersion;
  return change(context, asked, (tx, record) => retire(tx, record, decision));
}

async function change<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<OneRecipe & AskedVersion>,
  decide: (tx: Transaction, record: VersionRecord) => Promise<Result<VersionRecord>>,
): Promise<Result<RecipeVersion>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const address = recipeAddress(caller.orgId, body.recipe_id);
    const record = await lockVersion(tx, address, body.version ?? 'latest');
    if (!record) return notFound('recipe', body.recipe_id);
    const decided = await decide(tx, record);
    return decided.ok ? accept(await toRecipe(tx, context, decided.value)) : decided;
  });
}

async function coveredBySop<T extends ProcessTypes>(
  tx: Transaction,
  { definition }: ServiceContext<T>,
  record: VersionRecord,
): Promise<Result<unknown>> {
  const { recipe, sop_id: sopId } = contentOfRecipe(record);
  const parsed = definition.recipe.parse(recipe);
  if (!parsed.ok) return parsed;
  const sop = await findSop(tx, { orgId: record.document.org_id, sopId }, definition.id);
  if (!sop) return notFound('SOP', sopId);
  return sopGate(sop, definition.recipe.limitValues(parsed.value.recipe));
}
