import { manualClock } from '@spectra/testkit';
import { describe, expect, test } from 'vitest';
import { createWakeLoop } from './wake-loop.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function loopOnManualClock(round: (count: number) => Promise<void> = async () => {}) {
  const clock = manualClock();
  const rounds: number[] = [];
  const errors: unknown[] = [];
  const loop = createWakeLoop({
    clock,
    pollMs: 1000,
    round: async () => {
      rounds.push(clock.monotonicMs());
      await round(rounds.length);
    },
    onError: (error) => errors.push(error),
  });
  return { clock, rounds, errors, loop };
}

describe('a wake loop', () => {
  test('runs at its start, on each wake-up, and by the poll without one', async () => {
    const { clock, rounds, loop } = loopOnManualClock();
    loop.wake();
    await turn();
    expect(rounds).toEqual([]);
    loop.start();
    await turn();
    clock.advance(400);
    loop.wake();
    await turn();
    clock.advance(600);
    await turn();
    expect(rounds).toEqual([0, 400, 1000]);
    await loop.stop();
    clock.advance(5000);
    await turn();
    expect(rounds).toHaveLength(3);
  });

  test('many wake-ups during a round are one more round, never a second one beside it', async () => {
    const gate = Promise.withResolvers<void>();
    const { rounds, loop } = loopOnManualClock((count) => (count === 1 ? gate.promise : Promise.resolve()));
    loop.start();
    await turn();
    for (let index = 0; index < 5; index += 1) loop.wake();
    await turn();
    expect(rounds).toHaveLength(1);
    gate.resolve();
    await turn();
    expect(rounds).toHaveLength(2);
  });

  test('a nearer wake-up passes the poll, a farther one does not put it off', async () => {
    const { clock, rounds, loop } = loopOnManualClock();
    loop.start();
    await turn();
    loop.wakeAfter(5000);
    loop.wakeAfter(30);
    clock.advance(30);
    await turn();
    expect(rounds).toEqual([0, 30]);
  });

  test('a failed round is told, and the poll tries again', async () => {
    const { clock, rounds, errors, loop } = loopOnManualClock(async (count) => {
      if (count === 1) throw new Error('no database');
    });
    loop.start();
    await turn();
    expect(errors).toHaveLength(1);
    clock.advance(1000);
    await turn();
    expect(rounds).toHaveLength(2);
    expect(errors).toHaveLength(1);
  });

  test('stopping waits for the round that is under way', async () => {
    const gate = Promise.withResolvers<void>();
    const { loop } = loopOnManualClock(() => gate.promise);
    loop.start();
    await turn();
    let stopped = false;
    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    await turn();
    expect(stopped).toBe(false);
    gate.resolve();
    await stopping;
    expect(stopped).toBe(true);
  });
});
