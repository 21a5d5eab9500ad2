import { DERIVATIVE_FILTER_RATIO, loopResponse } from './loop-response.ts';
import type { ProcessModel } from './process-model.ts';
import { requireModel } from './process-model.ts';
import type { PidTuning } from './tuning-rules.ts';

/** Steps of the walk along the curve: a share of the frequency, and radians of the dead time's turn. */
const RATIO = 0.05;
const TURN_RAD = 0.05;
/** A loop below this cannot come near −1 any more. */
const SMALL = 0.5;

/**
 * Whether the closed loop of a controller and a process is stable, by the Nyquist criterion: the open loop has no pole in
 * the right half plane, so the curve 1 + L(jω), followed from ω → 0 to where |L| is small, must come back to the
 * positive real axis without having turned around the origin.
 * Source: Åström & Murray, Feedback Systems (2008), section 9.2. Holds for K K_c > 0. Worked value: T = L = K = 1 under
 * P control alone is stable below K_u = 2.26183 and not above.
 */
export function isStableLoop(model: ProcessModel, tuning: PidTuning): boolean {
  requireModel(model);
  let omega = 1e-4 / (model.timeConstantS + model.deadTimeS);
  let angle = angleAt(model, tuning, omega);
  while (magnitudeBound(model, tuning, omega) > SMALL) {
    omega += Math.min(RATIO * omega, TURN_RAD / model.deadTimeS);
    const turned = angleAt(model, tuning, omega) - angle;
    angle += turned - 2 * Math.PI * Math.round(turned / (2 * Math.PI));
    // The dead time only ever turns the curve this way round, so it cannot come back.
    if (angle < -3 * Math.PI) return false;
  }
  return Math.abs(angle) < Math.PI / 2;
}

function angleAt(model: ProcessModel, tuning: PidTuning, omega: number): number {
  const { real, imaginary } = loopResponse(model, tuning, omega);
  return Math.atan2(imaginary, 1 + real);
}

/** |L(jω)| is not above this, and this only falls. */
function magnitudeBound(model: ProcessModel, tuning: PidTuning, omega: number): number {
  const derivative = tuning.derivativeTimeS > 0 ? DERIVATIVE_FILTER_RATIO : 0;
  const controller = tuning.gain * (1 + derivative + 1 / (omega * tuning.integralTimeS));
  return Math.abs(model.gain * controller) / Math.hypot(1, omega * model.timeConstantS);
}
