import { rtpRampLimits } from '@spectra/schemas';
import { reachableRamp } from '@spectra/thermal-physics';
import { chamberModel, operatingPoint } from './chamber.ts';
import type { ChamberConditions } from './chamber.ts';
import type { PlannedSegment, RtpSegment, TemperaturePlan } from './types.ts';

/** What a plan starts from. */
export interface PlanRequest {
  readonly segments: readonly RtpSegment[];
  readonly initialC: number;
  readonly chamber: ChamberConditions;
}

/** How fast the setpoint's slope may change: the lamps need a moment to follow. */
const SLOPE_CHANGE = { normal: 150, spike: 500 } as const;
/** Share of what lamps and radiation can do that a setpoint uses; the rest is left to the controller. */
const USED_SHARE = { up: 0.92, down: 0.85 } as const;
/** Gas and sensors settle before the first ramp. */
const SETTLE_S = 2;
const STEP_S = 0.1;
const GRID_C = 10;

type Reach = (tempC: number, rising: boolean) => number;
type Knots = { timeS: number[]; tempC: number[] };

/**
 * Setpoint of an anneal over time. Each segment ramps at its rate, as far as the plant can follow, and then stays at
 * its target until its duration is over; a segment whose ramp takes longer is prolonged to the ramp's end. Slopes
 * change at a limited rate, so that lamps and filaments can follow the corners.
 */
export function planTemperature(request: PlanRequest): TemperaturePlan {
  const reach = reachOf(request.chamber);
  const knots: Knots = { timeS: [0, SETTLE_S], tempC: [request.initialC, request.initialC] };
  const segments: PlannedSegment[] = [];
  let fromC = request.initialC;
  let startS = SETTLE_S;
  for (const segment of request.segments) {
    const planned = planSegment(segment, { fromC, startS, reach, knots });
    segments.push(planned);
    fromC = segment.targetC;
    startS = planned.endS;
  }
  return { ...knots, segments, endS: startS };
}

/** Setpoint and its slope at a time; before the first and after the last knot the end values hold. */
export function setpointAt(plan: TemperaturePlan, timeS: number): { tempC: number; rampCPerS: number } {
  const { timeS: times, tempC: temps } = plan;
  const last = times.length - 1;
  if (timeS >= (times[last] ?? 0)) return { tempC: temps[last] ?? 0, rampCPerS: 0 };
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= timeS) low = middle;
    else high = middle;
  }
  const fromS = times[low] ?? 0;
  const fromC = temps[low] ?? 0;
  const rampCPerS = ((temps[high] ?? 0) - fromC) / ((times[high] ?? 0) - fromS);
  return { tempC: fromC + rampCPerS * Math.max(0, timeS - fromS), rampCPerS: timeS < 0 ? 0 : rampCPerS };
}

/** Rate that a segment asks for: its own, or as even as its duration allows within the limits. */
export function askedRampCPerS(segment: RtpSegment, fromC: number): number {
  if (segment.rampCPerS !== null) return segment.rampCPerS;
  const wayC = Math.abs(segment.targetC - fromC);
  const limits = rtpRampLimits[segment.kind];
  const most = segment.targetC >= fromC ? limits.upCPerS : limits.downCPerS;
  const change = SLOPE_CHANGE[segment.kind];
  const reserve = segment.durationS ** 2 - (4 * wayC) / change;
  if (reserve <= 0) return most;
  return Math.min(most, Math.max(0.01, ((segment.durationS - Math.sqrt(reserve)) * change) / 2));
}

function planSegment(
  segment: RtpSegment,
  plan: { fromC: number; startS: number; reach: Reach; knots: Knots },
): PlannedSegment {
  const { fromC, startS, reach, knots } = plan;
  const askedCPerS = askedRampCPerS(segment, fromC);
  const ramp = planRamp(segment, { fromC, askedCPerS, reach });
  ramp.timeS.forEach((timeS, i) => {
    knots.timeS.push(startS + timeS);
    knots.tempC.push(ramp.tempC[i] ?? segment.targetC);
  });
  const reachedS = startS + (ramp.timeS.at(-1) ?? 0);
  const endS = Math.max(startS + segment.durationS, reachedS);
  if (endS > reachedS) {
    knots.timeS.push(endS);
    knots.tempC.push(segment.targetC);
  }
  return { startS, reachedS, endS, fromC, targetC: segment.targetC, askedCPerS, limited: ramp.limited };
}

