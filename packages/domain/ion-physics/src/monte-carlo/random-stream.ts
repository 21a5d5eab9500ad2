/** State of one pseudo-random stream: four 32-bit words. */
export type RandomStream = Int32Array;

/**
 * A stream of its own for each (seed, batch): the words come from a SplitMix32 over both numbers, so that
 * batches may be run in any order and on any thread. Both must be integers from 0 to 2³²−1.
 */
export function randomStream(seed: number, batchIndex: number): RandomStream {
  const state = new Int32Array(4);
  let word = Math.imul(batchIndex ^ 0x9e3779b9, 0x85ebca6b) ^ seed;
  for (let i = 0; i < 4; i += 1) {
    word = (word + 0x9e3779b9) | 0;
    let mixed = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    state[i] = mixed ^ (mixed >>> 15) ^ (i === 2 ? batchIndex : 0) ^ (i === 3 ? seed : 0);
  }
  for (let i = 0; i < 16; i += 1) nextWord(state);
  return state;
}

/** Next 32 random bits as a signed integer (sfc32 of Doty-Humphrey's PractRand, period above 2⁶⁴). */
export function nextWord(state: RandomStream): number {
  const a = state[0] as number;
  const b = state[1] as number;
  const c = state[2] as number;
  const d = state[3] as number;
  const sum = (((a + b) | 0) + d) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
  state[3] = (d + 1) | 0;
  return sum;
}
