import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { asked, codeOf, detailOf, first, ours, recipeDesk, second, value } from '../../test/recipe-desk.ts';
import type { RecipeDesk } from '../../test/recipe-desk.ts';
import { retireRecipe } from '../catalog/recipe-approval.ts';
import { createRecipeVersion } from '../catalog/recipes.ts';
import { approveSop, getSop, retireSop } from '../catalog/sops.ts';
import { startGate } from './start-gate.ts';

let desk: RecipeDesk;
beforeAll(async () => {
  desk = await recipeDesk();
});
afterAll(() => desk.close());
beforeEach(() => desk.disabled.clear());

describe('a run by recipe_id', () => {
  test('takes the newest approved version and keeps which one it was', async () => {
    const sop_id = await desk.approvedSop();
    const recipe = await desk.approved(sop_id);
    const { recipe_id } = recipe;
    value(await createRecipeVersion(desk.context, asked({ recipe_id, changes: { level_mm: 44 } })));
    expect(value(await desk.run({ recipe_id }))).toMatchObject({
      recipe: { level_mm: 40 },
      recipe_hash: recipe.recipe_hash,
      recipe_id,
      recipe_version: 1,
      sop_id,
    });
    const refused = await desk.run({ recipe_id, recipe_version: 2 });
    expect(!refused.ok && refused.refusal).toMatchObject({
      code: 'recipe_not_approved',
      errors: [{ path: 'recipe_version', message: 'is draft', value: 2 }],
    });
    expect(codeOf(await desk.run({ recipe_id, recipe_version: 9 }))).toBe('not_found');
  });

  test.each([
    ['a draft', async (id: string) => (await desk.draft(id)).recipe_id, 'is draft'],
    ['a submitted one', async (id: string) => (await desk.submitted(id)).recipe_id, 'is submitted'],
    [
      'a retired one',
      async (id: string) => {
        const { recipe_id } = await desk.approved(id);
        value(await retireRecipe(desk.context, asked({ recipe_id, reason: 'layer gone' }, first)));
        return recipe_id;
      },
      'is retired (layer gone)',
    ],
  ])('%s is refused with its state', async (_name, make, state) => {
    const recipe_id = await make(await desk.approvedSop());
    const refused = await desk.run({ recipe_id });
    expect(codeOf(refused)).toBe('recipe_not_approved');
    expect(detailOf(refused)).toContain(state);
  });

  test('stands under the SOP of the recipe and no other', async () => {
    const { recipe_id } = await desk.approved(await desk.approvedSop());
    expect(codeOf(await desk.run({ recipe_id, sop_id: await desk.approvedSop() }))).toBe('validation_failed');
  });
});

describe('between submit and start', () => {
  async function queued() {
    const sopId = await desk.approvedSop();
    const recipe = await desk.approved(sopId);
    const { recipe_id, recipe_version } = value(await desk.run({ recipe_id: recipe.recipe_id }));
    const named = { recipeId: recipe_id ?? '', version: recipe_version ?? 0 };
    const start = () =>
      startGate(desk.context, { orgId: ours, equipmentId: 'T-1', sopId, named, values: {} });
    return { recipe, sopId, start };
  }

  test('nothing changed: it starts', async () => {
    const { start } = await queued();
    expect(codeOf(await start())).toBe('ok');
  });

  test('the recipe was retired: not started, and the reason is told', async () => {
    const { recipe, start } = await queued();
    const body = { recipe_id: recipe.recipe_id, version: 1, reason: 'wrong dose' };
    value(await retireRecipe(desk.context, asked(body, second)));
    expect(detailOf(await start())).toContain('is retired (wrong dose)');
  });

  test('the SOP was retired: not started', async () => {
    const { sopId, start } = await queued();
    value(await retireSop(desk.context, asked({ sop_id: sopId, reason: 'superseded' }, second)));
    expect(codeOf(await start())).toBe('sop_approval_missing');
  });

  test('an approver was deactivated: not started until somebody stands in', async () => {
    const { recipe, start } = await queued();
    desk.disabled.add('first');
    const refused = await start();
    expect(codeOf(refused)).toBe('sop_approval_missing');
    expect(detailOf(refused)).toMatch(
      /lacks 1 of 1 approvals: the signature of user first, who is deactivated/,
    );
    const sop = value(await getSop(desk.context, asked({ sop_id: recipe.sop_id })));
    const standIn = { sop_id: sop.sop_id, ...desk.signature(sop.content_hash) };
    value(await approveSop(desk.context, asked(standIn, second)));
    expect(codeOf(await start())).toBe('recipe_not_approved');
    value(await desk.sign(recipe, second));
    expect(codeOf(await start())).toBe('ok');
  });
});
