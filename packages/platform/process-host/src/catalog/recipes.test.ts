import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tankProcess } from '@spectra/run-engine';
import { refuse } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import {
  asked,
  author,
  codeOf,
  detailOf,
  editor,
  first,
  foreigner,
  ours,
  recipeDesk,
  second,
  value,
} from '../../test/recipe-desk.ts';
import type { RecipeDesk } from '../../test/recipe-desk.ts';
import { approveRecipe, rejectRecipe, retireRecipe, submitRecipe } from './recipe-approval.ts';
import {
  createRecipe,
  createRecipeVersion,
  diffRecipe,
  getRecipe,
  listRecipes,
  listRecipeVersions,
} from './recipes.ts';
import { approveSop, createSopVersion, getSop, listSopVersions, retireSop } from './sops.ts';

let desk: RecipeDesk;
beforeAll(async () => {
  desk = await recipeDesk();
});
afterAll(() => desk.close());

describe('a recipe', () => {
  test('goes from draft over submitted to approved, and tells who signed what, when and how', async () => {
    const sopId = await desk.approvedSop();
    const recipe = await desk.draft(sopId);
    expect(recipe).toMatchObject({ version: 1, status: 'draft', author: 'author', hazard_class: 'medium' });
    expect(codeOf(await desk.sign(recipe, first))).toBe('illegal_transition');
    const laid = value(await submitRecipe(desk.context, asked({ recipe_id: recipe.recipe_id })));
    expect(laid).toMatchObject({ status: 'submitted', submitted_at: desk.at(0), approvals_required: 1 });
    const done = value(await desk.sign(laid, first));
    expect(done).toMatchObject({ status: 'approved', approved_version: 1 });
    expect(done.approvals).toMatchObject([
      {
        approver: 'first',
        meaning: 'Reviewed and approved',
        content_hash: recipe.content_hash,
        auth_method: 'password',
        auth_age_s: 0,
        approved_at: desk.at(0),
      },
    ]);
  });

  test('is refused outside the limits of the product, with the field under its own name', async () => {
    const fault = { path: 'level_mm', message: 'too big', value: 900, limit: { maximum: 100 } };
    const recipe = { ...tankProcess.recipe, parse: () => refuse('validation_failed', 'too full', [fault]) };
    const strict = { ...desk.context, definition: { ...tankProcess, recipe } };
    const body = { process: 'tank', name: 'Too full', recipe: {}, sop_id: await desk.approvedSop() };
    const refused = await createRecipe(strict, asked(body));
    expect(!refused.ok && refused.refusal.errors).toEqual([{ ...fault, path: 'recipe.level_mm' }]);
  });

  test('has a name of its own', async () => {
    const sopId = await desk.approvedSop();
    const body = { process: 'tank', name: 'Twice', recipe: { level_mm: 10 }, sop_id: sopId };
    value(await createRecipe(desk.context, asked(body)));
    expect(codeOf(await createRecipe(desk.context, asked({ ...body, name: 'TWICE' })))).toBe('conflict');
  });

  test('cannot be laid before its approvers outside its SOP', async () => {
    const narrow = await desk.approvedSop('medium', { level_mm: { maximum: 30 } });
    const recipe = await desk.draft(narrow, 40);
    const refused = await submitRecipe(desk.context, asked({ recipe_id: recipe.recipe_id }));
    expect(!refused.ok && refused.refusal).toMatchObject({
      code: 'sop_limit_exceeded',
      errors: [{ path: 'level_mm', value: 40, limit: { maximum: 30 } }],
    });
  });

  test('is not there for another organisation', async () => {
    const { recipe_id } = await desk.draft(await desk.approvedSop());
    expect(codeOf(await getRecipe(desk.context, asked({ recipe_id }, foreigner)))).toBe('not_found');
    expect(codeOf(await submitRecipe(desk.context, asked({ recipe_id }, foreigner)))).toBe('not_found');
    const theirList = value(await listRecipes(desk.context, asked({ limit: 50, offset: 0 }, foreigner)));
    expect(theirList).toEqual({ items: [], total: 0 });
  });

  test('is listed by state, part of the name and SOP', async () => {
    const sopId = await desk.approvedSop();
    const recipe = await desk.approved(sopId);
    await desk.draft(sopId);
    const list = async (filter: Record<string, unknown>) =>
      value(await listRecipes(desk.context, asked({ limit: 50, offset: 0, ...filter }))).items.map(
        (item) => item.recipe_id,
      );
    expect(await list({ sop_id: sopId, status: 'approved' })).toEqual([recipe.recipe_id]);
    expect(await list({ name: recipe.name.toLowerCase(), status: 'approved' })).toEqual([recipe.recipe_id]);
    expect(await list({ name: '%' })).toEqual([]);
  });
});

