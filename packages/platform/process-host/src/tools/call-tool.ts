import { toolEntry } from '@spectra/schemas';
import type { Artifact, Caller, Result } from '@spectra/schemas';
import type { JobFile, ServiceTool, ToolWork } from './service-tool.ts';
import { TaskStopped, ThreadLost } from './thread-pool.ts';
import type { ThreadPool } from './thread-pool.ts';

/** How a call ended; `stopped` says nothing of why, the one who stopped it knows. */
export type CallEnd =
  | { kind: 'answered'; value: unknown }
  | { kind: 'refused'; refusal: (Result<never> & { ok: false })['refusal'] }
  | { kind: 'failed'; code: string; message: string; transient: boolean }
  | { kind: 'stopped' };

/** A call as it comes in: the parameters are not parsed yet. */
export interface IncomingCall {
  readonly params: Record<string, unknown>;
  readonly caller: Caller;
  readonly traceparent: string;
  /** Absent in a call that is answered at once. */
  readonly jobId?: string;
  readonly signal: AbortSignal;
  /** Somebody waits for it with an open request. */
  readonly urgent: boolean;
  report(share: number, step: string): void;
  record(share: number, step: string): void;
  storeFile(file: JobFile): Promise<Artifact>;
}

/** Runs a tool between its two schemas. Never throws: what a tool throws is how the call ended. */
export async function callTool(tool: ServiceTool, pool: ThreadPool, call: IncomingCall): Promise<CallEnd> {
  const { signal, urgent, caller, traceparent } = call;
  const entry = toolEntry(tool.name);
  const work: ToolWork = {
    report: (share, step) => call.report(share, step),
    record: (share, step) => call.record(share, step),
    signal,
    threads: pool.size,
    compute: (task, input) => pool.run(task, input, { signal, urgent }),
    storeFile: (file) => call.storeFile(file),
  };
  try {
    const params = entry.params.parse(call.params);
    const result = await tool.run({ params, caller, traceparent, jobId: call.jobId ?? null }, work);
    if (signal.aborted) return { kind: 'stopped' };
    if (!result.ok) return { kind: 'refused', refusal: result.refusal };
    return { kind: 'answered', value: entry.result.parse(result.value) };
  } catch (error) {
    if (signal.aborted || error instanceof TaskStopped) return { kind: 'stopped' };
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RangeError)
      return { kind: 'failed', code: 'out_of_range', message, transient: false };
    const transient = error instanceof ThreadLost;
    return { kind: 'failed', code: transient ? 'thread_lost' : 'tool_failed', message, transient };
  }
}
