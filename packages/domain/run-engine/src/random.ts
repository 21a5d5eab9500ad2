/**
 * Counter-based chance: the n-th number of a stream is a function of (seed, stream, n) alone, so a plant needs no
 * generator state, a resumed run draws the same numbers, and two streams never share one.
 *
 * Mixing function: the 32-bit finaliser "lowbias32" (C. Wellons, "Prospecting for Hash Functions", 2018).
 */

/** A number in [0, 1) with 53 random bits. `stream` and `counter` are non-negative integers. */
export function uniformAt(seed: number, stream: number, counter: number): number {
  const high = hash(seed, stream, counter, 0) >>> 5;
  const low = hash(seed, stream, counter, 1) >>> 6;
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

/** A standard normal number (Box–Muller). */
export function normalAt(seed: number, stream: number, counter: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(seed, stream, 2 * counter)));
  return radius * Math.cos(2 * Math.PI * uniformAt(seed, stream, 2 * counter + 1));
}

/** A seed of its own for part `index` (a wafer, a tool) of something seeded. */
export function derivedSeed(seed: number, index: number): number {
  return hash(seed, 0x5eed, index, 0) >>> 1;
}

function hash(seed: number, stream: number, counter: number, half: number): number {
  let value = mix(seed ^ 0x9e3779b9);
  value = mix(value ^ Math.imul(stream + 1, 0x85ebca6b));
  value = mix(value ^ Math.imul(counter + 1, 0xc2b2ae35));
  return mix(value ^ (half === 0 ? 0x27d4eb2f : 0x165667b1));
}

function mix(input: number): number {
  let value = input;
  value = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  value = Math.imul(value ^ (value >>> 15), 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}