describe('signatures', () => {
  test('nobody signs what they wrote, also not what came out of a draft that they wrote', async () => {
    const recipe = await desk.submitted(await desk.approvedSop());
    expect(detailOf(await desk.sign(recipe, author))).toBe('Nobody approves what they wrote');
    const { recipe_id } = recipe;
    const changes = { level_mm: 41 };
    const next = value(await createRecipeVersion(desk.context, asked({ recipe_id, changes }, editor)));
    expect(next).toMatchObject({ version: 2, author: 'editor', contributors: ['editor', 'author'] });
    value(await submitRecipe(desk.context, asked({ recipe_id })));
    for (const writer of [author, editor]) {
      expect(codeOf(await desk.sign(next, writer))).toBe('permission_denied');
    }
    expect(value(await desk.sign(next, first)).status).toBe('approved');
  });

  test('after an approval the writers start anew: the author of the approved version may sign the next', async () => {
    const { recipe_id } = await desk.approved(await desk.approvedSop());
    const changes = { level_mm: 42 };
    const next = value(await createRecipeVersion(desk.context, asked({ recipe_id, changes }, editor)));
    expect(next.contributors).toEqual(['editor']);
    value(await submitRecipe(desk.context, asked({ recipe_id })));
    expect(value(await desk.sign(next, author)).status).toBe('approved');
  });

  test('a high hazard needs two different people', async () => {
    const recipe = await desk.submitted(await desk.approvedSop('high'));
    expect(value(await desk.sign(recipe, first)).status).toBe('submitted');
    expect(codeOf(await desk.sign(recipe, first))).toBe('conflict');
    expect(value(await desk.sign(recipe, second)).status).toBe('approved');
  });

  test('two people who sign at the same moment approve it together', async () => {
    const recipe = await desk.submitted(await desk.approvedSop('high'));
    const both = await Promise.all([desk.sign(recipe, first), desk.sign(recipe, second)]);
    expect(both.map((signed) => value(signed).status).toSorted()).toEqual(['approved', 'submitted']);
  });

  test('any change voids the signatures that were given; they stay and say when and why', async () => {
    const recipe = await desk.submitted(await desk.approvedSop('high'));
    const { recipe_id } = recipe;
    value(await desk.sign(recipe, first));
    desk.clock.advance(60_000);
    const changes = { level_mm: 43 };
    const next = value(await createRecipeVersion(desk.context, asked({ recipe_id, changes })));
    expect(next).toMatchObject({ version: 2, status: 'draft', approvals: [], voided_approvals: [] });
    const old = value(await getRecipe(desk.context, asked({ recipe_id, version: 1 })));
    expect(old).toMatchObject({ status: 'superseded', approvals: [] });
    expect(old.voided_approvals).toMatchObject([
      {
        approver: 'first',
        voided_at: desk.at(0),
        voided_by: 'author',
        voided_reason: 'changed by version 2',
      },
    ]);
    // The second signature for the old content comes too late, and the old hash is not that of the new version.
    const late = { recipe_id, version: 1, ...desk.signature(recipe.content_hash) };
    expect(codeOf(await approveRecipe(desk.context, asked(late, second)))).toBe('illegal_transition');
    value(await submitRecipe(desk.context, asked({ recipe_id })));
    expect(codeOf(await desk.sign(next, second, recipe.content_hash))).toBe('conflict');
    expect(value(await desk.sign(next, second)).status).toBe('submitted');
  });

  test('a login of 301 seconds is too old, one of 300 is not', async () => {
    const recipe = await desk.submitted(await desk.approvedSop());
    const signedAfter = (ageMs: number) => {
      const authenticated_at = new Date(desk.clock.nowMs() - ageMs).toISOString();
      const body = { recipe_id: recipe.recipe_id, ...desk.signature(recipe.content_hash), authenticated_at };
      return approveRecipe(desk.context, asked(body, first));
    };
    expect(codeOf(await signedAfter(301_000))).toBe('fresh_login_required');
    expect(value(await signedAfter(300_000)).approvals).toMatchObject([{ auth_age_s: 300 }]);
  });

  test('a change that changes nothing, or that moves to no SOP, is refused', async () => {
    const { recipe_id } = await desk.draft(await desk.approvedSop());
    const same = asked({ recipe_id, changes: { level_mm: 40 } });
    expect(codeOf(await createRecipeVersion(desk.context, same))).toBe('conflict');
    const nowhere = asked({ recipe_id, changes: {}, sop_id: '99999999-9999-4999-8999-999999999999' });
    expect(codeOf(await createRecipeVersion(desk.context, nowhere))).toBe('not_found');
    const unknown = asked({ recipe_id, changes: { level_mm: 41 }, base_version: 7 });
    expect(codeOf(await createRecipeVersion(desk.context, unknown))).toBe('validation_failed');
  });

  test('a rejected version keeps its reason and takes no more signatures', async () => {
    const recipe = await desk.submitted(await desk.approvedSop('high'));
    const { recipe_id } = recipe;
    value(await desk.sign(recipe, first));
    const reason = 'dose is wrong';
    const rejected = value(await rejectRecipe(desk.context, asked({ recipe_id, reason }, second)));
    expect(rejected).toMatchObject({
      status: 'rejected',
      status_reason: reason,
      voided_approvals: [{ voided_reason: 'rejected: dose is wrong' }],
    });
    expect(codeOf(await desk.sign(recipe, second))).toBe('illegal_transition');
    expect(codeOf(await retireRecipe(desk.context, asked({ recipe_id, reason }, second)))).toBe(
      'illegal_transition',
    );
  });

  test('the database itself refuses to change what was written or signed', async () => {
    await desk.approved(await desk.approvedSop());
    const forbidden = [
      sql`update document_versions set content = '{}'`,
      sql`delete from document_versions`,
      sql`update signatures set signer = 'somebody'`,
      sql`delete from signatures`,
      sql`update documents set name = 'other'`,
      sql`delete from equipment_events`,
      sql`update calibrations set valid_until = now()`,
    ];
    for (const statement of forbidden) {
      await expect(desk.context.database.withOrg(ours, (tx) => tx.execute(statement))).rejects.toMatchObject({
        cause: { message: expect.stringContaining('permission denied') },
      });
    }
  });
});

