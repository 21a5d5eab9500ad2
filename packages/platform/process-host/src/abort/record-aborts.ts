import type { Messaging } from '@spectra/messaging';
import { jobsRpc } from '@spectra/schemas';
import type { Caller } from '@spectra/schemas';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { AbortJournal, ObeyedAbort } from './abort-journal.ts';

const retryMs = 1_000;
const callTimeoutMs = 3_000;
/** An abort that nobody could record for so long is given up; the attempt's own end tells the safe state in any case. */
const keptMs = 24 * 3_600_000;

interface RecorderServices {
  readonly messaging: Pick<Messaging, 'call'>;
  readonly journal: AbortJournal;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Tells the orchestrator of aborts that were obeyed here first, and goes on telling until it has heard: a job that was
 * put back to its queue meanwhile must not start again. They are noted on the disk before anybody is told, so a process
 * that dies leaves them to the next one. Telling twice is harmless.
 */
export class AbortRecorder implements Part {
  readonly name = 'abort-recorder';
  readonly #services: RecorderServices;
  readonly #process: string;
  #stopped = false;

  constructor(process: string, services: RecorderServices) {
    this.#process = process;
    this.#services = services;
  }

  /** Takes up what the process before this one could not tell. */
  async start(): Promise<void> {
    this.#stopped = false;
    const { journal, logger } = this.#services;
    try {
      const { aborts, unreadable } = await journal.left();
      if (unreadable.length > 0) logger.error({ notes: unreadable }, 'notes of aborts cannot be read');
      for (const abort of aborts) void this.#tell(abort);
    } catch (error) {
      // Runs go on, and aborts are obeyed, with a disk that fails too.
      logger.error({ err: error }, 'the journal of aborts cannot be read');
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
  }

  /** Settles once the abort is noted; it is told from then on. Never rejects: the tool is on its way to safe state. */
  async record(caller: Caller, runId: string): Promise<void> {
    const { journal, clock, logger } = this.#services;
    const abort = { caller, runId, obeyedAt: new Date(clock.nowMs()).toISOString() };
    const note = await journal.add(abort).catch((error: unknown) => {
      logger.error({ err: error, run_id: runId }, 'an abort could not be noted on the disk');
      return null;
    });
    void this.#tell({ ...abort, note });
  }

  async #tell(abort: ObeyedAbort): Promise<void> {
    const { clock, logger } = this.#services;
    const untilMs = Date.parse(abort.obeyedAt) + keptMs;
    for (;;) {
      if (await this.#toldOnce(abort)) return this.#forget(abort);
      // Its note stays for the next process.
      if (this.#stopped) return;
      if (clock.nowMs() >= untilMs) {
        logger.error({ run_id: abort.runId }, 'an abort was obeyed and could not be recorded');
        return this.#forget(abort);
      }
      await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      if (this.#stopped) return;
    }
  }

  /** True once the orchestrator has heard, whatever it made of it. */
  async #toldOnce({ caller, runId, obeyedAt }: ObeyedAbort): Promise<boolean> {
    const { messaging, logger } = this.#services;
    const body = {
      run_id: runId,
      process: this.#process,
      own_only: false,
      reason: `aborted at the worker by ${caller.userId} at ${obeyedAt}`,
    };
    const answer = await messaging
      .call('jobs', jobsRpc.cancel, { caller, body, timeoutMs: callTimeoutMs })
      .catch(() => null);
    if (answer === null || (!answer.ok && isAbsence(answer.refusal.code))) return false;
    logger.info({ run_id: runId, answer }, 'an abort was recorded');
    return true;
  }

  async #forget({ note }: ObeyedAbort): Promise<void> {
    if (note === null) return;
    const { journal, logger } = this.#services;
    await journal.remove(note).catch((error: unknown) => {
      logger.warn({ err: error, note }, 'the note of an abort that was told stays on the disk');
    });
  }
}

function isAbsence(code: string): boolean {
  return code === 'dependency_unavailable' || code === 'internal';
}
