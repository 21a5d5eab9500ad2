import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunToRunSettings } from './run-to-run.ts';
import { followThread } from './run-to-run-thread.ts';
import type { ThreadResult } from './run-to-run-thread.ts';

const settings: RunToRunSettings = {
  weights: { lambda1: 0.4, lambda2: 0 },
  target: 1,
  modelGain: 1,
  gainRatioMax: 1.5,
  inputMin: 0.95,
  inputMax: 1.05,
  moveMax: 0.01,
  deadBand: 0.0005,
  noiseSigma: 0.001,
  outlierSigma: 5,
};

const measured = (output: number, input = 1): ThreadResult => ({ input, estimate: 1, measured: output });

/** Chance from a seed: a hashed counter, normally distributed. */
function noise(seed: number): number {
  const unit = (place: number) => {
    const sine = Math.sin(seed * 127.1 + place * 311.7) * 43758.5453;
    return sine - Math.floor(sine);
  };
  return Math.sqrt(-2 * Math.log(1 - unit(1))) * Math.cos(2 * Math.PI * unit(2));
}

describe('a thread', () => {
  it('without results advises the input that it starts from', () => {
    expect(followThread(settings, 1.01, []).advice).toMatchObject({ input: 1.01, change: 0 });
  });

  it('takes estimates until the first measurement, and none of them from then on', () => {
    const own = { input: 1, estimate: 1.01, measured: null };
    expect(followThread(settings, 1, [own, own]).steps.map(({ taken }) => taken)).toEqual([
      'estimate',
      'estimate',
    ]);
    const { steps, state } = followThread(settings, 1, [own, measured(0.98), own]);
    expect(steps.map(({ taken }) => taken)).toEqual(['awaits_metrology', 'measured', 'awaits_metrology']);
    expect(state.samples).toBe(1);
  });

  it('repeats the worked value: 2 % too little, first result fully believed, one move of 1 %', () => {
    const { advice } = followThread({ ...settings, gainRatioMax: 1 }, 1, [measured(0.98)]);
    expect(advice.input).toBeCloseTo(1.01, 12);
    expect(advice.reason).toBe('move_limited');
  });

  it('is the same whenever and in whichever order its measurements arrived', () => {
    const outputs = fc.array(fc.double({ min: 0.97, max: 1.03, noNaN: true }), {
      minLength: 2,
      maxLength: 12,
    });
    fc.assert(
      fc.property(outputs, (values) => {
        const inTime = values.map((value) => measured(value));
        const late: ThreadResult[] = values.map(() => ({ input: 1, estimate: 1, measured: null }));
        for (const place of [...values.keys()].toReversed()) late[place] = measured(values[place]!);
        expect(followThread(settings, 1, late)).toEqual(followThread(settings, 1, inTime));
      }),
    );
  });

  it('never advises more than one move away from the input that was used last', () => {
    const result = fc.record({
      input: fc.double({ min: 0.95, max: 1.05, noNaN: true }),
      estimate: fc.constant(null),
      measured: fc.option(fc.double({ min: 0.8, max: 1.2, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 30 }), (results) => {
        const { advice } = followThread(settings, 1, results);
        expect(Math.abs(advice.input - results.at(-1)!.input)).toBeLessThanOrEqual(settings.moveMax + 1e-12);
        expect(advice.input).toBeGreaterThanOrEqual(settings.inputMin);
        expect(advice.input).toBeLessThanOrEqual(settings.inputMax);
      }),
    );
  });

  it('keeps its input after an outlier', () => {
    const steady = Array.from({ length: 6 }, () => measured(1));
    const { advice } = followThread(settings, 1, [...steady, measured(1.2)]);
    expect(advice).toMatchObject({ input: 1, change: 0, reason: 'outlier_held_back' });
  });

  it('halves the off-target spread of 500 drifting lots although metrology comes three lots late', () => {
    const spread = (controlled: boolean) => {
      const results: ThreadResult[] = [];
      const pending: number[] = [];
      let squares = 0;
      for (let lot = 0; lot < 500; lot += 1) {
        const seen = results.map((result, place) =>
          place < lot - 3 ? { ...result, measured: pending[place]! } : result,
        );
        const input = controlled ? followThread(settings, 1, seen.slice(-100)).advice.input : 1;
        const drift = -2e-4 * (lot % 125) + 4e-4 * noise(lot);
        const output = input * (1 + drift);
        squares += (output - 1) ** 2;
        results.push({ input, estimate: input, measured: null });
        pending.push(output + 1e-3 * noise(lot + 1000));
      }
      return Math.sqrt(squares / 500);
    };
    expect(spread(true)).toBeLessThan(0.5 * spread(false));
  });
});
