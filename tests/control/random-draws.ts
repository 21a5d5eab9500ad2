import { normalAt, uniformAt } from '@spectra/run-engine';

/** Numbers by chance that are the same each time, one after the other. */
export type Draws = {
  uniform(low: number, high: number): number;
  normal(): number;
  pick<T>(list: readonly T[]): T;
};

/** Draws from a seed and a place in a list, so that any entry of the list can be made alone. */
export function drawsAt(seed: number, place: number): Draws {
  let count = 0;
  const next = () => place * 1024 + (count += 1);
  const uniform = (low: number, high: number) => low + (high - low) * uniformAt(seed, 1, next());
  return {
    uniform,
    normal: () => normalAt(seed, 2, next()),
    pick(list) {
      const found = list[Math.floor(uniform(0, list.length))];
      if (found === undefined) throw new Error('nothing to pick from');
      return found;
    },
  };
}
