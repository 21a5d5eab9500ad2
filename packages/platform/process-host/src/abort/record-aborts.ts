import type { Messaging } from '@spectra/messaging';
import { jobsRpc } from '@spectra/schemas';
import type { Caller } from '@spectra/schemas';
import type { Clock, Logger, Part } from '@spectra/service-kit';

const retryMs = 1_000;
const callTimeoutMs = 3_000;
/** An abort that nobody could record for so long is given up; the attempt's own end tells the safe state in any case. */
const triesMax = 24 * 3_600;

/**
 * Tells the orchestrator of aborts that were obeyed here first, and goes on telling until it has heard: a job that was
 * put back to its queue meanwhile must not start again. Telling twice is harmless.
 */
export class AbortRecorder implements Part {
  readonly name = 'abort-recorder';
  readonly #services: { messaging: Pick<Messaging, 'call'>; clock: Clock; logger: Logger };
  readonly #process: string;
  #stopped = false;

  constructor(
    process: string,
    services: { messaging: Pick<Messaging, 'call'>; clock: Clock; logger: Logger },
  ) {
    this.#process = process;
    this.#services = services;
  }

  async start(): Promise<void> {
    this.#stopped = false;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  record(caller: Caller, runId: string): void {
    void this.#tell(caller, runId);
  }

  async #tell(caller: Caller, runId: string): Promise<void> {
    const { messaging, clock, logger } = this.#services;
    const body = {
      run_id: runId,
      process: this.#process,
      own_only: false,
      reason: `aborted at the worker by ${caller.userId}`,
    };
    for (let tries = 0; tries < triesMax && !this.#stopped; tries += 1) {
      const answer = await messaging
        .call('jobs', jobsRpc.cancel, { caller, body, timeoutMs: callTimeoutMs })
        .catch(() => null);
      const heard = answer !== null && (answer.ok || !isAbsence(answer.refusal.code));
      if (heard) {
        logger.info({ run_id: runId, answer }, 'an abort was recorded');
        return;
      }
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
    }
    logger.error({ run_id: runId }, 'an abort was obeyed and could not be recorded');
  }
}

function isAbsence(code: string): boolean {
  return code === 'dependency_unavailable' || code === 'internal';
}
