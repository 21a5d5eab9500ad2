import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximumSensitivity } from './maximum-sensitivity.ts';
import type { ProcessModel } from './process-model.ts';
import { initialProcessState, modelFromUltimatePoint, stepProcess, ultimatePoint } from './process-model.ts';
import { modelFromRelay, relayTune, relayUltimateGain } from './relay-tune.ts';
import { pidFromTuning, simulateLoop } from './simulate-loop.ts';
import type { TuningRule } from './tuning-rules.ts';
import { tuningRules } from './tuning-rules.ts';

const ruleNames: Readonly<Record<string, TuningRule>> = {
  AMIGO: 'amigo',
  'SIMC tc=L': 'simc',
  'ZN step': 'ziegler_nichols_step',
  'ZN freq': 'ziegler_nichols_frequency',
  'Tyreus-Luyben': 'tyreus_luyben',
};

const rows = readFileSync(new URL('../test/data/tuning.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

/** Six printed digits: half a unit of the last one. */
function expectDigits(value: number, printed: string): void {
  expect(value.toPrecision(6).replace(/\.?0+$/, '')).toBe(
    Number(printed)
      .toPrecision(6)
      .replace(/\.?0+$/, ''),
  );
}

const models = fc.record({
  gain: fc.double({ min: 0.2, max: 5, noNaN: true }),
  timeConstantS: fc.double({ min: 0.5, max: 20, noNaN: true }),
  deadTimeS: fc.double({ min: 0.2, max: 5, noNaN: true }),
});

describe('tuningRules', () => {
  it.each(rows)('T %s, L %s, K %s: %s %s', (...row) => {
    const model: ProcessModel = {
      timeConstantS: Number(row[0]),
      deadTimeS: Number(row[1]),
      gain: Number(row[2]),
    };
    const [name, type, gain, integral, derivative, sensitivity] = row.slice(3) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    if (name === 'ultimate') {
      expectDigits(ultimatePoint(model).ultimateGain, gain);
      expectDigits(ultimatePoint(model).ultimatePeriodS, integral);
      return;
    }
    const found = tuningRules(model).find(
      (entry) => entry.rule === ruleNames[name] && entry.type === type.toLowerCase(),
    );
    expectDigits(found!.tuning.gain, gain);
    expectDigits(found!.tuning.integralTimeS, integral);
    expectDigits(found!.tuning.derivativeTimeS, derivative);
    expect(maximumSensitivity(model, found!.tuning).toFixed(4)).toBe(Number(sensitivity).toFixed(4));
  });

  it('scales with gain and time: the loop keeps its sensitivity', () => {
    const factor = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(models, factor, factor, (model, gains, times) => {
        const scaled = {
          gain: model.gain * gains,
          timeConstantS: model.timeConstantS * times,
          deadTimeS: model.deadTimeS * times,
        };
        const changed = tuningRules(scaled);
        tuningRules(model).forEach(({ tuning }, i) => {
          expect(changed[i]!.tuning.gain * gains).toBeCloseTo(tuning.gain, 6);
          expect(changed[i]!.tuning.integralTimeS / times).toBeCloseTo(tuning.integralTimeS, 6);
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('relayTune', () => {
  it('repeats the worked value', () => {
    expect(relayUltimateGain(1, 0.5, 0.3)).toBeCloseTo(3.1831, 4);
  });

  it('finds the period within 15 % and the gain within 30 % of the exact ultimate point', () => {
    fc.assert(
      fc.property(models, (model) => {
        const dtS = Math.min(model.deadTimeS, model.timeConstantS) / 100;
        const exact = ultimatePoint(model);
        const result = relayTune(
          {
            initial: initialProcessState(model, dtS),
            step: (state, input, stepS) => stepProcess(model, state, input, stepS),
            output: (state) => state.output,
          },
          { setpoint: 0, bias: 0, amplitude: 1, hysteresis: 0, dtS, durationS: 12 * exact.ultimatePeriodS },
        );
        if (!result.ok) throw new Error(result.reason);
        expect(Math.abs(result.value.ultimatePeriodS / exact.ultimatePeriodS - 1)).toBeLessThan(0.15);
        expect(Math.abs(result.value.ultimateGain / exact.ultimateGain - 1)).toBeLessThan(0.3);
      }),
      { numRuns: 15 },
    );
  });

  it('leads back to the model within 5 %, with and without hysteresis', () => {
    fc.assert(
      fc.property(models, fc.constantFrom(0, 0.02, 0.05), (model, share) => {
        const dtS = Math.min(model.deadTimeS, model.timeConstantS) / 200;
        const reach = 2 * model.gain;
        const test = { setpoint: 0, bias: 0, amplitude: 2, hysteresis: share * reach, dtS };
        const swing = reach * (1 - (1 - share) * Math.exp(-model.deadTimeS / model.timeConstantS));
        const periodS = 2 * model.timeConstantS * Math.log((reach + swing) / (reach - swing));
        const result = relayTune(
          {
            initial: initialProcessState(model, dtS),
            step: (state, input, stepS) => stepProcess(model, state, input, stepS),
            output: (state) => state.output,
          },
          { ...test, durationS: 7 * periodS },
        );
        if (!result.ok) throw new Error(result.reason);
        const found = modelFromRelay(result.value, test, model.gain);
        // A dead time of many time constants swings all the way to K d: the record then holds no T.
        if (model.deadTimeS > 3 * model.timeConstantS || found === null) return;
        expect(Math.abs(found.timeConstantS / model.timeConstantS - 1)).toBeLessThan(0.05);
        expect(Math.abs(found.deadTimeS / model.deadTimeS - 1)).toBeLessThan(0.05);
      }),
      { numRuns: 20 },
    );
    const cycle = { swing: 1 - Math.exp(-1), ultimatePeriodS: 2 * Math.log(2 * Math.E - 1) };
    const exact = modelFromRelay(cycle, { amplitude: 1, hysteresis: 0 }, 1)!;
    expect(exact.timeConstantS).toBeCloseTo(1, 10);
    expect(exact.deadTimeS).toBeCloseTo(1, 10);
    expect(cycle.ultimatePeriodS).toBeCloseTo(2.97976, 5);
  });

  it('says so when the plant does not swing', () => {
    const dead = { initial: 0, step: () => 0, output: () => 0 };
    const test = { setpoint: 1, bias: 0, amplitude: 1, hysteresis: 0, dtS: 0.1, durationS: 10 };
    expect(relayTune(dead, test)).toEqual({ ok: false, reason: 'no_oscillation' });
  });
});

describe('process model', () => {
  it('comes back from its ultimate point', () => {
    fc.assert(
      fc.property(models, (model) => {
        const back = modelFromUltimatePoint(ultimatePoint(model), model.gain)!;
        expect(back.timeConstantS).toBeCloseTo(model.timeConstantS, 6);
        expect(back.deadTimeS).toBeCloseTo(model.deadTimeS, 6);
      }),
    );
  });

  it('answers a step exactly, whatever the step size', () => {
    fc.assert(
      fc.property(models, fc.double({ min: 0.01, max: 3, noNaN: true }), (model, dtS) => {
        let state = initialProcessState(model, dtS);
        for (let step = 1; step <= 30; step += 1) {
          state = stepProcess(model, state, 1, dtS);
          const late = step * dtS - model.deadTimeS;
          const expected = late > 0 ? model.gain * (1 - Math.exp(-late / model.timeConstantS)) : 0;
          expect(state.output).toBeCloseTo(expected, 8);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('simulateLoop', () => {
  it('settles without steady error for every robust rule on every model', () => {
    fc.assert(
      fc.property(models, (model) => {
        const dtS = Math.min(model.deadTimeS, model.timeConstantS) / 20;
        for (const { rule, tuning } of tuningRules(model)) {
          if (rule !== 'amigo' && rule !== 'simc') continue;
          const pid = pidFromTuning(tuning, { outputMin: -1e6, outputMax: 1e6, outputRatePerS: Infinity });
          const durationS = 60 * (model.deadTimeS + model.timeConstantS);
          const test = { size: 10, rampPerS: Infinity, dtS, durationS, outputMin: -1e6, outputMax: 1e6 };
          const result = simulateLoop(model, pid, test);
          expect(Math.abs(result.steadyStateError)).toBeLessThan(0.05);
          expect(result.overshootPct).toBeLessThan(30);
          expect(result.settlingTimeS).not.toBeNull();
        }
      }),
      { numRuns: 20 },
    );
  });
});
