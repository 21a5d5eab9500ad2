/** When and how often a job is tried again by itself. */
export type RetrySettings = { baseMs: number; capMs: number };

/** What an interrupted wafer allows: nothing was exposed, go on to the remaining dose, or wait for a person. */
export type WaferState = 'unexposed' | 'resume' | 'hold';

/** What becomes of a job after an attempt that did not complete. */
export type AfterFailure =
  | { kind: 'retry'; delayMs: number }
  | { kind: 'hold'; reason: string }
  | { kind: 'fail'; reason: string };

/**
 * Decides after a failed or lost attempt. Only transient failures are tried again, at most `maxRetries`
 * times; a wafer that was heated is never processed again without a person; an interrupted implant whose
 * worker was lost goes on at once, because its remaining dose is known.
 */
export function afterFailure(
  failure: {
    transient: boolean;
    workerLost: boolean;
    wafer: WaferState;
    retryCount: number;
    maxRetries: number;
    message: string;
  },
  settings: RetrySettings,
  chance: () => number,
): AfterFailure {
  if (!failure.transient) return { kind: 'fail', reason: failure.message };
  if (failure.wafer === 'hold') {
    return { kind: 'hold', reason: `${failure.message}; the wafer was exposed, a person decides` };
  }
  if (failure.retryCount >= failure.maxRetries) {
    return { kind: 'fail', reason: `${failure.message}; given up after ${failure.retryCount} retries` };
  }
  if (failure.workerLost && failure.wafer === 'resume') return { kind: 'retry', delayMs: 0 };
  return { kind: 'retry', delayMs: retryDelayMs(failure.retryCount + 1, settings, chance) };
}

/** Wait before retry number n = 1, 2, …: evenly drawn from [0, min(base · 2^(n−1), cap)] ("full jitter"). */
export function retryDelayMs(retry: number, settings: RetrySettings, chance: () => number): number {
  if (!Number.isInteger(retry) || retry < 1) throw new RangeError(`retry must be 1, 2, …, not ${retry}`);
  const ceilingMs = Math.min(settings.baseMs * 2 ** (retry - 1), settings.capMs);
  return Math.round(chance() * ceilingMs);
}
