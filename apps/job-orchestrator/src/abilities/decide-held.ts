import { refuse, type Caller, type JobRecord, type jobsRpc, type Result } from '@spectra/schemas';
import { and, eq } from 'drizzle-orm';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { redriveJob, resumeHeldJob, scrapHeldJob } from '../core/decide-by-person.ts';
import { readPreparedTools } from '../store/prepared-tools.ts';
import { readRetries, standingRetry } from '../store/retries.ts';
import { deadLetters } from '../store/tables.ts';
import { getJob } from './read-jobs.ts';

/** A person decides about a held job: go on from its checkpoint, or give it up. */
export async function resolveHeld(
  context: AbilityContext,
  caller: Caller,
  body: z.output<(typeof jobsRpc)['resolveHeld']['request']>,
): Promise<Result<JobRecord>> {
  // Fixed at the creation, so reading it before deciding is as good as within.
  const tools = await preparedTools(context, caller, body.job_id);
  const reply = await context.commands.asOrg(caller.orgId, {
    jobId: body.job_id,
    decide: (job, situation) =>
      body.decision === 'resume' ? resumeHeldJob(job, tools) : scrapHeldJob(job, body.comment, situation),
  });
  if (reply === null) return refuse('not_found', 'There is no such job');
  return reply.ok ? getJob(context, caller, body.job_id) : reply;
}

/** A finally failed job goes back to its queue, with a fresh count of retries and its checkpoint. */
export async function redrive(
  context: AbilityContext,
  caller: Caller,
  deadLetterId: string,
): Promise<Result<JobRecord>> {
  const [letter] = await context.database.withOrg(caller.orgId, (tx) =>
    tx
      .select()
      .from(deadLetters)
      .where(and(eq(deadLetters.deadLetterId, deadLetterId), eq(deadLetters.orgId, caller.orgId))),
  );
  if (letter === undefined) return refuse('not_found', 'There is no such dead letter');
  if (letter.redrivenAt !== null)
    return refuse('illegal_transition', 'This dead letter was redriven already');
  const earlier = await context.database.withOrg(caller.orgId, (tx) =>
    readRetries(tx, caller.orgId, letter.jobId),
  );
  const standing = standingRetry(earlier);
  if (standing !== null) return refuse('illegal_transition', standing);
  const tools = await preparedTools(context, caller, letter.jobId);
  const reply = await context.commands.asOrg(caller.orgId, {
    jobId: letter.jobId,
    decide: (job) => redriveJob(job, deadLetterId, tools),
  });
  if (reply === null) return refuse('not_found', 'There is no such job');
  return reply.ok ? getJob(context, caller, letter.jobId) : reply;
}

function preparedTools(
  { database }: AbilityContext,
  caller: Caller,
  jobId: string,
): Promise<string[] | null> {
  return database.withOrg(caller.orgId, (tx) => readPreparedTools(tx, caller.orgId, jobId));
}
