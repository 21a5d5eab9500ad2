import type { Caller, RecipeVersion } from '@spectra/schemas';
import { approveRecipe, submitRecipe } from '../src/catalog/recipe-approval.ts';
import { createRecipe } from '../src/catalog/recipes.ts';
import { approveSop, createSop } from '../src/catalog/sops.ts';
import { valueOf, type tankService } from './tank-service.ts';

/** A recipe of this level in force, written by the engineer and signed by somebody else, under a SOP of its own. */
export async function approvedRecipe(
  { context, clock, asked }: Awaited<ReturnType<typeof tankService>>,
  levelMm: number,
): Promise<RecipeVersion> {
  const approver: Caller = { orgId: asked({}).caller.orgId, userId: 'approver', role: 'admin' };
  const signature = {
    meaning: 'Reviewed and approved',
    authenticated_at: new Date(clock.nowMs()).toISOString(),
    auth_method: 'password',
  };
  const content = {
    process: 'tank',
    title: 'Filling',
    body: '',
    hazard_class: 'medium' as const,
    limits: {},
  };
  const { sop_id, content_hash } = valueOf(await createSop(context, asked(content)));
  valueOf(await approveSop(context, asked({ sop_id, content_hash, ...signature }, approver)));
  const body = { process: 'tank', name: `Fill to ${levelMm}`, recipe: { level_mm: levelMm }, sop_id };
  const { recipe_id, content_hash: hash } = valueOf(await createRecipe(context, asked(body)));
  valueOf(await submitRecipe(context, asked({ recipe_id })));
  return valueOf(
    await approveRecipe(context, asked({ recipe_id, content_hash: hash, ...signature }, approver)),
  );
}
