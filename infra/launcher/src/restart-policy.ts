const firstDelayMs = 100;
const delayMsMax = 10_000;
/** A service that ran this long was well; what ends it then is a new story. */
const wellAfterMs = 30_000;

/** What is known of a service's ends so far. */
export type RestartHistory = {
  /** Ends in a row, each soon after its start. */
  failures: number;
};

/** A service that was never started. */
export const noFailures: RestartHistory = { failures: 0 };

/** How long to wait before a service that ended is started again: at once after a long life, else ever longer. */
export function nextRestart(
  history: RestartHistory,
  ranForMs: number,
): { delayMs: number; history: RestartHistory } {
  const failures = ranForMs >= wellAfterMs ? 1 : history.failures + 1;
  const delayMs = Math.min(firstDelayMs * 2 ** Math.min(failures - 1, 20), delayMsMax);
  return { delayMs, history: { failures } };
}
