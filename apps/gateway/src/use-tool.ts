import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Principal } from '@spectra/http-kit';
import {
  accept,
  refuse,
  toolEntry,
  toolRpc,
  type Refusal,
  type Result,
  type ToolEnding,
  type ToolName,
  type ToolParams,
  type ToolResult,
} from '@spectra/schemas';
import type { Ask } from './ask.ts';

const withinMs = 8_000;
const onTheWayMs = 1_000;
const resultBytesMax = 32 * 1024 * 1024;

type Asker = { principal: Principal; traceparent: string };

/**
 * Uses an immediate tool behind an address of its own: no job, no record, and nothing named after the tool. What takes
 * too long or gives too much is refused with the way to do it as a job.
 */
export async function useTool<Name extends ToolName>(
  ask: Ask,
  asker: Asker,
  { tool, params }: { tool: Name; params: ToolParams<Name> },
): Promise<Result<unknown>> {
  const answer = await ask(asker, {
    service: toolEntry(tool).queue,
    contract: toolRpc.runTool,
    // The parameters of every tool are an object.
    body: { tool, params: { ...(params as Record<string, unknown>) }, within_ms: withinMs, kept: false },
    timeoutMs: withinMs + onTheWayMs,
  });
  if (!answer.ok) return { ok: false, refusal: withoutParams(answer.refusal) };
  if (answer.value.kind === 'too_slow') {
    const detail = `This takes longer than ${withinMs / 1000} s or gives more than one message holds; ask for it as a job: POST /v1/jobs with the tool ${tool}.`;
    return refuse('overloaded', detail);
  }
  return endedWith(answer.value.ending);
}

/** What a tool that has ended gave, or why it gave nothing. */
export async function endedWith(ending: ToolEnding): Promise<Result<unknown>> {
  if (ending.kind === 'answered') return accept(await decoded(ending.result));
  const { code, message } = ending.error;
  return refuse(code === 'out_of_range' ? 'validation_failed' : 'internal', message);
}

/** The body of the request is what the tool calls its parameters. */
function withoutParams(refusal: Refusal): Refusal {
  const errors = refusal.errors?.map((entry) => ({ ...entry, path: entry.path.replace(/^params\./, '') }));
  return errors === undefined ? refusal : { ...refusal, errors };
}

async function decoded(result: ToolResult): Promise<unknown> {
  switch (result.encoding) {
    case 'json':
      return result.value;
    case 'gzip': {
      const bytes = await promisify(gunzip)(Buffer.from(result.base64, 'base64'), {
        maxOutputLength: resultBytesMax,
      });
      return JSON.parse(bytes.toString('utf8'));
    }
    case 'artifact':
      throw new Error('an answer at once has no file');
  }
}
