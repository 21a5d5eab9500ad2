import { manualClock } from '@spectra/testkit';
import { describe, expect, it } from 'vitest';
import { recordOf } from '../test/records.ts';
import { testRun } from '../test/messages.ts';
import type { RunMessage } from './stream/run-stream.ts';
import { tellLostEnding } from './tell-ending.ts';

async function offered(
  given: NonNullable<Parameters<typeof recordOf>[1]>,
  state: { lag: number | null; waiting: number; ended: boolean },
) {
  const clock = manualClock();
  const told: RunMessage[] = [];
  let asked: () => void = () => undefined;
  const wasAsked = new Promise<void>((resolve) => (asked = resolve));
  tellLostEnding({
    run: recordOf(testRun, given),
    clock,
    hasEnded: () => state.ended,
    ingest: {
      offer: (message) => void told.push(message),
      counts: () => ({ stored: 0, repeated: 0, refused: 0, waiting: state.waiting }),
      lag: async () => {
        queueMicrotask(() => queueMicrotask(asked));
        return state.lag;
      },
    },
  });
  clock.advance(4_999);
  expect(told).toEqual([]);
  clock.advance(1);
  if (given.status !== 'running') await wasAsked;
  return told.flatMap(({ payload }) => (payload.kind === 'event' ? [payload.event.type] : []));
}

const idle = { lag: 0, waiting: 0, ended: false };

describe('a lost ending', () => {
  it('is told from the run’s record', async () => {
    expect(await offered({ status: 'completed' }, idle)).toEqual(['spectra.run.completed']);
    expect(await offered({ status: 'failed' }, idle)).toEqual(['spectra.run.failed']);
    expect(await offered({ status: 'cancelled' }, idle)).toEqual(['spectra.run.cancelled']);
  });

  it('is not told of a run that goes on, has ended, or whose last event may still be on its way', async () => {
    expect(await offered({ status: 'running' }, idle)).toEqual([]);
    expect(await offered({ status: 'completed' }, { ...idle, ended: true })).toEqual([]);
    expect(await offered({ status: 'completed' }, { ...idle, lag: 3 })).toEqual([]);
    expect(await offered({ status: 'completed' }, { ...idle, lag: null })).toEqual([]);
    expect(await offered({ status: 'completed' }, { ...idle, waiting: 1 })).toEqual([]);
  });
});
