import { requireFinite, requirePositive } from './require-number.ts';

/**
 * Gains and limits of one PID loop in the parallel form. `ki` is per second, `kd` in seconds; output
 * units are the actuator's (lamp per cent, normalised power, ...).
 */
export type PidSettings = {
  readonly kp: number;
  readonly ki: number;
  readonly kd: number;
  /** Time constant of the low-pass on the derivative, s; 0 leaves the derivative unfiltered. */
  readonly derivativeFilterS: number;
  readonly outputMin: number;
  readonly outputMax: number;
  /** Largest change of the output per second; Infinity for none. */
  readonly outputRatePerS: number;
  /** How fast the integral follows a limited output (back-calculation), s; smaller unwinds faster. */
  readonly trackingTimeS: number;
};

/** Everything one PID loop remembers; plain data, so a run can be stored and resumed. */
export type PidState = {
  readonly integral: number;
  readonly derivative: number;
  readonly output: number;
  /** Null until the first sample has been seen, so that the first step has no derivative kick. */
  readonly lastMeasured: number | null;
};

/** What one PID step sees. */
export type PidInput = {
  readonly setpoint: number;
  readonly measured: number;
  readonly feedForward: number;
  readonly dtS: number;
};

/** The limited output of one step, and what each term contributed before limiting. */
export type PidStep = {
  readonly state: PidState;
  readonly output: number;
  readonly terms: {
    readonly proportional: number;
    readonly integral: number;
    readonly derivative: number;
    readonly feedForward: number;
  };
};

/** A loop at rest, or one that takes over bumplessly from an actuator that already stands at `output`. */
export function initialPidState(start: { readonly output?: number } = {}): PidState {
  const output = start.output ?? 0;
  return { integral: output, derivative: 0, output, lastMeasured: null };
}

/**
 * One step of a PID loop with the derivative on the measurement.
 *
 *   u = kp e + I + D + feedForward, limited in range and rate
 *   D = (Tf D' − kd (y − y')) / (Tf + dt)           (backward difference)
 *   I ← I + ki e dt + (u_limited − u) dt / Tt       (back-calculation, Tt = trackingTimeS)
 *
 * e = setpoint − measured; Tf = derivativeFilterS; primes are the step before. Source: Åström &
 * Hägglund, Advanced PID Control (2006), sections 3.4 to 3.6. Valid for dt > 0; dt/Tt above 1 is taken as 1.
 * Worked value: kp 2, ki 1, kd 0, from rest, setpoint 10, measured 4, dt 0.1 s: u = 12, next integral 0.6.
 */
export function stepPid(settings: PidSettings, state: PidState, input: PidInput): PidStep {
  requirePositive('dtS', input.dtS);
  requireFinite('measured', input.measured);
  requireFinite('setpoint', input.setpoint);
  const error = input.setpoint - input.measured;
  const proportional = settings.kp * error;
  const derivative = filteredDerivative(settings, state, input);
  const wanted = proportional + state.integral + derivative + input.feedForward;
  const output = limitOutput(settings, state.output, wanted, input.dtS);
  const unwind = Math.min(1, input.dtS / settings.trackingTimeS) * (output - wanted);
  const integral = state.integral + settings.ki * error * input.dtS + unwind;
  return {
    state: { integral, derivative, output, lastMeasured: input.measured },
    output,
    terms: { proportional, integral: state.integral, derivative, feedForward: input.feedForward },
  };
}

function filteredDerivative(settings: PidSettings, state: PidState, input: PidInput): number {
  if (state.lastMeasured === null) return 0;
  const change = input.measured - state.lastMeasured;
  const filterS = settings.derivativeFilterS;
  return (filterS * state.derivative - settings.kd * change) / (filterS + input.dtS);
}

/** Range after rate: a step that starts inside the range can meet both. */
function limitOutput(settings: PidSettings, previous: number, wanted: number, dtS: number): number {
  const reach = settings.outputRatePerS * dtS;
  const slewed = Math.min(Math.max(wanted, previous - reach), previous + reach);
  return Math.min(Math.max(slewed, settings.outputMin), settings.outputMax);
}
