import { accept, estimateToolS, type Result, type ToolName, type toolJobsRpc } from '@spectra/schemas';
import type { z } from 'zod';
import type { Ask } from './ask.ts';
import { answeredAtOnce, recordToolJob, type Asker } from './start-tool-job.ts';
import { endedWith } from './use-tool.ts';

const ttlHours = 24;

/** What became of a question to a tool: its answer, or the job that goes on with it. */
export type AnswerOrJob =
  | { kind: 'answer'; value: unknown }
  | { kind: 'job'; job: z.output<(typeof toolJobsRpc)['createToolJob']['reply']> };

/**
 * Asks a tool within the request and records nothing; what is expected to take longer, does take longer, or finds nobody
 * to answer it becomes a job that begins anew. That does no harm, since immediate tools only compute.
 */
export async function answerOrJob(
  ask: Ask,
  asker: Asker,
  question: { tool: ToolName; params: Record<string, unknown>; withinMs: number },
): Promise<Result<AnswerOrJob>> {
  const { tool, params, withinMs } = question;
  if (1000 * estimateToolS(tool, params) <= withinMs) {
    const ended = await answeredAtOnce(ask, asker, question);
    if (!ended.ok) return ended;
    if (ended.value !== null) {
      const answer = await endedWith(ended.value.ending);
      return answer.ok ? accept({ kind: 'answer', value: answer.value }) : answer;
    }
  }
  const order = { tool, params, ttl_hours: ttlHours, priority: 0 };
  const job = await recordToolJob(ask, asker, { order, ended: null });
  return job.ok ? accept({ kind: 'job', job: job.value }) : job;
}
