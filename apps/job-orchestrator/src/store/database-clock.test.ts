import type { Transaction } from '@spectra/database';
import { expect, test } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';

test('is never behind the database, goes on with what passes here, and asks again after a second', async () => {
  const tx = {} as Transaction;
  let monotonicMs = 500;
  let databaseMs = 10_000;
  const clock = createDatabaseClock(
    () => monotonicMs,
    async () => {
      // The answer takes 30 ms to come back.
      monotonicMs += 30;
      return databaseMs;
    },
  );
  expect(clock.nowMs()).toBeNull();
  expect(await clock.ask(tx)).toBe(10_000);
  expect(clock.nowMs()).toBe(10_030);
  // Not yet old, so nobody asks: the answer would have been another one.
  databaseMs = 20_000;
  monotonicMs = 750;
  await clock.askInTime(tx);
  expect(clock.nowMs()).toBe(10_250);
  monotonicMs = 1_500;
  expect(clock.nowMs()).toBe(11_000);
  monotonicMs = 1_501;
  expect(clock.nowMs()).toBeNull();
  // A clock that was set back is followed.
  databaseMs = 3_000;
  await clock.askInTime(tx);
  expect(clock.nowMs()).toBe(3_030);
});
