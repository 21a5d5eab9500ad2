import { accept, type Caller, type DeadLetter, type queuesRpc, type Result } from '@spectra/schemas';
import { and, count, desc, eq, isNotNull, isNull, type SQL } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { deadLetters, jobs } from '../store/tables.ts';

type Body = z.output<(typeof queuesRpc)['listDeadLetters']['request']>;

/** Finally failed jobs of the caller's organisation, newest first. */
export async function getDeadLetters(
  { database }: AbilityContext,
  caller: Caller,
  body: Body,
): Promise<Result<{ items: DeadLetter[]; total: number }>> {
  const filter = and(eq(deadLetters.orgId, caller.orgId), ...conditionsOf(body));
  return database.withOrg(caller.orgId, async (tx) => {
    const rows = await tx
      .select({ letter: deadLetters, jobType: jobs.jobType, tool: jobs.toolName })
      .from(deadLetters)
      .innerJoin(jobs, eq(jobs.jobId, deadLetters.jobId))
      .where(filter)
      .orderBy(desc(deadLetters.createdAt), desc(deadLetters.deadLetterId))
      .limit(body.limit)
      .offset(body.offset);
    const [counted] = await tx
      .select({ total: count() })
      .from(deadLetters)
      .innerJoin(jobs, eq(jobs.jobId, deadLetters.jobId))
      .where(filter);
    const items = rows.map(({ letter, jobType, tool }) => ({
      dead_letter_id: letter.deadLetterId,
      job_id: letter.jobId,
      run_id: letter.runId,
      job_type: jobType,
      tool,
      reason: letter.reason,
      code: letter.code,
      attempts: letter.attempts,
      created_at: letter.createdAt.toISOString(),
      redriven_at: letter.redrivenAt?.toISOString() ?? null,
    }));
    return accept({ items, total: counted?.total ?? 0 });
  });
}

function conditionsOf(body: Body): SQL[] {
  return [
    ...(body.job_id === undefined ? [] : [eq(deadLetters.jobId, body.job_id)]),
    ...(body.run_id === undefined ? [] : [eq(deadLetters.runId, body.run_id)]),
    ...(body.job_type === undefined ? [] : [eq(jobs.jobType, body.job_type)]),
    ...(body.code === undefined ? [] : [eq(deadLetters.code, body.code)]),
    ...(body.redriven === undefined ? [] : [redriven(body.redriven)]),
  ];
}

function redriven(wanted: boolean): SQL {
  return wanted ? isNotNull(deadLetters.redrivenAt) : isNull(deadLetters.redrivenAt);
}
