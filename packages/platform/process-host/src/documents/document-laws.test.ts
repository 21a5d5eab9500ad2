import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Caller, DocumentStatus, RecipeVersion } from '@spectra/schemas';
import { asked, ours, recipeDesk, value } from '../../test/recipe-desk.ts';
import type { RecipeDesk } from '../../test/recipe-desk.ts';
import { rejectRecipe, retireRecipe, submitRecipe } from '../catalog/recipe-approval.ts';
import { createRecipeVersion, listRecipeVersions } from '../catalog/recipes.ts';
import { mayBecome, takesSignatures } from './document-lifecycle.ts';

const states: readonly DocumentStatus[] = [
  'draft',
  'submitted',
  'approved',
  'rejected',
  'superseded',
  'retired',
];
const people: readonly Caller[] = ['ann', 'bob', 'cid', 'dot', 'eve', 'fay'].map((userId) => ({
  orgId: ours,
  userId,
  role: 'engineer',
}));

describe('the life of a version', () => {
  test('has an end, and no way leads back from where somebody decided', () => {
    const rank = (status: DocumentStatus) => ['draft', 'submitted', 'approved'].indexOf(status);
    for (const from of states) {
      for (const to of states.filter((candidate) => mayBecome(from, candidate))) {
        expect(rank(to) === -1 || rank(to) > rank(from), `${from} → ${to}`).toBe(true);
      }
    }
    for (const end of ['rejected', 'superseded', 'retired'] as const) {
      expect(states.some((to) => mayBecome(end, to))).toBe(false);
      expect(takesSignatures('sop', end) || takesSignatures('recipe', end)).toBe(false);
    }
  });
});

describe('whatever people do with a recipe, in whatever order', () => {
  let desk: RecipeDesk;
  beforeAll(async () => {
    desk = await recipeDesk();
  });
  afterAll(() => desk.close());

  /** Numbers below `count`, the same for the same seed (Park and Miller). */
  function drawsOf(seed: number): (count: number) => number {
    let state = seed;
    return (count) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % count;
    };
  }

  async function versionsOf(recipe_id: string): Promise<RecipeVersion[]> {
    const page = { recipe_id, limit: 100, offset: 0 };
    return value(await listRecipeVersions(desk.context, asked(page))).items;
  }

  async function actAtRandom(recipe_id: string, draw: (count: number) => number): Promise<void> {
    const who = people[draw(people.length)] ?? people[0];
    if (!who) throw new Error('nobody');
    const versions = await versionsOf(recipe_id);
    const one = versions[draw(Math.min(2, versions.length))];
    if (!one) throw new Error('no version');
    const which = { recipe_id, version: one.version };
    const { context } = desk;
    const write = () =>
      createRecipeVersion(context, asked({ recipe_id, changes: { level_mm: 1 + draw(900) } }, who));
    const submit = () => submitRecipe(context, asked(which, who));
    const sign = () => desk.signVersion(one, who);
    const reject = () => rejectRecipe(context, asked({ ...which, reason: 'no good' }, who));
    const retire = () => retireRecipe(context, asked({ ...which, reason: 'not needed' }, who));
    const usual = [write, submit, submit, sign, sign, sign, sign, sign];
    const act = [...usual, ...usual, ...usual, reject, retire][draw(26)];
    await act?.();
    desk.clock.advance(1_000);
  }

  function expectLawful(version: RecipeVersion, told: string): void {
    const { status, approvals, voided_approvals: voided, contributors, content_hash: hash } = version;
    const signers = approvals.map(({ approver }) => approver);
    expect(new Set(signers).size, told).toBe(signers.length);
    for (const signature of [...approvals, ...voided]) {
      expect(signature.content_hash, told).toBe(hash);
      expect(contributors, told).not.toContain(signature.approver);
    }
    if (status === 'approved') expect(approvals.length, told).toBeGreaterThanOrEqual(2);
    if (status === 'submitted') expect(approvals.length, told).toBeLessThan(2);
    if (status === 'draft' || status === 'rejected' || status === 'superseded') {
      expect(approvals, told).toEqual([]);
    }
    for (const { voided_at: at, voided_reason: why } of voided) expect(at && why, told).toBeTruthy();
  }

  test.each([11, 23, 37, 53, 71, 97])(
    'an approved version has two signatures of others under its own content, and one that fell has none in force (seed %i)',
    async (seed) => {
      const draw = drawsOf(seed);
      const { recipe_id } = await desk.draft(await desk.approvedSop('high'), 1_000);
      let approvedOnce = 0;
      for (let step = 0; step < 60; step += 1) {
        await actAtRandom(recipe_id, draw);
        const versions = await versionsOf(recipe_id);
        for (const version of versions) {
          expectLawful(version, `seed ${seed}, step ${step}, version ${version.version}`);
        }
        const open = versions.filter(({ status }) => status === 'draft' || status === 'submitted');
        expect(open.length, `seed ${seed}, step ${step}`).toBeLessThanOrEqual(1);
        approvedOnce += versions.filter(({ status }) => status === 'approved').length;
      }
      seen.push(approvedOnce);
    },
  );

  const seen: number[] = [];
  test('the walks above did come to approvals', () => {
    expect(seen.filter((count) => count > 0).length).toBeGreaterThan(0);
  });
});
