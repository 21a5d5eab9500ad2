import { derivedSeed, uniformAt } from '@spectra/run-engine';

/** Chance of one round: the same seed draws the same faults at the same moments. */
export interface Draw {
  readonly seed: number;
  /** A whole number, both ends included. */
  between(least: number, most: number): number;
  oneOf<Item>(items: readonly Item[]): Item;
  /** True so often, from 0 to 1. */
  happens(share: number): boolean;
}

/** Opens the chance of a seed. */
export function drawFrom(seed: number): Draw {
  let count = 0;
  const next = () => {
    count += 1;
    return uniformAt(seed, 1, count);
  };
  return {
    seed,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    oneOf: <Item>(items: readonly Item[]) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('there is nothing to choose from');
      return item;
    },
    happens: (share) => next() < share,
  };
}

/** The seed of a round: any round can be replayed without those before it. */
export function seedOfRound(seed: number, experiment: string, round: number): number {
  const name = Number(experiment.replaceAll(/\D/g, ''));
  return derivedSeed(derivedSeed(seed, name), round);
}
