import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunToRunSettings } from './run-to-run.ts';
import { adviseRun, checkRunToRun, initialRunToRunState, restartRunToRun } from './run-to-run.ts';
import { runToRunBehaviour } from './run-to-run-stability.ts';

const open: RunToRunSettings = {
  weights: { lambda1: 0.4, lambda2: 0 },
  target: 100,
  modelGain: 2,
  gainRatioMax: 1,
  inputMin: -1e9,
  inputMax: 1e9,
  moveMax: 1e9,
  deadBand: 0,
  noiseSigma: 1,
  outlierSigma: 1e9,
};

/** Output error after many runs of a drifting tool whose gain is `gainRatio` times the model's. */
function steadyError(settings: RunToRunSettings, gainRatio: number, driftPerRun: number): number {
  let state = initialRunToRunState(settings, 50);
  let measured = 0;
  for (let run = 1; run <= 3000; run += 1) {
    measured = 100 + gainRatio * settings.modelGain * (state.input - 50) + driftPerRun * run;
    state = adviseRun(settings, state, { input: state.input, measured }).state;
  }
  return measured - settings.target;
}

const rows = readFileSync(new URL('../test/data/r2r_ewma.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

describe('runToRunBehaviour', () => {
  it.each(rows)('%s lambda %s/%s at gain ratio %s drift %s has offset %s', (...row) => {
    const [lambda1, lambda2, gainRatio, driftPerRun] = row.slice(1, 5).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const behaviour = runToRunBehaviour({ lambda1, lambda2 }, { gainRatio, driftPerRun });
    expect(behaviour.spectralRadius).toBeCloseTo(Number(row[7]), 6);
    expect(behaviour.stable).toBe(row[5] !== 'unstable');
    if (!behaviour.stable) return;
    expect(behaviour.steadyOffset).toBeCloseTo(Number(row[5]), 6);
    const settings = { ...open, weights: { lambda1, lambda2 }, gainRatioMax: gainRatio };
    expect(steadyError(settings, gainRatio, driftPerRun)).toBeCloseTo(Number(row[6]), 6);
  });
});

describe('adviseRun', () => {
  it('leaves the offset drift/(lambda ratio) for every stable EWMA', () => {
    const weight = fc.double({ min: 0.1, max: 1, noNaN: true });
    const ratio = fc.double({ min: 0.3, max: 1.8, noNaN: true });
    fc.assert(
      fc.property(weight, ratio, fc.double({ min: -1, max: 1, noNaN: true }), (lambda1, gainRatio, drift) => {
        const settings = { ...open, weights: { lambda1, lambda2: 0 }, gainRatioMax: Math.max(1, gainRatio) };
        expect(steadyError(settings, gainRatio, drift)).toBeCloseTo(drift / (lambda1 * gainRatio), 6);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses weights outside 0 < lambda ratio < 2', () => {
    expect(checkRunToRun({ ...open, weights: { lambda1: 0.7, lambda2: 0 }, gainRatioMax: 3 })).toMatchObject({
      ok: false,
      reason: 'unstable',
    });
    expect(checkRunToRun({ ...open, weights: { lambda1: 1, lambda2: 0.9 }, gainRatioMax: 1.5 }).ok).toBe(
      false,
    );
    expect(checkRunToRun({ ...open, weights: { lambda1: 0, lambda2: 0 } })).toMatchObject({
      reason: 'invalid',
    });
    expect(checkRunToRun({ ...open, weights: { lambda1: 0.4, lambda2: 0.2 }, gainRatioMax: 2 }).ok).toBe(
      true,
    );
  });

  it('repeats the worked value', () => {
    const state = { ...initialRunToRunState(open, 50), samples: 100 };
    const settings = { ...open, weights: { lambda1: 0.5, lambda2: 0 } };
    expect(adviseRun(settings, state, { input: 50, measured: 104 }).input).toBe(49);
  });

  it('never moves further than allowed nor out of range', () => {
    const limited = { ...open, moveMax: 0.5, inputMin: 48, inputMax: 52 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 50, max: 150, noNaN: true }), { maxLength: 40 }), (results) => {
        let state = initialRunToRunState(limited, 50);
        for (const measured of results) {
          const { input, change, state: next } = adviseRun(limited, state, { input: state.input, measured });
          expect(Math.abs(change)).toBeLessThanOrEqual(0.5 + 1e-12);
          expect(input).toBeGreaterThanOrEqual(48);
          expect(input).toBeLessThanOrEqual(52);
          state = next;
        }
      }),
    );
  });

  it('stays put within the dead band', () => {
    const state = { ...initialRunToRunState(open, 50), samples: 100 };
    const result = adviseRun({ ...open, deadBand: 1 }, state, { input: 50, measured: 102 });
    expect(result).toMatchObject({ input: 50, reason: 'within_dead_band' });
  });

  it('holds back two outliers and believes the third', () => {
    const gated = { ...open, outlierSigma: 4 };
    let state = { ...initialRunToRunState(gated, 50), samples: 100 };
    const reasons = [110, 110, 110].map((measured) => {
      const result = adviseRun(gated, state, { input: 50, measured });
      state = result.state;
      return result.reason;
    });
    expect(reasons).toEqual(['outlier_held_back', 'outlier_held_back', 'moved']);
  });

  it('settles at once after a restart for maintenance', () => {
    const state = restartRunToRun({ ...initialRunToRunState(open, 50), samples: 100, drift: 0.3 });
    const result = adviseRun(open, state, { input: 50, measured: 108 });
    expect(result.input).toBe(46);
  });

  it('halves the off-target spread of 500 drifting, noisy lots, and more', () => {
    const spread = (controlled: boolean, weights: RunToRunSettings['weights']) => {
      const settings = { ...open, weights, deadBand: 0.2, noiseSigma: 0.5, outlierSigma: 5, moveMax: 2 };
      let state = initialRunToRunState(settings, 50);
      let drift = 0;
      let squares = 0;
      for (let lot = 0; lot < 500; lot += 1) {
        const noise = Math.sin(1e4 * Math.sin(lot + 1));
        drift += lot % 120 === 119 ? -drift : 0.04 + 0.03 * Math.sin(1e4 * Math.sin(lot + 5000));
        const output = 100 + 1.8 * (state.input - 50) + drift;
        squares += (output - settings.target) ** 2;
        const result = { input: state.input, measured: output + 0.5 * noise };
        if (controlled) state = adviseRun(settings, state, result).state;
      }
      return Math.sqrt(squares / 500);
    };
    const uncontrolled = spread(false, { lambda1: 0.3, lambda2: 0 });
    expect(spread(true, { lambda1: 0.3, lambda2: 0 })).toBeLessThan(0.5 * uncontrolled);
    expect(spread(true, { lambda1: 0.3, lambda2: 0.1 })).toBeLessThan(0.5 * uncontrolled);
  });
});