/** Walks the ramp in short steps: slope up to what is asked and reachable, braking in time for the target. */
function planRamp(segment: RtpSegment, ramp: { fromC: number; askedCPerS: number; reach: Reach }) {
  const rising = segment.targetC >= ramp.fromC;
  const sign = rising ? 1 : -1;
  const change = SLOPE_CHANGE[segment.kind];
  const path: Knots & { limited: PlannedSegment['limited'] } = { timeS: [], tempC: [], limited: null };
  let tempC = ramp.fromC;
  let slope = 0;
  let timeS = 0;
  while (Math.abs(segment.targetC - tempC) > 1e-6) {
    const leftC = Math.abs(segment.targetC - tempC);
    const reachCPerS = ramp.reach(tempC, rising);
    const limited = reachCPerS * USED_SHARE[rising ? 'up' : 'down'] < ramp.askedCPerS;
    const allowed = limited ? reachCPerS * USED_SHARE[rising ? 'up' : 'down'] : ramp.askedCPerS;
    if (ramp.askedCPerS > reachCPerS) path.limited = widen(path.limited, tempC, reachCPerS);
    const brake = Math.sqrt(2 * change * leftC + (change * STEP_S) ** 2 / 4) - (change * STEP_S) / 2;
    slope = Math.max(0.01, Math.min(slope + change * STEP_S, allowed, brake));
    const stepC = slope * STEP_S;
    const last = stepC >= leftC;
    timeS += last ? leftC / slope : STEP_S;
    tempC = last ? segment.targetC : tempC + sign * stepC;
    appendKnot(path, timeS, tempC);
  }
  return path;
}

/** Keeps a knot only where the line bends, so that slow ramps stay short lists. */
function appendKnot(path: Knots, timeS: number, tempC: number): void {
  const count = path.timeS.length;
  const [beforeS, lastS] = [path.timeS[count - 2], path.timeS[count - 1]];
  const [beforeC, lastC] = [path.tempC[count - 2], path.tempC[count - 1]];
  if (beforeS !== undefined && lastS !== undefined && beforeC !== undefined && lastC !== undefined) {
    const straightC = beforeC + ((tempC - beforeC) * (lastS - beforeS)) / (timeS - beforeS);
    if (Math.abs(straightC - lastC) < 1e-9) {
      path.timeS.pop();
      path.tempC.pop();
    }
  }
  path.timeS.push(timeS);
  path.tempC.push(tempC);
}

function widen(limited: PlannedSegment['limited'], tempC: number, reachCPerS: number) {
  return {
    fromC: Math.max(limited?.fromC ?? tempC, tempC),
    toC: Math.min(limited?.toC ?? tempC, tempC),
    slowestCPerS: Math.min(limited?.slowestCPerS ?? reachCPerS, reachCPerS),
  };
}

/** Fastest ramp over temperature, looked up on a grid. */
function reachOf(chamber: ChamberConditions): Reach {
  const model = chamberModel(chamber.waferDiameterMm);
  const known = new Map<number, { upCPerS: number; downCPerS: number }>();
  const at = (grid: number) => {
    const found = known.get(grid);
    if (found) return found;
    const made = reachableRamp(model, operatingPoint(chamber, grid * GRID_C));
    known.set(grid, made);
    return made;
  };
  return (tempC, rising) => {
    const grid = Math.floor(tempC / GRID_C);
    const part = tempC / GRID_C - grid;
    const [low, high] = [at(grid), at(grid + 1)];
    const name = rising ? 'upCPerS' : 'downCPerS';
    return low[name] + part * (high[name] - low[name]);
  };
}
