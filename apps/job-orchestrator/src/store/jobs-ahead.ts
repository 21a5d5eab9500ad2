import { runPrepared, type Transaction } from '@spectra/database';
import { nowMsText } from './job-rows.ts';

/** Counting further would cost more than the exact number is worth. */
const aheadMax = 10_000;

const ofNewStatement = {
  name: 'ahead-of-new',
  text: `
    select t.queue, t.priority, (
      select count(*)::int from (
        select 1 from jobs j
        where j.status in ('queued', 'retrying') and j.dispatched_at is null
          and j.queue = t.queue and j.org_id = $1::uuid and j.rank_ms <= ${nowMsText} - t.priority * $2::float8
        limit ${aheadMax}) before) as ahead
    from unnest($3::text[], $4::int[]) as t(queue, priority)`,
};

/** A job that is about to be created. */
type NewPlace = { queue: string; priority: number };

/**
 * How many jobs of the organisation stand before each of these, which are about to be created in this order: one
 * count for each queue and priority among them, taken before they are there.
 */
export async function jobsAhead(
  tx: Transaction,
  created: readonly NewPlace[],
  { orgId, ageingStepMs }: { orgId: string; ageingStepMs: number },
): Promise<number[]> {
  const places = new Map(created.map((place) => [placeKey(place), place]));
  if (places.size === 0) return [];
  const counted = await runPrepared<NewPlace & { ahead: number }>(tx, ofNewStatement, [
    orgId,
    ageingStepMs,
    [...places.values()].map(({ queue }) => queue),
    [...places.values()].map(({ priority }) => priority),
  ]);
  const counts = new Map(counted.map((row) => [placeKey(row), row.ahead]));
  return created.map((place) => {
    const ahead = counts.get(placeKey(place)) ?? 0;
    counts.set(placeKey(place), ahead + 1);
    return ahead;
  });
}

function placeKey({ queue, priority }: NewPlace): string {
  return `${queue}/${priority}`;
}

const ofOneStatement = {
  name: 'ahead-of-one',
  text: `
    select count(*)::int as ahead from (
      select 1 from jobs j
      where j.status in ('queued', 'retrying') and j.dispatched_at is null
        and j.queue = $1 and j.org_id = $2::uuid and (j.rank_ms, j.sequence) < ($3::float8, $4::bigint)
      limit ${aheadMax}) before`,
};

/** How many jobs of its organisation stand before a waiting job in its queue. */
export async function countAhead(
  tx: Transaction,
  job: { orgId: string; queue: string; rankMs: number; sequence: number },
): Promise<number> {
  const values = [job.queue, job.orgId, job.rankMs, job.sequence];
  const [row] = await runPrepared<{ ahead: number }>(tx, ofOneStatement, values);
  return row?.ahead ?? 0;
}
