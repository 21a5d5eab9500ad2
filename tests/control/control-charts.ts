import { lineChartSvg } from '@spectra/run-engine';
import type { ChartSeries } from '@spectra/run-engine';
import type { ControlResults } from './control-results.ts';
import { mean } from './figures.ts';
import { BEAMS, TOLERANCE_PCT } from './implants.ts';
import { coolingRun, spikeRun } from './reachability.ts';
import { CONTROLLERS, PLANTS, RECIPES } from './rtp-cases.ts';
import { watchAnneal } from './watched-anneal.ts';
import type { WatchedAnneal } from './watched-anneal.ts';

/** The pictures of the page: SVG by file name. Those of anneals are simulated anew, the others drawn from the results. */
export function controlCharts(results: ControlResults): Map<string, string> {
  return new Map([
    ['soak-nominal.svg', soakChart(0, 'Soak at 1000 °C after 100 °C/s, nominal chamber')],
    ['soak-emissivity.svg', soakChart(2, 'The same soak on a wafer that radiates 20 % less than told')],
    ['overshoot-by-plant.svg', overshootChart(results)],
    ['spike.svg', spikeChart()],
    ['cooling.svg', coolingChart()],
    ['implant-doses.svg', doseChart(results)],
    ['implant-uniformity.svg', uniformityChart(results)],
    ['run-to-run.svg', lotsChart(results)],
    ['virtual-metrology.svg', metrologyChart(results)],
  ]);
}

function soakChart(plant: number, title: string): string {
  const series = CONTROLLERS.flatMap((controller, colourOf): ChartSeries[] => {
    const body = { ...RECIPES[0]?.body, controller_type: controller };
    const anneal = watchAnneal(body, { faults: PLANTS[plant]?.faults ?? [] });
    const { timeS, setpointC } = anneal;
    const frames = timeS.flatMap((_, i) => (setpointC[i] === null || i < 25 ? [] : [i]));
    const x = frames.map((i) => i * 0.1);
    const seen = anneal.run.telemetry.channels['ramp_error_c'] ?? [];
    const wafer = frames.map((i) => mean(anneal.zonesC[i] ?? []) - (setpointC[i] ?? 0));
    const name = controller.toUpperCase();
    return [
      { name: `${name}, the wafer`, x, y: wafer, colourOf },
      ...(plant === 0
        ? []
        : [
            {
              name: `${name}, as measured`,
              x,
              y: frames.map((i) => seen[i] ?? null),
              colourOf,
              dashed: true as const,
            },
          ]),
    ];
  });
  return lineChartSvg({
    title: `${title}: distance from the setpoint`,
    x: { label: 'Time in s' },
    y: { label: 'Mean temperature − setpoint in °C' },
    series,
  });
}

function overshootChart({ anneals }: ControlResults): string {
  const series = CONTROLLERS.map((controller, i): ChartSeries => {
    const own = anneals.filter((cell) => cell.controller === controller && cell.status === 'completed');
    return {
      name: controller.toUpperCase(),
      points: true,
      x: own.map(({ plant }) => plant + 1 + (i - 0.5) * 0.24),
      y: own.map(({ overshootC }) => overshootC),
    };
  });
  const limit = { name: 'goal for one disturbance', x: [0.6, 9.4], y: [5, 5], dashed: true as const };
  return lineChartSvg({
    title: 'Overshoot of the wafer, each circle a recipe (1 nominal … 9 four disturbances)',
    x: { label: 'Plant, as numbered in the tables' },
    y: { label: 'Overshoot in °C' },
    series: [...series, { ...limit, colourOf: 6 }],
  });
}

/** Lines of temperature lie upon each other here, so the distance from the setpoint is shown. */
function spikeChart(): string {
  return lineChartSvg({
    title: 'Spike from 650 to 1050 °C at 250 °C/s (top at 34 s) and down: distance from the setpoint',
    x: { label: 'Time in s' },
    y: { label: 'Mean temperature − setpoint in °C' },
    series: CONTROLLERS.map((controller): ChartSeries => {
      const anneal = spikeRun(controller);
      const frames = framesBetween(anneal, 31, 38);
      return {
        name: `${controller.toUpperCase()}, the wafer`,
        x: frames.map((i) => i * 0.1),
        y: frames.map((i) => mean(anneal.zonesC[i] ?? []) - (anneal.setpointC[i] ?? Number.NaN)),
      };
    }),
  });
}

