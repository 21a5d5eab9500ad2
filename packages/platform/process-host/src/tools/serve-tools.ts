import { accept, refuse, toolEntry, toolRpc } from '@spectra/schemas';
import type { Result, TakenJob } from '@spectra/schemas';
import type { Part } from '@spectra/service-kit';
import type { z } from 'zod';
import type { Asked } from '../service-context.ts';
import type { GrantedAttempt } from '../worker/job-taker.ts';
import { JobTaker } from '../worker/job-taker.ts';
import { callTool } from './call-tool.ts';
import type { ServiceTool } from './service-tool.ts';
import { recordedResult, sentResult } from './store-result.ts';
import { ToolAttempt } from './tool-attempt.ts';
import type { ToolContext } from './tool-attempt.ts';

type RunTool = (typeof toolRpc)['runTool'];

/** A tool that is cut off begins anew elsewhere; the whole service has 30 s to stop. */
const drainMs = 3_000;

/** The parts that do a service's tools: for each of their queues a consumer of jobs and a door for answers at once. */
export function serveTools(
  context: ToolContext,
  tools: readonly ServiceTool[],
  worker: { slots: number; workerId: string },
): { parts: Part[]; runningCount(): number } {
  const queues = [...Map.groupBy(tools, (tool) => toolEntry(tool.name).queue)];
  const consumers = queues.map(
    ([queue, shelf]) =>
      new JobTaker(context, {
        queue,
        slots: worker.slots,
        drainMs,
        standsBy: true,
        workerId: worker.workerId,
        attemptAt: (taken, askedMs) => takeTool(context, shelf, { taken, leasedMs: askedMs }),
      }),
  );
  const threads: Part = {
    name: 'tool-threads',
    start: async () => context.pool.warmUp(),
    stop: () => context.pool.stop(),
  };
  return {
    parts: [threads, ...queues.map(([queue, shelf]) => answersAtOnce(context, queue, shelf)), ...consumers],
    runningCount: () => consumers.reduce((sum, consumer) => sum + consumer.runningCount, 0),
  };
}

/** The attempt at a job of a tool that was taken. */
function takeTool(
  context: ToolContext,
  shelf: readonly ServiceTool[],
  { taken, leasedMs }: { taken: TakenJob; leasedMs: number },
): GrantedAttempt {
  if (taken.kind !== 'tool') throw new Error(`job ${taken.spec.job_id} on a queue of tools calls no tool`);
  const { spec, attempt, lease_ttl_ms: leaseTtlMs } = taken;
  const tool = shelf.find((candidate) => candidate.name === spec.tool) ?? missing(spec.tool);
  return new ToolAttempt(context, tool, { spec, attempt, leaseTtlMs, leasedMs });
}

/** The registry put a tool on a queue whose service does not bring it: its jobs fail and say so. */
function missing(name: ServiceTool['name']): ServiceTool {
  return { name, run: async () => refuse('not_implemented', `No service brings the tool ${name}`) };
}

function answersAtOnce(context: ToolContext, queue: string, shelf: readonly ServiceTool[]): Part {
  let stop: (() => Promise<void>) | undefined;
  return {
    name: `tools-${queue}`,
    start: async () => {
      stop = context.messaging.serve(queue, toolRpc.runTool, async ({ caller, traceparent, body }) => {
        if (caller === undefined) return refuse('unauthenticated', 'The request names no caller');
        const tool = shelf.find((candidate) => candidate.name === body.tool) ?? missing(body.tool);
        return answerAtOnce(context, tool, { caller, traceparent, body });
      });
    },
    stop: async () => stop?.(),
  };
}

async function answerAtOnce(
  context: ToolContext,
  tool: ServiceTool,
  { caller, traceparent, body }: Asked<z.output<RunTool['request']>>,
): Promise<Result<z.input<RunTool['reply']>>> {
  const startedMs = context.clock.monotonicMs();
  const abort = new AbortController();
  const stopWatching = context.clock.after(body.within_ms, () => abort.abort());
  const end = await callTool(tool, context.pool, {
    params: body.params,
    caller,
    traceparent,
    signal: abort.signal,
    urgent: true,
    report: () => undefined,
    record: () => undefined,
    storeFile: () => Promise.reject(new Error('only a job has a place for a file')),
  });
  stopWatching();
  const duration_ms = Math.round(context.clock.monotonicMs() - startedMs);
  switch (end.kind) {
    case 'stopped':
      return accept({ kind: 'too_slow' });
    case 'refused':
      return { ok: false, refusal: end.refusal };
    case 'failed': {
      const error = { code: end.code, message: end.message.slice(0, 4000) };
      return accept({ kind: 'ended', ending: { kind: 'failed', error }, duration_ms });
    }
    case 'answered': {
      const result = await (body.kept ? recordedResult : sentResult)(end.value);
      // Only a job has a place for a file.
      if (result === null) return accept({ kind: 'too_slow' });
      return accept({ kind: 'ended', ending: { kind: 'answered', result }, duration_ms });
    }
  }
}
