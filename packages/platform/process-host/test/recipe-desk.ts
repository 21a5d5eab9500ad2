import { fileURLToPath } from 'node:url';
import { tankProcess } from '@spectra/run-engine';
import type { TankTypes } from '@spectra/run-engine';
import type { Caller, RecipeVersion, Result } from '@spectra/schemas';
import { manualClock, silentLogger, testDatabase, testMessaging } from '@spectra/testkit';
import { createCalibration } from '../src/catalog/calibrations.ts';
import { createEquipment } from '../src/catalog/equipment.ts';
import { approveRecipe, submitRecipe } from '../src/catalog/recipe-approval.ts';
import { createRecipe } from '../src/catalog/recipes.ts';
import { approveSop, createSop } from '../src/catalog/sops.ts';
import { prepareRun } from '../src/gates/prepare-run.ts';
import type { ServiceContext } from '../src/service-context.ts';
import { signersWithout } from './signers.ts';

const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const dayMs = 24 * 3_600_000;
export const ours = '11111111-1111-4111-8111-111111111111';
const theirs = '22222222-2222-4222-8222-222222222222';
export const author: Caller = { orgId: ours, userId: 'author', role: 'engineer' };
export const editor: Caller = { orgId: ours, userId: 'editor', role: 'engineer' };
export const first: Caller = { orgId: ours, userId: 'first', role: 'admin' };
export const second: Caller = { orgId: ours, userId: 'second', role: 'admin' };
export const foreigner: Caller = { orgId: theirs, userId: 'foreigner', role: 'admin' };
const sopAuthor: Caller = { orgId: ours, userId: 'sop-author', role: 'engineer' };

export function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.detail}`);
  return result.value;
}
export const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.code);
export const detailOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.detail);
export const asked = <Body>(body: Body, caller = author) => ({ caller, traceparent, body });

/** Recipes and SOPs of the tank process on real servers, with one calibrated tool and people to sign. */
export async function recipeDesk() {
  const [database, messaging] = await Promise.all([
    testDatabase([{ schema: 'tank', migrationsFolder }]),
    testMessaging(),
  ]);
  const clock = manualClock();
  const disabled = new Set<string>();
  const context: ServiceContext<TankTypes> = {
    definition: tankProcess,
    database: database.open('tank'),
    messaging: messaging.messaging,
    signers: signersWithout(disabled),
    clock,
    logger: silentLogger(),
  };
  const at = (days: number) => new Date(clock.nowMs() + days * dayMs).toISOString();
  const signature = (contentHash: string) => ({
    meaning: 'Reviewed and approved',
    content_hash: contentHash,
    authenticated_at: at(0),
    auth_method: 'password',
  });
  value(await createEquipment(context, asked({ equipment_id: 'T-1', name: 'T-1' })));
  const calibration = { equipment_id: 'T-1', type: 'level', factor: 1 };
  const span = { performed_at: at(-1), valid_until: at(200) };
  value(await createCalibration(context, asked({ ...calibration, ...span })));
  let named = 0;
  const desk = {
    context,
    clock,
    disabled,
    at,
    signature,
    async approvedSop(hazard_class: 'medium' | 'high' = 'medium', limits = {}): Promise<string> {
      const body = { process: 'tank', title: 'Filling', body: '', hazard_class, limits };
      const { sop_id, content_hash } = value(await createSop(context, asked(body, sopAuthor)));
      for (const approver of hazard_class === 'high' ? [first, second] : [first]) {
        value(await approveSop(context, asked({ sop_id, ...signature(content_hash) }, approver)));
      }
      return sop_id;
    },
    async draft(sopId: string, level_mm = 40): Promise<RecipeVersion> {
      named += 1;
      const body = { process: 'tank', name: `Fill ${named}`, recipe: { level_mm }, sop_id: sopId };
      return value(await createRecipe(context, asked(body)));
    },
    async submitted(sopId: string): Promise<RecipeVersion> {
      const { recipe_id } = await desk.draft(sopId);
      return value(await submitRecipe(context, asked({ recipe_id })));
    },
    sign: (recipe: RecipeVersion, approver: Caller, hash = recipe.content_hash) =>
      approveRecipe(context, asked({ recipe_id: recipe.recipe_id, ...signature(hash) }, approver)),
    /** Signs exactly this version, newest or not. */
    signVersion: ({ recipe_id, version, content_hash }: RecipeVersion, approver: Caller) =>
      approveRecipe(context, asked({ recipe_id, version, ...signature(content_hash) }, approver)),
    approved: async (sopId: string): Promise<RecipeVersion> =>
      value(await desk.sign(await desk.submitted(sopId), first)),
    run: (options: Record<string, unknown>, recipe = {}) =>
      prepareRun(context, asked({ recipe, options: { wafer_id: 'W1', priority: 0, ...options } })),
    close: () => Promise.all([database.close(), messaging.close()]),
  };
  return desk;
}

export type RecipeDesk = Awaited<ReturnType<typeof recipeDesk>>;