function coolingChart(): string {
  const anneal = coolingRun('mpc');
  const frames = framesBetween(anneal, 26, 44);
  const x = frames.map((i) => i * 0.1);
  const [, segment] = anneal.recipe.plan.segments;
  if (segment === undefined) throw new Error('the recipe has no second segment');
  const { startS, fromC, targetC, askedCPerS } = segment;
  return lineChartSvg({
    title: 'Cooling at 90 °C/s, asked from 1050 to 500 °C, and what the chamber can do',
    x: { label: 'Time in s' },
    y: { label: 'Temperature in °C' },
    series: [
      { name: 'the wafer (MPC)', x, y: frames.map((i) => mean(anneal.zonesC[i] ?? [])) },
      { name: 'setpoint as planned', x, y: frames.map((i) => anneal.setpointC[i] ?? null), dashed: true },
      {
        name: 'as asked',
        x: [26, startS, startS + (fromC - targetC) / askedCPerS, 44],
        y: [fromC, fromC, targetC, targetC],
        colourOf: 6,
      },
    ],
  });
}

function framesBetween({ timeS }: WatchedAnneal, fromS: number, toS: number): number[] {
  return timeS.flatMap((_, i) => (i * 0.1 >= fromS && i * 0.1 <= toS ? [i] : []));
}

function doseOf(recipe: string): number {
  return Number(/ (\S+)\/cm²/.exec(recipe)?.[1]);
}

function doseChart({ implants }: ControlResults): string {
  const points = BEAMS.map((beam): ChartSeries => {
    const own = implants.filter((implant) => implant.beam === beam);
    return {
      name: beam,
      points: true,
      x: own.map(({ recipe }) => doseOf(recipe)),
      y: own.map(({ trueErrorPct }) => Math.max(1e-4, Math.abs(trueErrorPct))),
    };
  });
  return lineChartSvg({
    title: 'Error of the dose that arrived, 200 implants (dashed: tolerance)',
    x: { label: 'Dose of the recipe in 1/cm²', scale: 'log' },
    y: { label: 'Size of the dose error in %', scale: 'log' },
    series: [
      ...points,
      { name: 'tolerance', x: [1e11, 1e16], y: [TOLERANCE_PCT, TOLERANCE_PCT], dashed: true, colourOf: 6 },
    ],
  });
}

function uniformityChart({ implants }: ControlResults): string {
  return lineChartSvg({
    title: 'Uniformity of the dose over the wafer, 200 implants (goal: 0.5 % at nominal beam)',
    x: { label: 'Dose of the recipe in 1/cm²', scale: 'log' },
    y: { label: 'Uniformity (1σ) in %' },
    series: BEAMS.map((beam): ChartSeries => {
      const own = implants.filter((implant) => implant.beam === beam);
      return {
        name: beam,
        points: true,
        x: own.map(({ recipe }) => doseOf(recipe)),
        y: own.map(({ uniformityPct }) => uniformityPct),
      };
    }),
  });
}

function lotsChart({ lots }: ControlResults): string {
  return lineChartSvg({
    title: 'True dose of 500 lots on a tool whose Faraday cup drifts, with maintenance every 125',
    x: { label: 'Lot' },
    y: { label: 'Dose error in %' },
    series: lots.map(({ name, errorPct }) => ({ name, x: errorPct.map((_, lot) => lot + 1), y: errorPct })),
  });
}

function metrologyChart({ heldBack }: ControlResults): string {
  const x = heldBack.map(({ measured }) => measured);
  const ends = [Math.min(...x), Math.max(...x)];
  return lineChartSvg({
    title: 'Held-back wafers of a tool with a hidden offset, after 30 measured ones',
    x: { label: 'Measured sheet resistance in Ω/sq' },
    y: { label: 'Predicted sheet resistance in Ω/sq' },
    series: [
      { name: 'physics alone', points: true, x, y: heldBack.map(({ physics }) => physics) },
      { name: 'corrected', points: true, x, y: heldBack.map(({ corrected }) => corrected) },
      { name: 'measured = predicted', x: ends, y: ends, dashed: true, colourOf: 6 },
    ],
  });
}
