import type { Clock } from '@spectra/service-kit';

export type ExpiringCache<Value> = {
  /** The remembered value, or that of `load`, which is then remembered; a failing load is not. */
  get(key: string, load: () => Promise<Value>): Promise<Value>;
  forget(key: string): void;
  clear(): void;
};

/** Remembers answers for a short while; the oldest leave first when it is full. */
export function createExpiringCache<Value>(options: {
  lifetimeMs: number;
  sizeMax: number;
  clock: Clock;
}): ExpiringCache<Value> {
  const entries = new Map<string, { value: Value; untilMs: number }>();
  return {
    async get(key, load) {
      const known = entries.get(key);
      if (known !== undefined && known.untilMs > options.clock.monotonicMs()) return known.value;
      const value = await load();
      entries.delete(key);
      entries.set(key, { value, untilMs: options.clock.monotonicMs() + options.lifetimeMs });
      const oldest = entries.keys().next();
      if (entries.size > options.sizeMax && !oldest.done) entries.delete(oldest.value);
      return value;
    },
    forget: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}
