import type { Handler, Messaging, Request } from '@spectra/messaging';
import {
  accept,
  batchRpc,
  childRunsRpc,
  costsRpc,
  dossierRpc,
  healthRpc,
  jobsRpc,
  queuesRpc,
  refuse,
  schedulesRpc,
  templatesRpc,
  toolJobsRpc,
  type Caller,
  type Result,
  type RpcContract,
} from '@spectra/schemas';
import type { ServiceHealth } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';
import type { z } from 'zod';
import { cancel } from './abilities/cancel.ts';
import { createRuns, createToolJobs } from './abilities/create-batch.ts';
import { createRun } from './abilities/create-run.ts';
import { redrive, resolveHeld } from './abilities/decide-held.ts';
import { createToolJob } from './abilities/create-tool-job.ts';
import { correctCost, getCostEntries, getCosts, getRates, setRates } from './abilities/keep-costs.ts';
import { getDeadLetters } from './abilities/list-dead-letters.ts';
import { viewQueues } from './abilities/view-queues.ts';
import { listChildRuns } from './abilities/list-child-runs.ts';
import {
  changeSchedule,
  createSchedule,
  getFirings,
  getSchedule,
  getSchedules,
  removeSchedule,
} from './abilities/manage-schedules.ts';
import {
  addTemplateVersion,
  createTemplate,
  getTemplate,
  getTemplates,
  getTemplateVersions,
  retireTemplate,
} from './abilities/manage-templates.ts';
import { finish } from './abilities/finish.ts';
import { getDossier } from './abilities/get-dossier.ts';
import { heartbeat } from './abilities/heartbeat.ts';
import { getArtifact, getJob, getJobs, getLogs, getRun, getRuns } from './abilities/read-jobs.ts';
import { getToolJob, getToolJobs } from './abilities/read-tool-jobs.ts';
import { recordCompliance } from './abilities/record-compliance.ts';
import { retry } from './abilities/retry.ts';
import { take } from './abilities/take.ts';
import type { AbilityContext } from './context.ts';

/** The name under which others ask for runs and jobs. */
const serviceName = 'jobs';

type Serve = <Body extends z.ZodType, Reply extends z.ZodType>(
  contract: RpcContract<Body, Reply>,
  handler: Handler<Body, Reply>,
) => void;

/** Answers every ability of the orchestrator from its start to its stop. */
export function serveJobs(options: {
  messaging: Messaging;
  context: AbilityContext;
  health: () => Promise<ServiceHealth>;
}): Part {
  const { messaging, context } = options;
  const stops: (() => Promise<void>)[] = [];
  const serve: Serve = (contract, handler) => {
    stops.push(messaging.serve(serviceName, contract, handler));
  };
  return {
    name: 'rpc',
    start: async () => {
      serve(healthRpc, async () => accept(await options.health()));
      serveReaders(serve, context);
      serveDeciders(serve, context);
      serveBatches(serve, context);
      serveCosts(serve, context);
      serve(
        childRunsRpc.listChildRuns,
        asCaller((caller, { body }) => listChildRuns(context, caller, body)),
      );
      serveSchedules(serve, context);
      serveTemplates(serve, context);
      serveTools(serve, context);
      serve(jobsRpc.take, ({ body }) => take(context, body));
      serve(jobsRpc.heartbeat, ({ body }) => heartbeat(context, body));
      serve(jobsRpc.finish, ({ body }) => finish(context, body));
      serve(dossierRpc.recordCompliance, ({ body }) => recordCompliance(context, body));
    },
    stop: async () => {
      await Promise.all(stops.splice(0).map((stop) => stop()));
    },
  };
}

function serveReaders(serve: Serve, context: AbilityContext): void {
  serve(
    jobsRpc.getRun,
    asCaller((caller, { body }) => getRun(context, caller, body)),
  );
  serve(
    jobsRpc.listRuns,
    asCaller((caller, { body }) => getRuns(context, caller, body)),
  );
  serve(
    jobsRpc.getJob,
    asCaller((caller, { body }) => getJob(context, caller, body.job_id)),
  );
  serve(
    jobsRpc.listJobs,
    asCaller((caller, { body }) => getJobs(context, caller, body)),
  );
  serve(
    jobsRpc.getLogs,
    asCaller((caller, { body }) => getLogs(context, caller, body)),
  );
  serve(
    jobsRpc.getArtifact,
    asCaller((caller, { body }) => getArtifact(context, caller, body)),
  );
  serve(
    dossierRpc.getDossier,
    asCaller((caller, { body }) => getDossier(context, caller, body.run_id)),
  );
  serve(
    queuesRpc.listDeadLetters,
    asCaller((caller, { body }) => getDeadLetters(context, caller, body)),
  );
  serve(
    queuesRpc.viewQueues,
    asCaller((caller) => viewQueues(context, caller)),
  );
}

