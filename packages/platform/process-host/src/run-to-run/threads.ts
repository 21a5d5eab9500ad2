import { and, count, desc, eq } from 'drizzle-orm';
import type { z } from 'zod';
import { accept, refuse } from '@spectra/schemas';
import type { FieldError, Result, runToRunRpc, threadSchema } from '@spectra/schemas';
import type { Transaction } from '@spectra/database';
import type { ProcessTypes } from '@spectra/run-engine';
import { findEquipment } from '../catalog/find-equipment.ts';
import { runToRunChanges, runToRunThreads } from '../prediction-tables.ts';
import type { Asked, ServiceContext } from '../service-context.ts';
import { notFound } from '../service-context.ts';
import { recipes } from '../tables.ts';
import type { ThreadRow } from './thread-history.ts';
import { settingsErrors } from './thread-settings.ts';
import { openThread, threadFacts, threadView } from './thread-view.ts';
import type { OpenThread } from './thread-view.ts';

type Rpc = typeof runToRunRpc;
type Thread = z.infer<typeof threadSchema>;

const changesShown = 100;

/** The organisation's run-to-run threads, the youngest first. */
export async function listThreads<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['listThreads']['request']>>,
): Promise<Result<{ items: Thread[]; total: number }>> {
  const wanted = and(
    eq(runToRunThreads.org_id, caller.orgId),
    body.equipment_id === undefined ? undefined : eq(runToRunThreads.equipment_id, body.equipment_id),
    body.recipe_hash === undefined ? undefined : eq(runToRunThreads.recipe_hash, body.recipe_hash),
  );
  return context.database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select({ thread: runToRunThreads, wire: recipes.recipe })
      .from(runToRunThreads)
      .innerJoin(recipes, recipeOf)
      .where(wanted)
      .orderBy(desc(runToRunThreads.created_at), desc(runToRunThreads.thread_id))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx.select({ total: count() }).from(runToRunThreads).where(wanted);
    const items = rows.flatMap(({ thread, wire }) => {
      const open = openThread(context.definition, thread, wire);
      return open ? [threadFacts(open, context.definition.id)] : [];
    });
    return accept({ items, total: counted?.total ?? 0 });
  });
}

const recipeOf = and(
  eq(recipes.org_id, runToRunThreads.org_id),
  eq(recipes.recipe_hash, runToRunThreads.recipe_hash),
);

/** One thread with its state, advice, history, and who changed it. */
export async function getThread<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['getThread']['request']>>,
): Promise<Result<z.input<Rpc['getThread']['reply']>>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const thread = await findThread(tx, context, { orgId: caller.orgId, threadId: body.thread_id });
    if (!thread) return notFound('thread', body.thread_id);
    const changes = await tx
      .select()
      .from(runToRunChanges)
      .where(and(eq(runToRunChanges.org_id, caller.orgId), eq(runToRunChanges.thread_id, body.thread_id)))
      .orderBy(desc(runToRunChanges.arrival))
      .limit(changesShown);
    return accept({
      ...(await threadView(tx, thread, context.definition.id)),
      changes: changes.map((change) => ({
        kind: change.kind,
        by: change.changed_by,
        at: change.changed_at.toISOString(),
        detail: change.detail,
      })),
    });
  });
}

/** Sets a thread's settings, making the thread when it is new. Settings that cannot settle are refused. */
export async function setThread<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['setThread']['request']>>,
): Promise<Result<Thread>> {
  const loop = context.definition.runToRun.find((each) => each.id === body.loop);
  if (!loop) return unknownLoop(context, body.loop);
  return context.database.withOrg(caller.orgId, async (tx) => {
    if (!(await findEquipment(tx, caller.orgId, body.equipment_id)))
      return notFound('equipment', body.equipment_id);
    const wire = await findRecipe(tx, caller.orgId, body.recipe_hash);
    if (!wire) return notFound('recipe', body.recipe_hash);
    const key = {
      org_id: caller.orgId,
      equipment_id: body.equipment_id,
      recipe_hash: body.recipe_hash,
      layer: body.layer ?? '',
      loop: body.loop,
    };
    const before = (await findRow(tx, key)) ?? { ...newThread, ...key, start_input: loop.neutralInput };
    const settings = { ...before.settings, ...body.settings };
    const thread = openThread(context.definition, { ...before, settings }, wire);
    if (!thread) {
      return refuse('validation_failed', `There is nothing to steer by ${body.loop} in this recipe`, [
        { path: 'loop', message: 'steers nothing in this recipe', value: body.loop },
      ]);
    }
    const errors = settingsErrors(thread.settings, loop.neutralInput);
    if (errors.length > 0) return refuse('validation_failed', 'The thread would not settle', errors);
    const row = await ensureThread(tx, key, loop.neutralInput);
    await tx.update(runToRunThreads).set({ settings }).where(isThread(row));
    await tx.insert(runToRunChanges).values({
      org_id: caller.orgId,
      thread_id: row.thread_id,
      kind: 'settings',
      detail: body.settings,
      changed_by: caller.userId,
    });
    return accept(threadFacts({ ...thread, row: { ...row, settings } }, context.definition.id));
  });
}

