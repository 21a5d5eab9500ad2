import { jobsRpc } from '@spectra/schemas';
import type { AttemptOutcome, Checkpoint, JobStatus } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { Clock, Logger } from '@spectra/service-kit';
import type { RunLog } from './run-log.ts';

/** Why a running attempt must bring its tool to the safe state. */
export type StopReason = 'cancelled' | 'stale' | 'lease_lost' | 'service_stopping';

const heartbeatMs = 400;
const answerLimitLeastMs = 3_000;
/** A database that is slow answers late; one answer that was lost must still leave time for another. */
const answerLimitShare = 1 / 3;
const finishRetryMs = 1_000;
const logLinesPerBeat = 200;
/** The worker gives up before the orchestrator gives the tool to somebody else. */
const leaseSafetyShare = 0.7;

/** The attempt that is reported, and the trace that its end belongs to. */
export interface ReportedAttempt {
  readonly jobId: string;
  readonly attempt: number;
  readonly leaseTtlMs: number;
  /** From when on the lease counts, on this process's monotonic clock. */
  readonly leasedMs: number;
  readonly traceparent?: string;
}

/**
 * The attempt's line to the orchestrator: progress, log and checkpoint out; cancel and fencing in. A heartbeat that
 * gets no answer is simply sent again; when none was answered for most of the lease, the tool counts as lost.
 */
export class JobReporter {
  readonly #attempt: ReportedAttempt;
  readonly #services: { messaging: Pick<Messaging, 'call'>; clock: Clock; logger: Logger; log: RunLog };
  #now = { progress: 0, currentStep: 'Starting', etaS: null as number | null };
  #answeredMs: number;
  #stop: StopReason | null = null;
  #cancelTimer: (() => void) | null = null;
  #beating: Promise<void> | null = null;
  #lastSent: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(
    attempt: ReportedAttempt,
    services: { messaging: Pick<Messaging, 'call'>; clock: Clock; logger: Logger; log: RunLog },
  ) {
    this.#attempt = attempt;
    this.#services = services;
    this.#answeredMs = attempt.leasedMs;
  }

  start(): void {
    this.#schedule();
  }

  /** Ends the heartbeats; waits for the one on its way. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.#cancelTimer?.();
    await this.#beating;
  }

  /** The reason to stop, if there is one; asked at every control step. */
  stopReason(): StopReason | null {
    const silentMs = this.#services.clock.monotonicMs() - this.#answeredMs;
    if (silentMs > this.#attempt.leaseTtlMs * leaseSafetyShare) this.#stop ??= 'lease_lost';
    return this.#stop;
  }

  askToStop(reason: StopReason): void {
    this.#stop ??= reason;
  }

  /** What the next heartbeat tells; cheap, called at every control step. */
  report(progress: number, currentStep: string, etaS: number | null): void {
    this.#now = { progress: Math.max(this.#now.progress, Math.min(100, progress)), currentStep, etaS };
  }

  /** Like `report`, and sent at once: for the moments that a reader waits for. */
  async announce(progress: number, currentStep: string): Promise<void> {
    this.report(progress, currentStep, this.#now.etaS);
    this.#services.log.info(currentStep);
    await this.#beat();
  }

  /** Like `announce`, without waiting: sent as soon as the caller rests, unless the end, which carries it too, comes first. */
  record(progress: number, currentStep: string, etaS: number | null): void {
    this.report(progress, currentStep, etaS);
    this.#services.log.info(currentStep);
    setImmediate(() => {
      if (!this.#ended) void this.#beat();
    });
  }

  /** Stores how far the run is, durably, before the caller goes on. Throws when the orchestrator does not answer. */
  async checkpoint(checkpoint: Checkpoint): Promise<void> {
    const stored = await this.#send(checkpoint);
    if (!stored) throw new Error('the checkpoint could not be stored');
  }

  /** Tells how the attempt ended and goes on telling until the orchestrator has it. Null: the attempt is stale. */
  async finish(outcome: AttemptOutcome): Promise<JobStatus | null> {
    await this.stop();
    const { messaging, clock, log, logger } = this.#services;
    for (;;) {
      const logs = log.unsent(500);
      const answer = await messaging.call('jobs', jobsRpc.finish, {
        traceparent: this.#attempt.traceparent,
        body: {
          ...this.#identity(),
          progress: this.#now.progress,
          current_step: this.#now.currentStep,
          outcome,
          logs,
          logs_before: log.sentCount,
        },
        timeoutMs: this.#answerLimitMs,
      });
      if (answer.ok) return answer.value.accepted ? answer.value.status : null;
      logger.warn(
        { ...this.#identity(), refusal: answer.refusal },
        'the end of the attempt is not recorded yet',
      );
      if (answer.refusal.code !== 'dependency_unavailable' && answer.refusal.code !== 'internal') return null;
      await new Promise<void>((resolve) => clock.after(finishRetryMs, resolve));
    }
  }

  get #answerLimitMs(): number {
    return Math.max(answerLimitLeastMs, this.#attempt.leaseTtlMs * answerLimitShare);
  }

  #identity(): { job_id: string; attempt: number } {
    return { job_id: this.#attempt.jobId, attempt: this.#attempt.attempt };
  }

  #schedule(): void {
    if (this.#ended) return;
    this.#cancelTimer = this.#services.clock.after(heartbeatMs, () => {
      void this.#beat().finally(() => this.#schedule());
    });
  }

  #beat(): Promise<void> {
    this.#beating ??= this.#send().then(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  /** One message after the other: two at a time would carry the same log lines and count them twice. */
  #send(checkpoint?: Checkpoint): Promise<boolean> {
    const sent = this.#lastSent.then(() => this.#exchange(checkpoint));
    this.#lastSent = sent.catch(() => false);
    return sent;
  }

  async #exchange(checkpoint?: Checkpoint): Promise<boolean> {
    const { messaging, clock, log } = this.#services;
    const logs = log.unsent(logLinesPerBeat);
    const { progress, currentStep, etaS } = this.#now;
    const sentMs = clock.monotonicMs();
    const answer = await messaging.call('jobs', jobsRpc.heartbeat, {
      body: {
        ...this.#identity(),
        progress,
        current_step: currentStep,
        eta_s: etaS,
        logs,
        logs_before: log.sentCount,
        ...(checkpoint ? { checkpoint } : {}),
      },
      timeoutMs: this.#answerLimitMs,
    });
    if (!answer.ok) return false;
    log.markSent(logs.length);
    // The lease counts from before the request: the answer may have waited while this process was frozen.
    this.#answeredMs = Math.max(this.#answeredMs, sentMs);
    if (answer.value.stale) this.#stop ??= 'stale';
    if (answer.value.cancel_requested) this.#stop ??= 'cancelled';
    return !answer.value.stale;
  }
}
