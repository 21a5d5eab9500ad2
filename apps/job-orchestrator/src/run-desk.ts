import type { Database, Transaction } from '@spectra/database';
import { accept, refuse, type jobsRpc, type Result } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import type { z } from 'zod';
import { realDurationS, type EstimateOf } from './core/estimate.ts';
import { createGroupCommit, type GroupCommit } from './core/group-commit.ts';
import { insertRuns, type CreateSettings, type NewRun, type QueuedRun } from './store/run-rows.ts';
import { idempotencyKeys } from './store/tables.ts';

/** What a creation answers. */
export type CreateAnswer = z.output<(typeof jobsRpc)['createRun']['reply']>;

/** A run to create, and the key under which repeating it is harmless. */
type CreateItem = { newRun: NewRun; idempotency: { key: string; bodyHash: string } | null };

/** Creates runs; those of one organisation that come together are stored together. */
export type RunDesk = {
  create(item: CreateItem): Promise<Result<CreateAnswer>>;
  drain(): Promise<void>;
};

const runsMax = 100;
const waitingMax = 10_000;

/** Opens the desk. `created` is called after each commit. */
export function createRunDesk(options: {
  database: Database;
  settings: CreateSettings;
  estimate: EstimateOf;
  created: () => void;
}): RunDesk {
  const { database } = options;
  const organisations = new Map<string, GroupCommit<CreateItem, Result<CreateAnswer>>>();
  const groupOf = (orgId: string): GroupCommit<CreateItem, Result<CreateAnswer>> => {
    const group =
      organisations.get(orgId) ??
      createGroupCommit({
        itemsMax: runsMax,
        waitingMax,
        write: async (items: readonly CreateItem[]) => {
          const answers = await database.withOrg(orgId, (tx) => createTogether(tx, items, options));
          options.created();
          return answers;
        },
      });
    organisations.set(orgId, group);
    return group;
  };
  return {
    create: (item) => groupOf(item.newRun.orgId).submit(item),
    drain: async () => {
      await Promise.all([...organisations.values()].map((group) => group.drain()));
    },
  };
}

/** Run, job, first event and idempotency key of each item, in one transaction. */
async function createTogether(
  tx: Transaction,
  items: readonly CreateItem[],
  options: { settings: CreateSettings; estimate: EstimateOf },
): Promise<Result<CreateAnswer>[]> {
  const taken = await takeKeys(tx, items);
  const fresh = items.filter((item) => taken.get(keyOf(item))?.owner === item || item.idempotency === null);
  const queued = await insertRuns(
    tx,
    fresh.map((item) => item.newRun),
    options.settings,
  );
  const answers = new Map<CreateItem, CreateAnswer>();
  for (const [index, item] of fresh.entries()) {
    const run = queued[index];
    if (run !== undefined) answers.set(item, answerOf(item.newRun, run, options.estimate));
  }
  await keepAnswers(tx, answers);
  return items.map((item) => resultOf(item, taken, answers));
}

type TakenKey = { bodyHash: string } & (
  | { owner: CreateItem; answer?: undefined }
  | { owner: null; answer: CreateAnswer }
);

/** Claims each key for its first item; a key that was used before comes back with its answer. */
async function takeKeys(tx: Transaction, items: readonly CreateItem[]): Promise<Map<string, TakenKey>> {
  const owners = new Map<string, CreateItem>();
  for (const item of items) {
    if (item.idempotency !== null && !owners.has(keyOf(item))) owners.set(keyOf(item), item);
  }
  const taken = new Map<string, TakenKey>();
  // In one order for everybody, since an insert waits for another that has the same key.
  for (const name of [...owners.keys()].sort()) {
    const owner = owners.get(name);
    if (owner !== undefined) taken.set(name, await takeKey(tx, owner));
  }
  return taken;
}

async function takeKey(tx: Transaction, item: CreateItem): Promise<TakenKey> {
  const { orgId, userId } = item.newRun;
  const { key, bodyHash } = item.idempotency ?? { key: '', bodyHash: '' };
  const inserted = await tx
    .insert(idempotencyKeys)
    .values({ orgId, userId, key, bodyHash })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  if (inserted.length > 0) return { bodyHash, owner: item };
  const [before] = await tx
    .select()
    .from(idempotencyKeys)
    .where(
      sql`${idempotencyKeys.orgId} = ${orgId} and ${idempotencyKeys.userId} = ${userId} and ${idempotencyKeys.key} = ${key}`,
    );
  if (before === undefined) throw new Error('an idempotency key was swept while it was used; try again');
  return { bodyHash: before.bodyHash, owner: null, answer: before.answer as CreateAnswer };
}

async function keepAnswers(tx: Transaction, answers: ReadonlyMap<CreateItem, CreateAnswer>): Promise<void> {
  for (const [item, answer] of answers) {
    if (item.idempotency === null) continue;
    const { orgId, userId } = item.newRun;
    await tx.execute(sql`
      update idempotency_keys set answer = ${JSON.stringify(answer)}::jsonb
      where org_id = ${orgId} and user_id = ${userId} and key = ${item.idempotency.key}`);
  }
}

function resultOf(
  item: CreateItem,
  taken: ReadonlyMap<string, TakenKey>,
  answers: ReadonlyMap<CreateItem, CreateAnswer>,
): Result<CreateAnswer> {
  const key = item.idempotency === null ? undefined : taken.get(keyOf(item));
  if (key !== undefined && key.bodyHash !== item.idempotency?.bodyHash) {
    return refuse('idempotency_mismatch', 'This idempotency key was used with another body');
  }
  const answer = key?.answer ?? answers.get(key?.owner ?? item);
  if (answer === undefined) throw new Error('a run was not created');
  return accept(answer);
}

function answerOf(newRun: NewRun, run: QueuedRun, estimate: EstimateOf): CreateAnswer {
  const { prepared, options } = newRun;
  const timeScale = options.time_scale ?? prepared.default_time_scale;
  const start = estimate({
    orgId: newRun.orgId,
    queue: run.queue,
    equipmentIds: prepared.equipment_ids,
    expectedS: realDurationS(prepared.estimated_tool_time_s, timeScale),
    ahead: run.ahead,
  });
  return {
    run_id: run.runId,
    job_id: run.jobId,
    status: 'queued',
    created_at: new Date(run.createdAtMs).toISOString(),
    position_in_queue: start.positionInQueue,
    estimated_start: new Date(run.createdAtMs + start.startsInS * 1000).toISOString(),
    warnings: prepared.warnings,
  };
}

function keyOf(item: CreateItem): string {
  return `${item.newRun.userId}\n${item.idempotency?.key ?? ''}`;
}
