import type { BatchMode, Caller, Refusal, Result } from '@spectra/schemas';
import type { AbilityContext } from '../context.ts';
import { batchRefusal } from '../core/batch-refusal.ts';
import { planDependencies, type Link } from '../core/plan-dependencies.ts';
import { knownJobs } from '../store/dependencies.ts';

/** An item of a batch on its way in: wanted, or refused before it came here. */
type Incoming<Wanted> = { key: string | null; item: { wanted: Wanted } | { refusal: Refusal } };

/** What became of the items of a batch, in their order. */
type Report<Answer> = {
  created: number;
  refused: number;
  items: { index: number; key: string | null; created: Answer | null; problem: Refusal | null }[];
};

/** What shall be created of a batch, and what is told of each item. */
export type PlannedBatch<Wanted> = {
  wanted: { index: number; jobId: string; wanted: Wanted; dependsOn: Link[] }[];
  /** The report once the wanted ones are created, in their order. */
  reportOf: <Answer>(answers: readonly Answer[]) => Report<Answer>;
};

/**
 * Gives each item its id and finds what it waits for. With all or nothing, one refused item refuses the batch
 * with every fault at its place.
 */
export async function planBatch<Wanted>(
  { database, newId }: AbilityContext,
  caller: Caller,
  batch: {
    listName: 'runs' | 'jobs';
    mode: BatchMode;
    items: readonly Incoming<Wanted>[];
    dependsOn: (wanted: Wanted) => readonly string[];
  },
): Promise<Result<PlannedBatch<Wanted>>> {
  const planned = batch.items.map(({ key, item }) => ({
    key,
    jobId: newId(),
    dependsOn: 'wanted' in item ? batch.dependsOn(item.wanted) : [],
    refused: 'refusal' in item,
  }));
  const names = planned.flatMap((item) => item.dependsOn);
  const known = await database.withOrg(caller.orgId, (tx) => knownJobs(tx, caller.orgId, names));
  const plans = planDependencies(planned, known);
  const refusals = batch.items.map(({ item }, index) => {
    const plan = plans[index];
    if ('refusal' in item) return item.refusal;
    return plan === undefined || plan.ok ? null : plan.refusal;
  });
  if (batch.mode === 'all_or_nothing' && refusals.some((refusal) => refusal !== null)) {
    return { ok: false, refusal: batchRefusal(batch.listName, refusals) };
  }
  const wanted = batch.items.flatMap(({ item }, index) => {
    const plan = plans[index];
    const jobId = planned[index]?.jobId;
    if (!('wanted' in item) || plan === undefined || !plan.ok || jobId === undefined) return [];
    return [{ index, jobId, wanted: item.wanted, dependsOn: plan.value }];
  });
  return {
    ok: true,
    value: { wanted, reportOf: (answers) => report(batch.items, { refusals, wanted, answers }) },
  };
}

function report<Answer>(
  items: readonly { key: string | null }[],
  ended: {
    refusals: readonly (Refusal | null)[];
    wanted: readonly { index: number }[];
    answers: readonly Answer[];
  },
): Report<Answer> {
  const created = new Map(ended.wanted.map(({ index }, place) => [index, ended.answers[place] ?? null]));
  return {
    created: ended.wanted.length,
    refused: items.length - ended.wanted.length,
    items: items.map(({ key }, index) => ({
      index,
      key,
      created: created.get(index) ?? null,
      problem: ended.refusals[index] ?? null,
    })),
  };
}