test('a run of a named version carries its approval as evidence: who signed which content, and when', async () => {
  const recipe = await desk.approved(await desk.approvedSop());
  const prepared = value(await desk.run({ recipe_id: recipe.recipe_id }));
  const findings = prepared.compliance?.findings ?? [];
  expect(findings.find(({ rule }) => rule === 'recipe_approval')).toMatchObject({
    status: 'passed',
    evidence: {
      recipe_id: recipe.recipe_id,
      version: 1,
      content_hash: recipe.content_hash,
      accepted_hash: prepared.recipe_hash,
      version_hash: prepared.recipe_hash,
      signatures: [{ approver: 'first', approved_at: desk.at(0), auth_method: 'password' }],
    },
  });
  const posted = value(await desk.run({}, { level_mm: 40 }));
  expect(posted.compliance?.evidence.named_recipe).toBeNull();
  expect(posted.compliance?.verdict).toBe('compliant');
});

describe('versions', () => {
  test('tell what differs, with units and in words', async () => {
    const { recipe_id } = await desk.draft(await desk.approvedSop());
    value(await createRecipeVersion(desk.context, asked({ recipe_id, changes: { level_mm: 50 } })));
    const diff = value(await diffRecipe(desk.context, asked({ recipe_id, from: 1, to: 2 })));
    expect(diff.changes).toEqual([
      {
        path: 'level_mm',
        kind: 'changed',
        before: 40,
        after: 50,
        unit: 'mm',
        text: 'level_mm: 40 mm → 50 mm (+25 %)',
      },
    ]);
    const versions = value(
      await listRecipeVersions(desk.context, asked({ recipe_id, limit: 10, offset: 0 })),
    );
    expect(versions.items.map((item) => item.version)).toEqual([2, 1]);
    expect(codeOf(await diffRecipe(desk.context, asked({ recipe_id, from: 1, to: 9 })))).toBe('not_found');
  });

  test('of a SOP: the one in force stays in force until the next is approved', async () => {
    const sop_id = await desk.approvedSop('medium', { level_mm: { maximum: 45 } });
    const limits = { level_mm: { maximum: 30 } };
    const next = value(await createSopVersion(desk.context, asked({ sop_id, limits })));
    expect(next).toMatchObject({ version: 2, status: 'draft', approved_version: 1 });
    expect(codeOf(await desk.run({ sop_id }, { level_mm: 40 }))).toBe('ok');
    value(await approveSop(desk.context, asked({ sop_id, ...desk.signature(next.content_hash) }, second)));
    expect(codeOf(await desk.run({ sop_id }, { level_mm: 40 }))).toBe('sop_limit_exceeded');
    const all = value(await listSopVersions(desk.context, asked({ sop_id, limit: 10, offset: 0 })));
    expect(all.items.map((item) => item.status)).toEqual(['approved', 'approved']);
    value(await retireSop(desk.context, asked({ sop_id, reason: 'gas cabinet moved' }, first)));
    expect(value(await getSop(desk.context, asked({ sop_id }))).status).toBe('retired');
    expect(detailOf(await desk.run({ sop_id }, { level_mm: 20 }))).toContain(
      'is retired (gas cabinet moved)',
    );
  });
});
