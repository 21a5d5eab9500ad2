import type { JobLogLine } from '@spectra/schemas';
import type { Clock, Logger } from '@spectra/service-kit';

const linesMax = 20_000;

/** The log of one attempt: goes to the service's own log, with the next heartbeat to the job, and into an artifact. */
export class RunLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #about: Readonly<Record<string, unknown>>;
  readonly #lines: JobLogLine[] = [];
  #sent = 0;

  /** `about` stands in each line of the service's own log. */
  constructor(clock: Clock, logger: Logger, about: Readonly<Record<string, unknown>> = {}) {
    this.#clock = clock;
    this.#logger = logger;
    this.#about = about;
  }

  info(message: string): void {
    this.#add('info', message);
  }

  warn(message: string): void {
    this.#add('warn', message);
  }

  error(message: string): void {
    this.#add('error', message);
  }

  /** Lines that no heartbeat has carried yet, at most `countMax`; they stay unsent until `markSent`. */
  unsent(countMax: number): JobLogLine[] {
    return this.#lines.slice(this.#sent, this.#sent + countMax);
  }

  get sentCount(): number {
    return this.#sent;
  }

  markSent(count: number): void {
    this.#sent += count;
  }

  text(): string {
    return this.#lines.map((line) => `${line.at} ${line.level.toUpperCase()} ${line.message}\n`).join('');
  }

  #add(level: JobLogLine['level'], message: string): void {
    this.#logger[level](this.#about, message);
    if (this.#lines.length >= linesMax) return;
    this.#lines.push({
      at: new Date(this.#clock.nowMs()).toISOString(),
      level,
      message: message.slice(0, 4000),
    });
  }
}
