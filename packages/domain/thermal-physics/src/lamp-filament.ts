import { requireInRange } from './require-in-range.ts';

/** One lamp zone: the drive its power supply holds and the light its filament gives, as fractions of full power. */
export type LampState = { driveFraction: number; radiantFraction: number };

/** Supply and filament dynamics of a lamp zone. */
export type LampDynamics = { slewPerS: number; timeConstantS: number };

/**
 * Lamp state after a time with a constant command: slew-limited supply, first-order filament.
 *
 * d drive/dt = clamp to +-slew until the command is met; d phi/dt = (drive - phi) / tau
 *
 * drive, phi: fractions of full power; slew: 1/s; tau: filament time constant (s). Solved in closed form, so
 * two half steps give exactly one whole step. Source: first-order filament lag as in Schaper, Moslehi, Saraswat
 * & Kailath, J. Electrochem. Soc. 141 (1994) 3200; tungsten-halogen zones show 0.1-0.3 s.
 * Range: fractions 0-1, time 0-1000 s. Worked value: drive and phi 0, command 1, slew 4/s, tau 0.15 s:
 * phi(0.25 s) = 0.51333.
 */
export function lampAfter(
  state: LampState,
  commandFraction: number,
  dynamics: LampDynamics,
  timeS: number,
): LampState {
  requireInRange('lampPowerFraction', commandFraction, 0, 1);
  requireInRange('timeS', timeS, 0, 1000);
  return {
    driveFraction: driveAfter(state, commandFraction, dynamics, timeS),
    radiantFraction: radiantAfter(state, commandFraction, dynamics, timeS),
  };
}

/** Filament light after a time; the integrator asks for it at every stage. */
export function radiantAfter(
  state: LampState,
  commandFraction: number,
  dynamics: LampDynamics,
  timeS: number,
): number {
  const tau = dynamics.timeConstantS;
  const gap = commandFraction - state.driveFraction;
  const slewTimeS = Math.abs(gap) / dynamics.slewPerS;
  const rate = Math.sign(gap) * dynamics.slewPerS;
  const rampS = Math.min(timeS, slewTimeS);
  const lag = rate * tau;
  const onRamp =
    state.driveFraction +
    rate * rampS -
    lag +
    (state.radiantFraction - state.driveFraction + lag) * Math.exp(-rampS / tau);
  if (timeS <= slewTimeS) return onRamp;
  return commandFraction + (onRamp - commandFraction) * Math.exp(-(timeS - slewTimeS) / tau);
}

function driveAfter(
  state: LampState,
  commandFraction: number,
  dynamics: LampDynamics,
  timeS: number,
): number {
  const reach = dynamics.slewPerS * timeS;
  const gap = commandFraction - state.driveFraction;
  return Math.abs(gap) <= reach ? commandFraction : state.driveFraction + Math.sign(gap) * reach;
}
