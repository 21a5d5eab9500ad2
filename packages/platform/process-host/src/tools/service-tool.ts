import type { Readable } from 'node:stream';
import type { Artifact, Caller, Result, ToolName, ToolParams } from '@spectra/schemas';

/** One call of a tool: what is asked, in whose name. */
export interface ToolCall<Params> {
  readonly params: Params;
  /** A job goes on in the name of who created it, with no right to change anything. */
  readonly caller: Caller;
  readonly traceparent: string;
  /** Null in a call that is answered at once. */
  readonly jobId: string | null;
}

/** A file that a job leaves beside its result. */
export interface JobFile {
  readonly kind: string;
  readonly name: string;
  readonly mediaType: string;
  readonly body: Readable;
}

/** What a tool may use while it works. */
export interface ToolWork {
  /** How far it is, from 0 to 1, in the words that people read. */
  report(share: number, step: string): void;
  /** Like `report`, and kept as a line of the job's log: stored at once, or with the end when that comes first. */
  record(share: number, step: string): void;
  /** Aborted when the call shall stop: cancelled, out of time, or the service stops. */
  readonly signal: AbortSignal;
  /** Threads that may work on this call side by side. */
  readonly threads: number;
  /** Runs a task of the service's thread file; rejects when the call shall stop. */
  compute(task: string, input: unknown): Promise<unknown>;
  /** Keeps a file with the job and answers its record; rejects in a call that is answered at once, which keeps none. */
  storeFile(file: JobFile): Promise<Artifact>;
}

/** A tool that a service brings; what it takes, gives and needs stands in the registry under its name. */
export interface ServiceTool<Params = unknown> {
  readonly name: ToolName;
  run(call: ToolCall<Params>, work: ToolWork): Promise<Result<unknown>>;
}

/** States a tool with the parameters of its registry entry, which are checked before it runs. */
export function serviceTool<Name extends ToolName>(
  name: Name,
  run: (call: ToolCall<ToolParams<Name>>, work: ToolWork) => Promise<Result<unknown>>,
): ServiceTool {
  // The caller parses by the entry of this name, so the parameters are of this shape.
  return { name, run: (call, work) => run(call as ToolCall<ToolParams<Name>>, work) };
}
