import type { Clock } from '@spectra/service-kit';

/** Work that is done whenever somebody wakes it, never twice at a time. */
export type WakeLoop = {
  /** There is something to do. Waking during a round leads to one more round after it. */
  wake(): void;
  /** Wakes once after the delay; a nearer wake-up stays. */
  wakeAfter(delayMs: number): void;
  start(): void;
  /** Lets the present round end, then rests. */
  stop(): Promise<void>;
};

/**
 * Runs `round` at once on each wake-up, and after `pollMs` without one, as a net below the wake-ups. A round
 * that fails is told to `onError` and tried again with the next poll.
 */
export function createWakeLoop(options: {
  clock: Clock;
  pollMs: number;
  round: () => Promise<void>;
  onError: (error: unknown) => void;
}): WakeLoop {
  const { clock } = options;
  const state = { started: false, woken: false };
  let running: Promise<void> | null = null;
  let timer: { atMs: number; cancel: () => void } | null = null;

  const wake = (): void => {
    state.woken = true;
    if (state.started) running ??= Promise.resolve().then(rounds);
  };
  const wakeAfter = (delayMs: number): void => {
    if (!state.started) return;
    const atMs = clock.monotonicMs() + Math.max(0, delayMs);
    if (timer !== null && timer.atMs <= atMs) return;
    timer?.cancel();
    const cancel = clock.after(Math.max(0, delayMs), () => {
      timer = null;
      wake();
    });
    timer = { atMs, cancel };
  };
  const rounds = async (): Promise<void> => {
    while (state.woken && state.started) {
      state.woken = false;
      try {
        await options.round();
      } catch (error) {
        options.onError(error);
      }
    }
    running = null;
    wakeAfter(options.pollMs);
  };
  return {
    wake,
    wakeAfter,
    start: () => {
      state.started = true;
      wake();
    },
    stop: async () => {
      state.started = false;
      timer?.cancel();
      timer = null;
      if (running !== null) await running;
    },
  };
}
