import { accept, refuse, type Caller, type Result, type ToolJobRecord } from '@spectra/schemas';
import type { toolJobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { AbilityContext } from '../context.ts';
import type { Page } from '../store/records.ts';
import { listToolJobs, readToolJob } from '../store/tool-records.ts';

type Body<Name extends keyof typeof toolJobsRpc> = z.output<(typeof toolJobsRpc)[Name]['request']>;

/** One job of a tool, with its result. */
export async function getToolJob(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'getToolJob'>,
): Promise<Result<ToolJobRecord>> {
  const job = await database.withOrg(caller.orgId, (tx) => readToolJob(tx, caller.orgId, body.job_id));
  return job === null ? refuse('not_found', `There is no job ${body.job_id}`) : accept(job);
}

/** Jobs of tools, newest first. */
export async function getToolJobs(
  { database }: AbilityContext,
  caller: Caller,
  body: Body<'listToolJobs'>,
): Promise<Result<Page<ToolJobRecord>>> {
  return accept(await database.withOrg(caller.orgId, (tx) => listToolJobs(tx, caller.orgId, body)));
}
