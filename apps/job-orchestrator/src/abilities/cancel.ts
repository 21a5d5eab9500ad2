import { accept, refuse, type Caller, type jobsRpc, type Result } from '@spectra/schemas';
import { runPrepared, type Database } from '@spectra/database';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import { cancelJob } from '../core/cancel-job.ts';
import { unchanged } from '../core/decision.ts';
import type { Job } from '../core/job.ts';

type Contract = (typeof jobsRpc)['cancel'];
type Body = z.output<Contract['request']>;

/** Stops a job, named by its own id or by its run. Repeating it while the job stops answers the same. */
export async function cancel(
  { commands, database }: AbilityContext,
  caller: Caller,
  body: Body,
): Promise<Result<z.input<Contract['reply']>>> {
  if (body.job_id === undefined && body.run_id === undefined) {
    return refuse('validation_failed', 'A cancel names a job_id or a run_id');
  }
  const jobId = body.job_id ?? (await jobOfRun(database, caller, body.run_id ?? ''));
  const refusal = refuse('not_found', 'There is no such job');
  if (jobId === null) return refusal;
  const reply = await commands.asOrg(caller.orgId, {
    jobId,
    decide: (job, situation) => {
      if (!isMeant(job, body)) return unchanged(job, { runId: job.runId, answer: refusal });
      const command = { reason: body.reason, userId: caller.userId, ownOnly: body.own_only };
      const decision = cancelJob(job, command, situation);
      return { ...decision, reply: { runId: job.runId, answer: decision.reply } };
    },
  });
  if (reply === null) return refusal;
  const { runId, answer } = reply;
  if (!answer.ok) return answer;
  const { status, cancelRequested } = answer.value;
  return accept({ job_id: jobId, run_id: runId, status, cancel_requested: cancelRequested });
}

/** Whoever names job, run, process and kind means a job to which all of them fit. */
function isMeant(job: Job, body: Body): boolean {
  return (
    (body.run_id === undefined || job.runId === body.run_id) &&
    (body.process === undefined || job.process === body.process) &&
    (body.tool_only !== true || job.runId === null)
  );
}

const jobOfRunStatement = {
  name: 'job-of-run',
  text: 'select job_id as "jobId" from jobs where org_id = $1::uuid and run_id = $2',
};

async function jobOfRun(database: Database, { orgId }: Caller, runId: string): Promise<string | null> {
  const [found] = await database.readTogether(orgId, ({ tx }) =>
    runPrepared<{ jobId: string }>(tx, jobOfRunStatement, [orgId, runId]),
  );
  return found?.jobId ?? null;
}
