import { commitBehind, runPrepared, type Transaction } from '@spectra/database';
import { accept, refuse, type Result } from '@spectra/schemas';

/** Something to create, and the key under which repeating it is harmless. */
export type Creation<New> = {
  orgId: string;
  userId: string;
  idempotency: { key: string; bodyHash: string } | null;
  wanted: New;
};

/**
 * Creates what is new and answers each creation in its place; a repeated key gets the answer of its first use.
 * `insert` is told when nothing follows it in the transaction.
 */
export async function createOnce<New, Answer>(
  tx: Transaction,
  creations: readonly Creation<New>[],
  insert: (wanted: readonly New[], isLast: boolean) => Promise<Answer[]>,
): Promise<Result<Answer>[]> {
  const taken = await takeKeys<New, Answer>(tx, creations);
  const fresh = creations.filter(
    (creation) => creation.idempotency === null || taken.get(keyOf(creation))?.owner === creation,
  );
  const inserted = await insert(
    fresh.map((creation) => creation.wanted),
    taken.size === 0,
  );
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
  if (owners.size === 0) return taken;
  // In one order for everybody, since an insert waits for another that has the same key.
  const wanted = [...owners.keys()].sort().flatMap((name) => owners.get(name) ?? []);
  const [first] = wanted;
  const columns = [
    wanted.map(({ userId }) => userId),
    wanted.map(({ idempotency }) => idempotency?.key ?? ''),
    wanted.map(({ idempotency }) => idempotency?.bodyHash ?? ''),
  ];
  // A statement of its own after it: it sees the keys for which this one waited.
  const [inserted, known] = await Promise.all([
    runPrepared<KeyRow>(tx, takeStatement, [first?.orgId, ...columns]),
    runPrepared<KeyRow & { answer: Answer }>(tx, knownStatement, [first?.orgId, columns[0], columns[1]]),
  ]);
  const fresh = new Set(inserted.map(nameOf));
  for (const row of known) {
    const owner = owners.get(nameOf(row));
    const mine = fresh.has(nameOf(row)) && owner !== undefined;
    taken.set(nameOf(row), {
      bodyHash: row.bodyHash,
      ...(mine ? { owner } : { owner: null, answer: row.answer }),
    });
  }
  if (taken.size < owners.size) {
    throw new Error('an idempotency key was swept while it was used; try again');
  }
  return taken;
}

type KeyRow = { userId: string; key: string; bodyHash: string };

const takeStatement = {
  name: 'take-keys',
  text: `insert into idempotency_keys (org_id, user_id, key, body_hash)
    select $1::uuid, k.user_id, k.key, k.body_hash
    from unnest($2::text[], $3::text[], $4::text[]) with ordinality as k(user_id, key, body_hash, place)
    order by k.place
    on conflict do nothing returning user_id as "userId", key, body_hash as "bodyHash"`,
};

const knownStatement = {
  name: 'known-keys',
  text: `select i.user_id as "userId", i.key, i.body_hash as "bodyHash", i.answer
    from unnest($2::text[], $3::text[]) as k(user_id, key)
    join idempotency_keys i on i.org_id = $1::uuid and i.user_id = k.user_id and i.key = k.key`,
};

const keepStatement = {
  name: 'keep-answers',
  text: `update idempotency_keys i set answer = k.answer::jsonb
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as k(org_id, user_id, key, answer)
    where i.org_id = k.org_id and i.user_id = k.user_id and i.key = k.key`,
};

async function keepAnswers<New, Answer>(
  tx: Transaction,
  answers: ReadonlyMap<Creation<New>, Answer>,
): Promise<void> {
  const keyed = [...answers].filter(([{ idempotency }]) => idempotency !== null);
  if (keyed.length === 0) return;
  commitBehind(tx);
  await runPrepared(tx, keepStatement, [
    keyed.map(([{ orgId }]) => orgId),
    keyed.map(([{ userId }]) => userId),
    keyed.map(([{ idempotency }]) => idempotency?.key),
    keyed.map(([, answer]) => JSON.stringify(answer)),
  ]);
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

function keyOf({ userId, idempotency }: Creation<unknown>): string {
  return nameOf({ userId, key: idempotency?.key ?? '' });
}

function nameOf({ userId, key }: { userId: string; key: string }): string {
  return `${userId}\n${key}`;
}
