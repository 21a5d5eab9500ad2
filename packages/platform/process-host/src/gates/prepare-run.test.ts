import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, ours, recipeDesk, value } from '../../test/recipe-desk.ts';
import type { RecipeDesk } from '../../test/recipe-desk.ts';

let desk: RecipeDesk;
let sopId: string;

beforeAll(async () => {
  desk = await recipeDesk();
  sopId = await desk.approvedSop('medium', { level_mm: { maximum: 50 } });
});
afterAll(() => desk.close());

test('many requests of one moment get each their own answer, and each recipe is kept once', async () => {
  const levels = [41, 41, 42, 60, 43, 42];
  const answers = await Promise.all(levels.map((level_mm) => desk.run({}, { level_mm })));
  expect(answers.map(codeOf)).toEqual(['ok', 'ok', 'ok', 'sop_limit_exceeded', 'ok', 'ok']);
  const recipes = answers.flatMap((answer) => (answer.ok ? [answer.value.recipe['level_mm']] : []));
  expect(recipes).toEqual([41, 41, 42, 43, 42]);
  const kept = await desk.context.database.withOrg(ours, (tx) =>
    tx.execute(sql`select recipe->>'level_mm' as level from recipes
      where recipe->>'level_mm' in ('41', '42', '43', '60') order by 1`),
  );
  expect(kept.rows.map((row) => row['level'])).toEqual(['41', '42', '43']);
});

test('requests for named and for posted recipes share a moment, and a wrong one spoils no other', async () => {
  const recipe = await desk.approved(sopId);
  const unknown = '99999999-9999-4999-8999-999999999999';
  const [named, missing, posted, elsewhere] = await Promise.all([
    desk.run({ recipe_id: recipe.recipe_id }),
    desk.run({ recipe_id: unknown }),
    desk.run({}, { level_mm: 44 }),
    desk.run({ equipment_id: 'T-none' }, { level_mm: 44 }),
  ]);
  expect(value(named)).toMatchObject({ recipe_id: recipe.recipe_id, recipe_hash: recipe.recipe_hash });
  expect(value(posted)).toMatchObject({ recipe_id: null, equipment_ids: ['T-1'] });
  expect([codeOf(missing), codeOf(elsewhere)]).toEqual(['not_found', 'not_found']);
});

test('what the gates said stands with its evidence: the calibrations that count for each tool', async () => {
  const { compliance, calibration_ids } = value(await desk.run({}, { level_mm: 45 }));
  const [tool] = compliance?.evidence.tools ?? [];
  expect(tool?.calibrations.map((calibration) => calibration.calibration_id)).toEqual(calibration_ids);
});
