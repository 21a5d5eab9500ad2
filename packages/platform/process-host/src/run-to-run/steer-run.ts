import { and, eq } from 'drizzle-orm';
import { accept, refuse } from '@spectra/schemas';
import type { Result, RunSpec, RunSteering, Sop } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import { findSop } from '../catalog/sops.ts';
import { contentHash } from '../content-hash.ts';
import { sopGate } from '../gates/sop-gate.ts';
import { runRecipes } from '../prediction-tables.ts';
import type { ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { decideLoop } from './decide-loop.ts';
import type { SteeredLoop } from './decide-loop.ts';
import { threadView } from './thread-view.ts';
import { threadsOf } from './threads.ts';

/** The recipe that a run really uses, and what run-to-run control did to the one that was asked for. */
export interface SteeredRun<T extends ProcessTypes> {
  readonly recipe: T['recipe'];
  readonly wire: Record<string, unknown>;
  readonly inputs: ReadonlyMap<string, number>;
  readonly steering: RunSteering;
}

type Start = { readonly spec: RunSpec; readonly sop: Sop };

/**
 * Puts the advice of a run's threads into its recipe, where the SOP or a person lets it, just before the run starts:
 * only then its tool is known. The recipe as used passes the same limits and the same SOP as the one asked for, or the
 * recipe stays as asked. What was decided is stored first, so that a later attempt of the run uses the very same recipe.
 */
export async function steerRun<T extends ProcessTypes>(
  context: ServiceContext<T>,
  spec: RunSpec,
): Promise<Result<SteeredRun<T>>> {
  const sop = await context.database.withOrg(spec.org_id, (tx) =>
    findSop(tx, { orgId: spec.org_id, sopId: spec.sop_id }, context.definition.id),
  );
  return sop ? steerUnder(context, { spec, sop }) : notFound('SOP', spec.sop_id);
}

/** The same under a SOP that is known. */
export async function steerUnder<T extends ProcessTypes>(
  context: ServiceContext<T>,
  start: Start,
): Promise<Result<SteeredRun<T>>> {
  const { spec } = start;
  return context.database.withOrg(spec.org_id, async (tx) => {
    const before = await storedDecision(tx, spec);
    if (before) return steered(context.definition, spec, before);
    const decided = await decide(tx, context, start);
    if (!decided.ok) return decided;
    await tx
      .insert(runRecipes)
      .values({
        org_id: spec.org_id,
        run_id: spec.run_id,
        equipment_id: spec.equipment_id,
        layer: spec.layer ?? '',
        asked_hash: spec.recipe_hash,
        ...decided.value,
      })
      .onConflictDoNothing();
    return steered(context.definition, spec, (await storedDecision(tx, spec)) ?? decided.value);
  });
}

type Decision = Pick<typeof runRecipes.$inferSelect, 'used' | 'used_hash' | 'steering'>;

async function storedDecision(tx: Transaction, spec: RunSpec): Promise<Decision | undefined> {
  const [row] = await tx
    .select()
    .from(runRecipes)
    .where(and(eq(runRecipes.org_id, spec.org_id), eq(runRecipes.run_id, spec.run_id)));
  return row;
}

async function decide<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  { spec, sop }: Start,
): Promise<Result<Decision>> {
  const key = {
    orgId: spec.org_id,
    equipmentId: spec.equipment_id,
    recipeHash: spec.recipe_hash,
    layer: spec.layer ?? '',
  };
  const loops: SteeredLoop<T>[] = [];
  for (const thread of await threadsOf(tx, context, key)) {
    const { advice, state } = await threadView(tx, thread, context.definition.id);
    loops.push(decideLoop(thread, { advice, samples: state.samples, spec, sop }));
  }
  const asked = { used: spec.recipe, used_hash: spec.recipe_hash };
  if (loops.every((loop) => !loop.applied)) return accept({ ...asked, steering: loops.map(told) });
  const wire = loops.reduce<Record<string, unknown>>(
    (recipe, loop) => (loop.applied ? loop.loop.apply(recipe, loop.input) : recipe),
    spec.recipe,
  );
  const allowed = allowedRecipe(context.definition, wire, sop);
  if (allowed.ok) {
    return accept({ used: allowed.value, used_hash: contentHash(allowed.value), steering: loops.map(told) });
  }
  // A person asked for it, so a person is told; what happens by itself leaves the recipe as it is.
  if (spec.run_to_run === 'apply') return allowed;
  const why = `left as asked: the advice would break a limit (${allowed.refusal.detail})`;
  return accept({ ...asked, steering: loops.map((loop) => told(loop.applied ? loop.without(why) : loop)) });
}

/** The recipe as used must be one that the product and the SOP would have taken from a person. */
function allowedRecipe<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  wire: Record<string, unknown>,
  sop: Sop,
): Result<Record<string, unknown>> {
  const parsed = definition.recipe.parse(wire);
  if (!parsed.ok) return refuse(parsed.refusal.code, parsed.refusal.detail, parsed.refusal.errors);
  const covered = sopGate(sop, definition.recipe.limitValues(parsed.value.recipe));
  return covered.ok ? accept(parsed.value.wire) : covered;
}

function steered<T extends ProcessTypes>(
  definition: ProcessDefinition<T>,
  spec: RunSpec,
  decision: Decision,
): Result<SteeredRun<T>> {
  const parsed = definition.recipe.parse(decision.used);
  if (!parsed.ok) return parsed;
  return accept({
    recipe: parsed.value.recipe,
    wire: decision.used,
    inputs: new Map(decision.steering.map((loop) => [loop.loop, loop.input])),
    steering: {
      recipe_hash_asked: spec.recipe_hash,
      recipe_hash_used: decision.used_hash,
      recipe_used: decision.used,
      loops: decision.steering,
    },
  });
}

function told<T extends ProcessTypes>(loop: SteeredLoop<T>): RunSteering['loops'][number] {
  return loop.record;
}

/** What the log of a run says of its steering. */
export function steeringLines({ loops }: RunSteering): string[] {
  return loops.map(({ parameter, asked, used, reason }) => {
    const change = asked === used ? `${parameter} ${asked}` : `${parameter} ${asked} → ${used}`;
    return `Run-to-run: ${change} (${reason})`;
  });
}
