import { toolEntry } from '@spectra/schemas';
import type { Artifact, AttemptOutcome, ToolSpec } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { ObjectStore } from '@spectra/object-store';
import type { Clock, Logger, TraceSpan } from '@spectra/service-kit';
import { attemptSpan, endAttemptSpan } from '../worker/attempt-span.ts';
import { failureOutcome } from '../worker/failure-outcome.ts';
import { JobReporter } from '../worker/job-reporter.ts';
import type { StopReason } from '../worker/job-reporter.ts';
import { RunLog } from '../worker/run-log.ts';
import { callTool } from './call-tool.ts';
import type { CallEnd } from './call-tool.ts';
import type { ServiceTool } from './service-tool.ts';
import { ResultTooLarge, storeJobFile, storeResult } from './store-result.ts';
import type { ThreadPool } from './thread-pool.ts';

/** What the attempts of a service's tools work with. */
export interface ToolContext {
  readonly messaging: Messaging;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly objectStore: ObjectStore;
  readonly pool: ThreadPool;
}

/** How often an attempt looks whether a heartbeat or the lease tells it to stop; a cancel comes at once. */
const lookMs = 200;

/** One attempt at a job of a tool, from claim to recorded end. It never throws: every end is told to the orchestrator. */
export class ToolAttempt {
  readonly #context: ToolContext;
  readonly #tool: ServiceTool;
  readonly #spec: ToolSpec;
  readonly #span: TraceSpan;
  readonly #log: RunLog;
  readonly #reporter: JobReporter;
  readonly #abort = new AbortController();
  readonly #startedMs: number;
  readonly #files: Artifact[] = [];
  #cancelLook: (() => void) | null = null;
  #ended = false;

  constructor(
    context: ToolContext,
    tool: ServiceTool,
    claim: { spec: ToolSpec; attempt: number; leaseTtlMs: number; leasedMs: number },
  ) {
    const { clock, messaging, logger } = context;
    const { spec, attempt, leaseTtlMs, leasedMs } = claim;
    this.#context = context;
    this.#tool = tool;
    this.#span = attemptSpan(`attempt ${spec.tool}`, claim);
    this.#spec = { ...spec, traceparent: this.#span.traceparent };
    // No logger of its own: making one costs as much as a short tool works, and most say nothing.
    this.#log = new RunLog(clock, logger, { job_id: spec.job_id, tool: spec.tool, attempt });
    this.#startedMs = clock.monotonicMs();
    const { traceparent } = this.#span;
    const identity = { jobId: spec.job_id, attempt, leaseTtlMs, leasedMs, traceparent };
    this.#reporter = new JobReporter(identity, { messaging, clock, logger, log: this.#log });
  }

  askToStop(reason: StopReason): void {
    this.#reporter.askToStop(reason);
    this.#abort.abort();
  }

  async run(): Promise<void> {
    this.#reporter.start();
    this.#look();
    const outcome = await this.#call()
      .then((end) => this.#outcomeOf(end))
      .catch((error: unknown) => this.#outcomeOfFault(error));
    this.#ended = true;
    this.#cancelLook?.();
    if (outcome.kind === 'failed') this.#log.error(outcome.error.message);
    if (outcome.kind === 'answered') this.#reporter.report(100, 'Done', 0);
    await this.#reporter.finish(outcome);
    endAttemptSpan(this.#span, outcome);
  }

  #look(): void {
    if (this.#ended) return;
    const outOfTime = this.#elapsedS() > toolEntry(this.#spec.tool).timeoutS;
    if (outOfTime || this.#reporter.stopReason() !== null) this.#abort.abort();
    this.#cancelLook = this.#context.clock.after(lookMs, () => this.#look());
  }

  #call(): Promise<CallEnd> {
    const { org_id: orgId, user_id: userId, params, traceparent } = this.#spec;
    return callTool(this.#tool, this.#context.pool, {
      params,
      caller: { orgId, userId, role: 'viewer' },
      traceparent,
      jobId: this.#spec.job_id,
      signal: this.#abort.signal,
      urgent: false,
      report: (share, step) => this.#reporter.report(share * 100, step, this.#etaS(share)),
      storeFile: async (file) => {
        const artifact = await storeJobFile(file, this.#place());
        this.#files.push(artifact);
        return artifact;
      },
      record: (share, step) => this.#reporter.record(share * 100, step, this.#etaS(share)),
    });
  }

  #etaS(share: number): number | null {
    return share > 0 ? (this.#elapsedS() * (1 - share)) / share : null;
  }

  #place(): { objectStore: ObjectStore; orgId: string; jobId: string } {
    const { org_id: orgId, job_id: jobId } = this.#spec;
    return { objectStore: this.#context.objectStore, orgId, jobId };
  }

  #elapsedS(): number {
    return (this.#context.clock.monotonicMs() - this.#startedMs) / 1000;
  }

  async #outcomeOf(end: CallEnd): Promise<AttemptOutcome> {
    switch (end.kind) {
      case 'answered': {
        const { result, artifacts } = await storeResult(end.value, this.#place());
        return { kind: 'answered', result, artifacts: [...this.#files, ...artifacts] };
      }
      case 'refused':
        return failed(end.refusal.code, end.refusal.detail, end.refusal.code === 'dependency_unavailable');
      case 'failed':
        return failed(end.code, end.message, end.transient);
      case 'stopped':
        return this.#stopped();
    }
  }

  #stopped(): AttemptOutcome {
    const reason = this.#reporter.stopReason();
    if (reason === 'cancelled') {
      return { kind: 'cancelled', message: 'Cancelled while running', safe_state_at: null, artifacts: [] };
    }
    if (reason !== null) return failed(reason, `Interrupted: ${reason}`, true);
    const { timeoutS } = toolEntry(this.#spec.tool);
    return failed('time_limit_exceeded', `The tool took longer than its ${timeoutS} s`, false);
  }

  #outcomeOfFault(error: unknown): AttemptOutcome {
    if (error instanceof ResultTooLarge) return failed('result_too_large', error.message, false);
    return failureOutcome(error, { exposed: false, interruptedWafer: 'hold' });
  }
}

function failed(code: string, message: string, transient: boolean): AttemptOutcome {
  return { kind: 'failed', error: { code, message: message.slice(0, 4000), transient }, artifacts: [] };
}
