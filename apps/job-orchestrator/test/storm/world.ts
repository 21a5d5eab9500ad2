import { randomOf } from './random-of.ts';

/** Virtual time and chance of one schedule: what is due happens in the order of its time, whatever the machine does. */
export interface World {
  readonly nowMs: number;
  /** While true, databases, buses, processes and people misbehave. */
  stormy: boolean;
  chance(): number;
  happens(share: number): boolean;
  between(least: number, most: number): number;
  after(delayMs: number, run: () => void): void;
  /** Plays everything that is due until then. */
  playUntil(endMs: number): void;
  /** Counts that something really happened. */
  hit(what: string): void;
  readonly hits: ReadonlyMap<string, number>;
}

/** A promise was broken; the schedule ends here. */
export function broken(what: string): never {
  throw new Error(`broken promise: ${what}`);
}

export function createWorld(seed: number): World {
  const random = randomOf(seed);
  const hits = new Map<string, number>();
  const due: { atMs: number; order: number; run: () => void }[] = [];
  const state = { nowMs: 0, order: 0, stormy: true };
  const before = (left: number, right: number) => {
    const [one, other] = [due[left], due[right]];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  };
  const swap = (left: number, right: number) => {
    const [one, other] = [due[left], due[right]];
    if (one !== undefined && other !== undefined) [due[left], due[right]] = [other, one];
  };
  const push = (entry: (typeof due)[number]) => {
    due.push(entry);
    for (let at = due.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!before(at, parent)) return;
      swap(at, parent);
      at = parent;
    }
  };
  const pop = () => {
    swap(0, due.length - 1);
    const first = due.pop();
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (before(left, least)) least = left;
      if (before(right, least)) least = right;
      if (least === at) return first;
      swap(at, least);
      at = least;
    }
  };
  return {
    hits,
    get nowMs() {
      return state.nowMs;
    },
    get stormy() {
      return state.stormy;
    },
    set stormy(stormy) {
      state.stormy = stormy;
    },
    chance: random,
    happens: (share) => random() < share,
    between: (least, most) => least + Math.floor(random() * (most - least + 1)),
    after: (delayMs, run) => push({ atMs: state.nowMs + delayMs, order: (state.order += 1), run }),
    playUntil: (endMs) => {
      for (let next = due[0]; next !== undefined && next.atMs <= endMs; next = due[0]) {
        pop();
        state.nowMs = Math.max(state.nowMs, next.atMs);
        next.run();
      }
      state.nowMs = endMs;
    },
    hit: (what) => void hits.set(what, (hits.get(what) ?? 0) + 1),
  };
}
