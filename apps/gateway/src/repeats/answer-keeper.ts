import type { Database, Transaction } from '@spectra/database';
import type { AnswerKeeper, Change, KeptAnswer } from '@spectra/http-kit';
import { accept, refuse } from '@spectra/schemas';
import { and, eq, sql, type SQL } from 'drizzle-orm';
import { canonicalSha256 } from '../canonical-json.ts';
import { keptAnswers } from '../store/tables.ts';

/** A request that is not answered by then was cut off; nobody knows what it did, and it may be made again. */
const atWorkS = 60;
const keptHours = 48;

/**
 * Answers of changes in Postgres, by organisation, user and key. A request that was cut off blocks its key for a minute:
 * one effect is certain unless gateway or service dies between the effect and its answer. What moves wafers goes the
 * other way: the orchestrator stores such keys together with their runs and jobs.
 */
export function createAnswerKeeper(database: Database): AnswerKeeper {
  return {
    claim: (change, key) =>
      database.withOrg(change.principal.caller.orgId, async (tx) => {
        const wanted = { ...ownerOf(change), key, requestSha256: requestSha256(change) };
        await forgetOld(tx, wanted.orgId);
        if (await isClaimed(tx, wanted)) return accept(null);
        return known(tx, wanted);
      }),
    keep: (change, key, { status, value }) =>
      database.withOrg(change.principal.caller.orgId, async (tx) => {
        const answer = value === undefined ? null : JSON.stringify(value);
        await tx.update(keptAnswers).set({ status, answer }).where(isKey(change, key));
      }),
    release: (change, key) =>
      database.withOrg(change.principal.caller.orgId, async (tx) => {
        await tx.delete(keptAnswers).where(isKey(change, key));
      }),
  };
}

type Wanted = { orgId: string; userId: string; key: string; requestSha256: string };

function ownerOf({ principal }: Change): { orgId: string; userId: string } {
  const { orgId, userId } = principal.caller;
  return { orgId, userId };
}

function isKey(change: Change, key: string): SQL | undefined {
  const { orgId, userId } = ownerOf(change);
  return and(eq(keptAnswers.orgId, orgId), eq(keptAnswers.userId, userId), eq(keptAnswers.key, key));
}

/** The same path asked for in another way, or with another body, is another request. */
function requestSha256({ route, path, body }: Change): string {
  return canonicalSha256({ method: route.method, path, body });
}

/** True when the key is new, or when the same request under it was cut off. Two at once: the second waits here. */
async function isClaimed(tx: Transaction, wanted: Wanted): Promise<boolean> {
  const claimed = await tx.execute(sql`
    insert into kept_answers (org_id, user_id, key, request_sha256)
    values (${wanted.orgId}, ${wanted.userId}, ${wanted.key}, ${wanted.requestSha256})
    on conflict (org_id, user_id, key) do update set claimed_at = excluded.claimed_at
    where kept_answers.status is null and kept_answers.request_sha256 = excluded.request_sha256
      and kept_answers.claimed_at < excluded.claimed_at - make_interval(secs => ${atWorkS})`);
  return claimed.rowCount === 1;
}

async function known(tx: Transaction, wanted: Wanted): ReturnType<AnswerKeeper['claim']> {
  const found = await tx.execute<{
    requestSha256: string;
    status: number | null;
    answer: string | null;
    waitS: number;
  }>(sql`
    select request_sha256 as "requestSha256", status, answer,
      greatest(1, ceil(${atWorkS} - extract(epoch from clock_timestamp() - claimed_at)))::int as "waitS"
    from kept_answers
    where org_id = ${wanted.orgId} and user_id = ${wanted.userId} and key = ${wanted.key}`);
  const [row] = found.rows;
  // Released between the two statements: the first request was refused just now.
  if (row === undefined) return { ...stillAtWork, retryAfterS: 1 };
  if (row.requestSha256 !== wanted.requestSha256) {
    return refuse('idempotency_mismatch', 'This idempotency key was used with another request.');
  }
  if (row.status === null) return { ...stillAtWork, retryAfterS: row.waitS };
  return accept(answerOf(row.status, row.answer));
}

const stillAtWork = refuse(
  'conflict',
  'The first request under this idempotency key is still at work, or was cut off just now.',
);

function answerOf(status: number, answer: string | null): KeptAnswer {
  return { status, value: answer === null ? undefined : JSON.parse(answer) };
}

async function forgetOld(tx: Transaction, orgId: string): Promise<void> {
  await tx.execute(sql`
    delete from kept_answers where (org_id, user_id, key) in (
      select org_id, user_id, key from kept_answers
      where org_id = ${orgId} and claimed_at < clock_timestamp() - make_interval(hours => ${keptHours})
      limit 1000)`);
}
