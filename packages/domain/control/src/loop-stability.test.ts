import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loopResponse } from './loop-response.ts';
import { isStableLoop } from './loop-stability.ts';
import { ultimatePoint } from './process-model.ts';
import { tuningRules } from './tuning-rules.ts';

const unit = { gain: 1, timeConstantS: 1, deadTimeS: 1 };
const models = fc.record({
  gain: fc.double({ min: 0.01, max: 100, noNaN: true }),
  timeConstantS: fc.double({ min: 0.1, max: 100, noNaN: true }),
  deadTimeS: fc.double({ min: 0.05, max: 50, noNaN: true }),
});

describe('loopResponse', () => {
  it('repeats the worked value', () => {
    const { real, imaginary } = loopResponse(unit, { gain: 1, integralTimeS: 1, derivativeTimeS: 0 }, 1);
    expect(real).toBeCloseTo(-Math.sin(1), 12);
    expect(imaginary).toBeCloseTo(-Math.cos(1), 12);
  });
});

describe('isStableLoop', () => {
  it('turns over at the ultimate gain, whatever the process', () => {
    fc.assert(
      fc.property(models, fc.double({ min: 1.01, max: 1000, noNaN: true }), (model, factor) => {
        const { ultimateGain } = ultimatePoint(model);
        const proportional = (gain: number) => ({ gain, integralTimeS: 1e9, derivativeTimeS: 0 });
        expect(isStableLoop(model, proportional(ultimateGain / factor))).toBe(true);
        expect(isStableLoop(model, proportional(ultimateGain * factor))).toBe(false);
      }),
    );
  });

  it('passes every published rule from L/T of 0.05 to 5, and none at twenty times its gain', () => {
    for (const deadTimeS of [0.05, 0.1, 0.5, 1, 2, 5]) {
      const model = { gain: 3, timeConstantS: 1, deadTimeS };
      for (const { rule, type, tuning } of tuningRules(model)) {
        expect(isStableLoop(model, tuning), `${rule} ${type} at ${deadTimeS}`).toBe(true);
        expect(isStableLoop(model, { ...tuning, gain: 20 * tuning.gain })).toBe(false);
      }
    }
  });
});
