import type { Clock } from '@spectra/service-kit';

export type AttemptCounter = {
  /** Seconds to wait before the next attempt on this name, or 0. */
  waitS(name: string): number;
  failed(name: string): void;
  succeeded(name: string): void;
};

const namesMax = 50_000;

/** Counts failed sign-ins per account in a fixed window, whatever address they come from. */
export function createAttemptCounter(options: {
  failuresMax: number;
  windowMs: number;
  clock: Clock;
}): AttemptCounter {
  const { clock } = options;
  const windows = new Map<string, { failures: number; endsMs: number }>();
  const windowOf = (name: string) => {
    const found = windows.get(name);
    return found !== undefined && found.endsMs > clock.monotonicMs() ? found : null;
  };
  return {
    waitS(name) {
      const found = windowOf(name);
      if (found === null || found.failures < options.failuresMax) return 0;
      return Math.ceil((found.endsMs - clock.monotonicMs()) / 1000);
    },
    failed(name) {
      const found = windowOf(name) ?? { failures: 0, endsMs: clock.monotonicMs() + options.windowMs };
      windows.delete(name);
      windows.set(name, { ...found, failures: found.failures + 1 });
      const oldest = windows.keys().next();
      if (windows.size > namesMax && !oldest.done) windows.delete(oldest.value);
    },
    succeeded: (name) => void windows.delete(name),
  };
}
