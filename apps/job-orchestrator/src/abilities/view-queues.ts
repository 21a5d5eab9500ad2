import {
  accept,
  toolEntry,
  toolNames,
  type Caller,
  type queuesRpc,
  type QueueView,
  type Result,
} from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { readQueues, type NextInLine, type QueueCount } from '../store/queue-rows.ts';

type Reply = z.input<(typeof queuesRpc)['viewQueues']['reply']>;
type Seen = { counts: readonly QueueCount[]; next: NextInLine | undefined; nowMs: number };

/** Every queue with what the caller's organisation has in it. */
export async function viewQueues(context: AbilityContext, { orgId }: Caller): Promise<Result<Reply>> {
  const { counts, next, nowMs } = await context.database.withOrg(orgId, (tx) => readQueues(tx, orgId));
  const { perQueue, perOrganisation } = context.limits;
  const toolQueues = toolNames.map((name) => toolEntry(name).queue);
  const names = new Set([...Object.keys(perQueue), ...toolQueues, ...counts.map((row) => row.queue)]);
  const queues = [...names].toSorted().map((queue) => {
    const seen = {
      counts: counts.filter((row) => row.queue === queue),
      next: next.find((job) => job.queue === queue),
      nowMs,
    };
    return viewOf(context, { orgId, queue, seen });
  });
  const running = queues.reduce((sum, queue) => sum + queue.running, 0);
  return accept({
    taken_at: new Date(nowMs).toISOString(),
    organisation: { running, limit: perOrganisation },
    queues,
  });
}

function viewOf(
  { limits, estimate }: AbilityContext,
  { orgId, queue, seen }: { orgId: string; queue: string; seen: Seen },
): QueueView {
  const count = (status: QueueCount['status']) => seen.counts.find((row) => row.status === status)?.jobs ?? 0;
  const oldestMs = seen.counts.find((row) => row.status === 'queued')?.oldestMs;
  return {
    queue,
    waiting: count('queued'),
    retrying: count('retrying'),
    blocked: count('blocked'),
    held: count('held'),
    running: count('running'),
    limit: limits.perQueue[queue] ?? limits.otherQueue,
    oldest_wait_s: oldestMs === undefined ? null : Math.max(0, seen.nowMs - oldestMs) / 1000,
    next: seen.next === undefined ? null : nextOf(estimate, orgId, { ...seen.next, nowMs: seen.nowMs }),
  };
}

function nextOf(
  estimate: AbilityContext['estimate'],
  orgId: string,
  job: NextInLine & { nowMs: number },
): NonNullable<QueueView['next']> {
  const { queue, equipmentIds, expectedS } = job;
  const { startsInS } = estimate({ orgId, queue, equipmentIds, expectedS, ahead: 0 });
  return {
    job_id: job.jobId,
    run_id: job.runId,
    priority: job.priority,
    created_at: new Date(job.createdAtMs).toISOString(),
    estimated_start: new Date(job.nowMs + startsInS * 1000).toISOString(),
  };
}
