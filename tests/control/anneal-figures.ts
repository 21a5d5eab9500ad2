import { mean, rounded as roundedTo } from './figures.ts';
import type { WatchedAnneal } from './watched-anneal.ts';

/** What one anneal was like, judged on the wafer itself, not on what the sensors said of it. */
export type AnnealFigures = {
  status: 'completed' | 'tripped';
  /** Interlocks that tripped. */
  trips: string[];
  /** Highest mean temperature above the target of its segment while heating or holding. */
  overshootC: number;
  /** The same for the hottest zone. */
  zoneOvershootC: number;
  /** Mean error of the soak, from 3 s after the setpoint came to rest; null without a soak. */
  steadyErrorC: number | null;
  /** The steady error that the controller believes: its sensors and its estimate. */
  believedErrorC: number | null;
  /** Three standard deviations of the zones, the worst moment of the soak. */
  zoneSpreadC: number | null;
  /** Mean size of the tracking error while the setpoint moves. */
  rampErrorC: number;
  /** Largest swing of a zone's temperature over the last ten seconds of a hold. */
  swingC: number | null;
  limitCycle: boolean;
};

const SOAK_AFTER_S = 3;
const WINDOW = 100;
/** A cycle swings by more than this and does not die down: the later half of the window at least 70 % of the first. */
const CYCLE = { swingC: 2, keptShare: 0.7 } as const;

/** Judges an anneal. */
export function annealFigures(anneal: WatchedAnneal): AnnealFigures {
  const { run } = anneal;
  const errors = soakErrors(anneal);
  const cycles = holds(anneal).map((frames) => swingOf(anneal, frames));
  const swings = cycles.map(({ swingC }) => swingC);
  return {
    status: run.status,
    trips: run.events.flatMap((event) =>
      event.kind === 'alarm_raised' && event.alarm.id.startsWith('interlock.')
        ? [event.alarm.id.slice(10)]
        : [],
    ),
    overshootC: rounded(overshoot(anneal, mean)),
    zoneOvershootC: rounded(overshoot(anneal, (zones) => Math.max(...zones))),
    steadyErrorC: errors.length > 0 ? rounded(mean(errors)) : null,
    believedErrorC: believed(anneal),
    zoneSpreadC:
      errors.length > 0
        ? rounded(Math.max(...soakFrames(anneal).map((i) => spread(zones(anneal, i)))))
        : null,
    rampErrorC: rounded(rampError(anneal)),
    swingC: swings.length > 0 ? rounded(Math.max(...swings)) : null,
    limitCycle: cycles.some(({ swingC, keptShare }) => swingC > CYCLE.swingC && keptShare > CYCLE.keptShare),
  };
}

function believed(anneal: WatchedAnneal): number | null {
  const error = anneal.run.results[0]?.soakErrorC ?? null;
  return error === null ? null : rounded(error);
}

function overshoot(anneal: WatchedAnneal, of: (zonesC: readonly number[]) => number): number {
  let most = 0;
  for (const { startS, endS, fromC, targetC } of anneal.recipe.plan.segments) {
    if (targetC < fromC) continue;
    anneal.timeS.forEach((_, i) => {
      const timeS = i * 0.1;
      if (timeS >= startS && timeS < endS) most = Math.max(most, of(zones(anneal, i)) - targetC);
    });
  }
  return most;
}

function rampError(anneal: WatchedAnneal): number {
  const errors = anneal.setpointC.flatMap((setpointC, i) => {
    const before = anneal.setpointC[i - 1] ?? null;
    if (setpointC === null || before === null || Math.abs(setpointC - before) < 0.05) return [];
    return [Math.abs(mean(zones(anneal, i)) - setpointC)];
  });
  return errors.length > 0 ? mean(errors) : 0;
}

function soakErrors(anneal: WatchedAnneal): number[] {
  return soakFrames(anneal).map((i) => mean(zones(anneal, i)) - (anneal.setpointC[i] ?? Number.NaN));
}

function soakFrames(anneal: WatchedAnneal): number[] {
  return holds(anneal).flatMap((frames) => frames.slice(Math.round(SOAK_AFTER_S / 0.1)));
}

/** Runs of frames in which the setpoint rests, after the first ramp. */
function holds({ setpointC }: WatchedAnneal): number[][] {
  const found: number[][] = [];
  let current: number[] = [];
  let ramped = false;
  setpointC.forEach((value, i) => {
    const before = setpointC[i - 1] ?? null;
    const rests = value !== null && before !== null && Math.abs(value - before) < 1e-6;
    if (value !== null && before !== null && !rests) ramped = true;
    if (rests && ramped) current.push(i);
    else if (current.length > 0) {
      found.push(current);
      current = [];
    }
  });
  if (current.length > 0) found.push(current);
  return found.filter((frames) => frames.length > SOAK_AFTER_S / 0.1);
}

/** Lamps lead a ramp by their lag, so the wafer begins to move before its setpoint does: that is no swing. */
const AHEAD_FRAMES = 3;

/** Swing of the zone that swings most in the last ten seconds, around the window's own straight line. */
function swingOf(anneal: WatchedAnneal, frames: readonly number[]): { swingC: number; keptShare: number } {
  const window = frames.slice(Math.round(SOAK_AFTER_S / 0.1), -AHEAD_FRAMES).slice(-WINDOW);
  const count = zones(anneal, window[0] ?? 0).length;
  const perZone = Array.from({ length: count }, (_, zone) => {
    const line = detrended(window.map((i) => zones(anneal, i)[zone] ?? Number.NaN));
    const half = Math.floor(line.length / 2);
    return { swingC: range(line), keptShare: range(line.slice(half)) / range(line.slice(0, half)) };
  });
  return perZone.reduce((most, next) => (next.swingC > most.swingC ? next : most));
}

function detrended(values: readonly number[]): number[] {
  const middle = (values.length - 1) / 2;
  const level = mean(values);
  let [up, across] = [0, 0];
  values.forEach((value, i) => {
    up += (i - middle) * (value - level);
    across += (i - middle) ** 2;
  });
  return values.map((value, i) => value - level - (up / across) * (i - middle));
}

function zones(anneal: WatchedAnneal, frame: number): readonly number[] {
  return anneal.zonesC[frame] ?? [];
}

function spread(zonesC: readonly number[]): number {
  const level = mean(zonesC);
  return 3 * Math.sqrt(mean(zonesC.map((value) => (value - level) ** 2)));
}

function range(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function rounded(value: number): number {
  return roundedTo(value, 3);
}
