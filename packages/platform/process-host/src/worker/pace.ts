import type { Clock } from '@spectra/service-kit';

/** Ahead by less than this, the loop goes on at once: timers are no finer. */
const aheadMs = 8;

/** Keeps tool time at `timeScale` simulated seconds per real second; 0 never waits. */
export class Pace {
  readonly #clock: Clock;
  readonly #timeScale: number;
  #startedMs: number | null = null;
  #startedToolS = 0;

  constructor(clock: Clock, timeScale: number) {
    this.#clock = clock;
    this.#timeScale = timeScale;
  }

  /** Waits until the real time of this tool time has come. */
  async until(toolTimeS: number): Promise<void> {
    if (this.#timeScale === 0) return;
    if (this.#startedMs === null) {
      this.#startedMs = this.#clock.monotonicMs();
      this.#startedToolS = toolTimeS;
      return;
    }
    const dueMs = this.#startedMs + ((toolTimeS - this.#startedToolS) / this.#timeScale) * 1000;
    const waitMs = dueMs - this.#clock.monotonicMs();
    if (waitMs > aheadMs) await new Promise<void>((resolve) => this.#clock.after(waitMs, resolve));
  }
}
