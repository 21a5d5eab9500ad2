/** Where a service gets its time from: the real clock at run time, a manual one in tests. */
export type Clock = {
  /** Wall-clock time, for records that people read. */
  nowMs(): number;
  /** Time that never jumps, for durations, leases and watchdogs. */
  monotonicMs(): number;
  /** Runs `run` once after `delayMs`; the answer cancels it (calling it late or twice is fine). */
  after(delayMs: number, run: () => void): () => void;
};

/** The machine's own clock. A waiting timer does not keep the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
