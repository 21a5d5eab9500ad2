import type { ProcessModel, UltimatePoint } from './process-model.ts';
import { requirePositive } from './require-number.ts';

/** A relay experiment: the input switches by ±`amplitude` about `bias` when the error leaves ±`hysteresis`. */
export type RelayTest = {
  readonly setpoint: number;
  readonly bias: number;
  readonly amplitude: number;
  readonly hysteresis: number;
  readonly dtS: number;
  readonly durationS: number;
};

/** The limit cycle that was seen, or why none was. */
export type RelayResult =
  | { readonly ok: true; readonly value: UltimatePoint & { readonly swing: number; readonly cycles: number } }
  | { readonly ok: false; readonly reason: 'no_oscillation' | 'swing_within_hysteresis' };

/** A plant as the experiment sees it: one step with a held input. */
export type RelayPlant<State> = {
  readonly initial: State;
  readonly step: (state: State, input: number, dtS: number) => State;
  readonly output: (state: State) => number;
};

const CYCLES_NEEDED = 3;

/**
 * Ultimate gain from a limit cycle under a relay with hysteresis: K_u = 4d/(π √(a² − ε²)).
 * d relay amplitude, a half swing of the output, ε hysteresis. Source: Åström & Hägglund, Automatica 20
 * (1984) 645. It neglects harmonics: for first-order processes 19 % low at L ≪ T, right near L = 2.5 T, and up
 * to 27 % high at L ≫ T; `modelFromRelay` has no such error. Valid for a > ε. Worked value: d = 1, a = 0.5, ε = 0.3: 3.1831.
 */
export function relayUltimateGain(amplitude: number, swing: number, hysteresis: number): number {
  requirePositive('amplitude', amplitude);
  if (!(swing > hysteresis))
    throw new RangeError(`swing is ${swing}; it must exceed the hysteresis ${hysteresis}`);
  return (4 * amplitude) / (Math.PI * Math.sqrt(swing * swing - hysteresis * hysteresis));
}

/** Runs a relay experiment on a plant and reads K_u and T_u from its last full cycles. */
export function relayTune<State>(plant: RelayPlant<State>, test: RelayTest): RelayResult {
  requirePositive('dtS', test.dtS);
  requirePositive('amplitude', test.amplitude);
  const { outputs, risesS } = runRelay(plant, test);
  if (risesS.length < CYCLES_NEEDED + 1) return { ok: false, reason: 'no_oscillation' };
  const cycles = risesS.slice(-(CYCLES_NEEDED + 1));
  const fromS = cycles[0]!;
  const toS = cycles[CYCLES_NEEDED]!;
  const inCycles = outputs.slice(Math.round(fromS / test.dtS), Math.round(toS / test.dtS));
  const swing = (Math.max(...inCycles) - Math.min(...inCycles)) / 2;
  if (!(swing > test.hysteresis)) return { ok: false, reason: 'swing_within_hysteresis' };
  const ultimateGain = relayUltimateGain(test.amplitude, swing, test.hysteresis);
  return {
    ok: true,
    value: { ultimateGain, ultimatePeriodS: (toS - fromS) / CYCLES_NEEDED, swing, cycles: risesS.length - 1 },
  };
}

/**
 * The first-order model with dead time behind a limit cycle, without the describing function's error:
 * T = (P/2) / ln((Kd + a)/(Kd − a)), L = T ln((Kd − ε)/(Kd − a)).
 *
 * K steady gain, d relay amplitude, a half swing, ε hysteresis, P period, s. It follows from the exact answer
 * of such a process between two switches. Source: Wang, Hang & Zou, Ind. Eng. Chem. Res. 36 (1997) 375. Null
 * when a is not between ε and |K|d, which no first-order process gives. Worked value: K = d = 1, ε = 0, a = 0.632121,
 * P = 2.97976: T = L = 1.
 */
export function modelFromRelay(
  cycle: { readonly swing: number; readonly ultimatePeriodS: number },
  test: Pick<RelayTest, 'amplitude' | 'hysteresis'>,
  gain: number,
): ProcessModel | null {
  const reach = Math.abs(gain) * test.amplitude;
  if (!(cycle.swing > test.hysteresis && cycle.swing < reach)) return null;
  const timeConstantS = cycle.ultimatePeriodS / 2 / Math.log((reach + cycle.swing) / (reach - cycle.swing));
  const deadTimeS = timeConstantS * Math.log((reach - test.hysteresis) / (reach - cycle.swing));
  return { gain, timeConstantS, deadTimeS };
}

function runRelay<State>(plant: RelayPlant<State>, test: RelayTest): { outputs: number[]; risesS: number[] } {
  const outputs: number[] = [];
  const risesS: number[] = [];
  let state = plant.initial;
  let side: 1 | -1 = 1;
  for (let step = 0; step * test.dtS < test.durationS; step += 1) {
    const output = plant.output(state);
    outputs.push(output);
    const error = test.setpoint - output;
    const next: 1 | -1 = error > test.hysteresis ? 1 : error < -test.hysteresis ? -1 : side;
    if (next === 1 && side === -1) risesS.push(step * test.dtS);
    side = next;
    state = plant.step(state, test.bias + side * test.amplitude, test.dtS);
  }
  return { outputs, risesS };
}
