import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { Result, runToRunRpc } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { findEquipment } from '../catalog/find-equipment.ts';
import { findRecipe } from '../catalog/recipe-view.ts';
import { notApproved } from '../gates/recipe-gate.ts';
import { runToRunResults, runToRunThreads } from '../prediction-tables.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { threadView } from './thread-view.ts';
import { threadsOf } from './threads.ts';

type Contract = (typeof runToRunRpc)['advise'];
type Body = z.output<Contract['request']>;

/** Proposals for the next run of a recipe on a tool, with the threads that they come from. */
export async function advise<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<Body>,
): Promise<Result<z.input<Contract['reply']>>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    if (!(await findEquipment(tx, caller.orgId, body.equipment_id)))
      return notFound('equipment', body.equipment_id);
    const named = await namedRecipe(tx, context, caller.orgId, body);
    if (!named.ok) return named;
    const { recipeHash, layer } = named.value;
    const key = { orgId: caller.orgId, equipmentId: body.equipment_id, recipeHash, layer };
    const threads = [];
    for (const thread of await threadsOf(tx, context, key)) {
      threads.push(await threadView(tx, thread, context.definition.id));
    }
    return accept({
      process: context.definition.id,
      equipment_id: body.equipment_id,
      recipe_hash: recipeHash,
      layer: layer === '' ? null : layer,
      advice: threads.map((thread) => ({ ...thread.advice, thread_id: thread.thread_id })),
      threads,
    });
  });
}

type Named = Result<{ recipeHash: string; layer: string }>;

/** The recipe is named by its hash, by a named recipe's version, or by a run that it made. */
async function namedRecipe<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  orgId: string,
  body: Body,
): Promise<Named> {
  const { recipe_hash: recipeHash, recipe_id: recipeId, run_id: runId, layer = '' } = body;
  const given = [recipeHash, recipeId, runId].filter((name) => name !== undefined);
  if (given.length !== 1) {
    const message = 'name the recipe by exactly one of recipe_hash, recipe_id and run_id';
    return refuse('validation_failed', message, [{ path: 'recipe_hash', message }]);
  }
  const { recipe_version: version } = body;
  if (recipeId === undefined && version !== undefined) {
    const message = 'is the version of a recipe_id, which is not given';
    return refuse('validation_failed', message, [{ path: 'recipe_version', message, value: version }]);
  }
  if (recipeHash !== undefined) return accept({ recipeHash, layer });
  if (recipeId !== undefined) return hashOfVersion(tx, context, { orgId, recipeId, version, layer });
  return recipeOfRun(tx, orgId, runId ?? '');
}

async function hashOfVersion<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  wanted: { orgId: string; recipeId: string; version: number | undefined; layer: string },
): Promise<Named> {
  const { orgId, recipeId, version = 'in-force', layer } = wanted;
  const found = await findRecipe(tx, context, { orgId, recipeId, version });
  if (found !== null) return accept({ recipeHash: found.recipe_hash, layer });
  const latest = await findRecipe(tx, context, { orgId, recipeId, version: 'latest' });
  if (latest === null) return notFound('recipe', recipeId);
  if (wanted.version === undefined) return notApproved(latest, 'is not in force', { status: 'approved' });
  return refuse('not_found', `Recipe "${latest.name}" has no version ${version}`);
}

async function recipeOfRun(tx: Transaction, orgId: string, runId: string): Promise<Named> {
  const [found] = await tx
    .select({ recipeHash: runToRunThreads.recipe_hash, layer: runToRunThreads.layer })
    .from(runToRunResults)
    .innerJoin(
      runToRunThreads,
      and(
        eq(runToRunThreads.org_id, runToRunResults.org_id),
        eq(runToRunThreads.thread_id, runToRunResults.thread_id),
      ),
    )
    .where(and(eq(runToRunResults.org_id, orgId), eq(runToRunResults.run_id, runId)))
    .limit(1);
  return found ? accept(found) : notFound('completed run', runId);
}