function serveDeciders(serve: Serve, context: AbilityContext): void {
  serve(
    jobsRpc.createRun,
    asCaller((caller, { body, traceparent }) => createRun(context, { caller, traceparent, body })),
  );
  serve(
    jobsRpc.cancel,
    asCaller((caller, { body }) => cancel(context, caller, body)),
  );
  serve(
    jobsRpc.retry,
    asCaller((caller, { body, traceparent }) => retry(context, { caller, traceparent, jobId: body.job_id })),
  );
  serve(
    jobsRpc.redrive,
    asCaller((caller, { body }) => redrive(context, caller, body.dead_letter_id)),
  );
  serve(
    jobsRpc.resolveHeld,
    asCaller((caller, { body }) => resolveHeld(context, caller, body)),
  );
}

function serveBatches(serve: Serve, context: AbilityContext): void {
  serve(
    batchRpc.createRuns,
    asCaller((caller, { body, traceparent }) => createRuns(context, { caller, traceparent, body })),
  );
  serve(
    batchRpc.createToolJobs,
    asCaller((caller, { body, traceparent }) => createToolJobs(context, { caller, traceparent, body })),
  );
}

function serveCosts(serve: Serve, context: AbilityContext): void {
  serve(
    costsRpc.sumCosts,
    asCaller((caller, { body }) => getCosts(context, caller, body)),
  );
  serve(
    costsRpc.listCostEntries,
    asCaller((caller, { body }) => getCostEntries(context, caller, body)),
  );
  serve(
    costsRpc.correctCost,
    asCaller((caller, { body }) => correctCost(context, caller, body)),
  );
  serve(
    costsRpc.setRates,
    asCaller((caller, { body }) => setRates(context, caller, body)),
  );
  serve(
    costsRpc.listRates,
    asCaller((caller) => getRates(context, caller)),
  );
}

function serveSchedules(serve: Serve, context: AbilityContext): void {
  const { createSchedule: create, changeSchedule: change, removeSchedule: remove } = schedulesRpc;
  serve(
    create,
    asCaller((caller, { body }) => createSchedule(context, caller, body)),
  );
  serve(
    change,
    asCaller((caller, { body }) => changeSchedule(context, caller, body)),
  );
  serve(
    remove,
    asCaller((caller, { body }) => removeSchedule(context, caller, body)),
  );
  serve(
    schedulesRpc.getSchedule,
    asCaller((caller, { body }) => getSchedule(context, caller, body)),
  );
  serve(
    schedulesRpc.listSchedules,
    asCaller((caller, { body }) => getSchedules(context, caller, body)),
  );
  serve(
    schedulesRpc.listFirings,
    asCaller((caller, { body }) => getFirings(context, caller, body)),
  );
}

function serveTemplates(serve: Serve, context: AbilityContext): void {
  serve(
    templatesRpc.createTemplate,
    asCaller((caller, { body }) => createTemplate(context, caller, body)),
  );
  serve(
    templatesRpc.addTemplateVersion,
    asCaller((caller, { body }) => addTemplateVersion(context, caller, body)),
  );
  serve(
    templatesRpc.retireTemplate,
    asCaller((caller, { body }) => retireTemplate(context, caller, body)),
  );
  serve(
    templatesRpc.getTemplate,
    asCaller((caller, { body }) => getTemplate(context, caller, body)),
  );
  serve(
    templatesRpc.listTemplates,
    asCaller((caller, { body }) => getTemplates(context, caller, body)),
  );
  serve(
    templatesRpc.listTemplateVersions,
    asCaller((caller, { body }) => getTemplateVersions(context, caller, body)),
  );
}

function serveTools(serve: Serve, context: AbilityContext): void {
  serve(
    toolJobsRpc.createToolJob,
    asCaller((caller, { body, traceparent }) => createToolJob(context, { caller, traceparent, body })),
  );
  serve(
    toolJobsRpc.getToolJob,
    asCaller((caller, { body }) => getToolJob(context, caller, body)),
  );
  serve(
    toolJobsRpc.listToolJobs,
    asCaller((caller, { body }) => getToolJobs(context, caller, body)),
  );
}

/** Refuses a request that nobody stands behind. */
function asCaller<Body extends z.ZodType, Value>(
  handle: (caller: Caller, request: Request<Body>) => Promise<Result<Value>>,
): (request: Request<Body>) => Promise<Result<Value>> {
  return async (request) => {
    if (request.caller === undefined) return refuse('unauthenticated', 'This ability needs a caller');
    return handle(request.caller, request);
  };
}
