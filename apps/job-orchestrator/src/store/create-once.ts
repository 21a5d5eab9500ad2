import type { Transaction } from '@spectra/database';
import { accept, refuse, type Result } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { idempotencyKeys } from './tables.ts';

/** Something to create, and the key under which repeating it is harmless. */
export type Creation<New> = {
  orgId: string;
  userId: string;
  idempotency: { key: string; bodyHash: string } | null;
  wanted: New;
};

/** Creates what is new and answers each creation in its place; a repeated key gets the answer of its first use. */
export async function createOnce<New, Answer>(
  tx: Transaction,
  creations: readonly Creation<New>[],
  insert: (wanted: readonly New[]) => Promise<Answer[]>,
): Promise<Result<Answer>[]> {
  const taken = await takeKeys<New, Answer>(tx, creations);
  const fresh = creations.filter(
    (creation) => creation.idempotency === null || taken.get(keyOf(creation))?.owner === creation,
  );
  const inserted = await insert(fresh.map((creation) => creation.wanted));
  const answers = new Map<Creation<New>, Answer>();
  for (const [index, creation] of fresh.entries()) {
    const answer = inserted[index];
    if (answer !== undefined) answers.set(creation, answer);
  }
  await keepAnswers(tx, answers);
  return creations.map((creation) => resultOf(creation, taken, answers));
}

type TakenKey<New, Answer> = { bodyHash: string } & (
  | { owner: Creation<New>; answer?: undefined }
  | { owner: null; answer: Answer }
);

/** Claims each key for its first creation; a key that was used before comes back with its answer. */
async function takeKeys<New, Answer>(
  tx: Transaction,
  creations: readonly Creation<New>[],
): Promise<Map<string, TakenKey<New, Answer>>> {
  const owners = new Map<string, Creation<New>>();
  for (const creation of creations) {
    if (creation.idempotency !== null && !owners.has(keyOf(creation))) owners.set(keyOf(creation), creation);
  }
  const taken = new Map<string, TakenKey<New, Answer>>();
  // In one order for everybody, since an insert waits for another that has the same key.
  for (const name of [...owners.keys()].sort()) {
    const owner = owners.get(name);
    if (owner !== undefined) taken.set(name, await takeKey(tx, owner));
  }
  return taken;
}

async function takeKey<New, Answer>(
  tx: Transaction,
  creation: Creation<New>,
): Promise<TakenKey<New, Answer>> {
  const { orgId, userId } = creation;
  const { key, bodyHash } = creation.idempotency ?? { key: '', bodyHash: '' };
  const inserted = await tx
    .insert(idempotencyKeys)
    .values({ orgId, userId, key, bodyHash })
    .onConflictDoNothing()
    .returning({ key: idempotencyKeys.key });
  if (inserted.length > 0) return { bodyHash, owner: creation };
  const [before] = await tx
    .select()
    .from(idempotencyKeys)
    .where(
      sql`${idempotencyKeys.orgId} = ${orgId} and ${idempotencyKeys.userId} = ${userId} and ${idempotencyKeys.key} = ${key}`,
    );
  if (before === undefined) throw new Error('an idempotency key was swept while it was used; try again');
  return { bodyHash: before.bodyHash, owner: null, answer: before.answer as Answer };
}

async function keepAnswers<New, Answer>(
  tx: Transaction,
  answers: ReadonlyMap<Creation<New>, Answer>,
): Promise<void> {
  for (const [{ orgId, userId, idempotency }, answer] of answers) {
    if (idempotency === null) continue;
    await tx.execute(sql`
      update idempotency_keys set answer = ${JSON.stringify(answer)}::jsonb
      where org_id = ${orgId} and user_id = ${userId} and key = ${idempotency.key}`);
  }
}

function resultOf<New, Answer>(
  creation: Creation<New>,
  taken: ReadonlyMap<string, TakenKey<New, Answer>>,
  answers: ReadonlyMap<Creation<New>, Answer>,
): Result<Answer> {
  const key = creation.idempotency === null ? undefined : taken.get(keyOf(creation));
  if (key !== undefined && key.bodyHash !== creation.idempotency?.bodyHash) {
    return refuse('idempotency_mismatch', 'This idempotency key was used with another body');
  }
  const answer = key?.answer ?? answers.get(key?.owner ?? creation);
  if (answer === undefined) throw new Error('something was not created');
  return accept(answer);
}

function keyOf(creation: Creation<unknown>): string {
  return `${creation.userId}\n${creation.idempotency?.key ?? ''}`;
}