/** A thread that is only thought of, to see whether its settings can be used. */
const newThread = {
  thread_id: '',
  settings: {},
  restarted_at: null,
  restart_reason: null,
  created_at: new Date(0),
};

/** After maintenance: earlier results count no more, and the next ones weigh as in a new thread. */
export async function restartThread<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { caller, body }: Asked<z.output<Rpc['restartThread']['request']>>,
): Promise<Result<Thread>> {
  return context.database.withOrg(caller.orgId, async (tx) => {
    const thread = await findThread(tx, context, { orgId: caller.orgId, threadId: body.thread_id });
    if (!thread) return notFound('thread', body.thread_id);
    const present = await threadView(tx, thread, context.definition.id);
    const start_input = body.input === 'keep' ? present.state.input : thread.loop.neutralInput;
    const change = {
      start_input,
      restarted_at: new Date(context.clock.nowMs()),
      restart_reason: body.reason,
    };
    await tx.update(runToRunThreads).set(change).where(isThread(thread.row));
    await tx.insert(runToRunChanges).values({
      org_id: caller.orgId,
      thread_id: body.thread_id,
      kind: 'restart',
      detail: { reason: body.reason, input: body.input, start_input },
      changed_by: caller.userId,
    });
    return accept(threadFacts({ ...thread, row: { ...thread.row, ...change } }, context.definition.id));
  });
}

type ThreadKey = Pick<ThreadRow, 'org_id' | 'equipment_id' | 'recipe_hash' | 'layer' | 'loop'>;

/** The row of a thread, made when there is none. */
export async function ensureThread(tx: Transaction, key: ThreadKey, startInput: number): Promise<ThreadRow> {
  await tx
    .insert(runToRunThreads)
    .values({ ...key, start_input: startInput })
    .onConflictDoNothing();
  const row = await findRow(tx, key);
  if (!row) throw new Error('a thread was neither made nor found');
  return row;
}

async function findRow(tx: Transaction, key: ThreadKey): Promise<ThreadRow | undefined> {
  const [row] = await tx
    .select()
    .from(runToRunThreads)
    .where(
      and(
        eq(runToRunThreads.org_id, key.org_id),
        eq(runToRunThreads.equipment_id, key.equipment_id),
        eq(runToRunThreads.recipe_hash, key.recipe_hash),
        eq(runToRunThreads.layer, key.layer),
        eq(runToRunThreads.loop, key.loop),
      ),
    );
  return row;
}

/** The threads of a recipe on a tool for a layer, in the order of the process's loops. */
export async function threadsOf<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  key: { orgId: string; equipmentId: string; recipeHash: string; layer: string },
): Promise<OpenThread<T>[]> {
  const wire = await findRecipe(tx, key.orgId, key.recipeHash);
  if (!wire) return [];
  const rows = await tx
    .select()
    .from(runToRunThreads)
    .where(
      and(
        eq(runToRunThreads.org_id, key.orgId),
        eq(runToRunThreads.equipment_id, key.equipmentId),
        eq(runToRunThreads.recipe_hash, key.recipeHash),
        eq(runToRunThreads.layer, key.layer),
      ),
    );
  return context.definition.runToRun.flatMap((loop) => {
    const row = rows.find((each) => each.loop === loop.id);
    return (row && openThread(context.definition, row, wire)) ?? [];
  });
}

async function findThread<T extends ProcessTypes>(
  tx: Transaction,
  context: ServiceContext<T>,
  wanted: { orgId: string; threadId: string },
): Promise<OpenThread<T> | null> {
  const [found] = await tx
    .select({ thread: runToRunThreads, wire: recipes.recipe })
    .from(runToRunThreads)
    .innerJoin(recipes, recipeOf)
    .where(and(eq(runToRunThreads.org_id, wanted.orgId), eq(runToRunThreads.thread_id, wanted.threadId)));
  return found ? openThread(context.definition, found.thread, found.wire) : null;
}

async function findRecipe(tx: Transaction, orgId: string, hash: string) {
  const [row] = await tx
    .select({ recipe: recipes.recipe })
    .from(recipes)
    .where(and(eq(recipes.org_id, orgId), eq(recipes.recipe_hash, hash)));
  return row?.recipe;
}

function isThread(row: ThreadRow) {
  return and(eq(runToRunThreads.org_id, row.org_id), eq(runToRunThreads.thread_id, row.thread_id));
}

function unknownLoop<T extends ProcessTypes>(context: ServiceContext<T>, loop: string): Result<never> {
  const error: FieldError = {
    path: 'loop',
    message: 'is not steered in this process',
    value: loop,
    limit: { one_of: context.definition.runToRun.map((each) => each.id) },
  };
  return refuse('validation_failed', 'This process has no such loop', [error]);
}
