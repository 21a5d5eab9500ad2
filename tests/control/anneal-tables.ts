import type { AnnealCell, ControlResults } from './control-results.ts';
import { mean } from './figures.ts';
import { CONTROLLERS, PLANTS, RECIPES } from './rtp-cases.ts';
import { SEEDS } from './seed-spread.ts';

type Metric = { title: string; of: (cell: AnnealCell) => number | null; bold: (value: number) => boolean };

const METRICS: readonly Metric[] = [
  { title: 'Overshoot in °C', of: (cell) => cell.overshootC, bold: (value) => value > 5 },
  { title: 'Steady error of the soak in °C', of: (cell) => cell.steadyErrorC, bold: () => false },
  {
    title: 'Zone spread (3σ), worst moment of the soak, in °C',
    of: (cell) => cell.zoneSpreadC,
    bold: (value) => value > 1.5,
  },
  { title: 'Mean tracking error on ramps in °C', of: (cell) => cell.rampErrorC, bold: () => false },
  { title: 'Largest swing in the last 10 s of a hold in °C', of: (cell) => cell.swingC, bold: () => false },
];

/** PID against predictive control: the section with its tables and pictures. */
export function anneals({ anneals: cells, seeds }: ControlResults): string[] {
  return [
    '## PID and predictive control',
    '',
    'Ten recipes on ten chambers. Cells are PID / MPC, bold beyond 5 °C of overshoot or 1.5 °C of spread; “stopped” is',
    'a run that an interlock ended.',
    '',
    ...PLANTS.map(({ name }, plant) => `${plant + 1}. ${name}`),
    '',
    '![Distance from the setpoint in a nominal soak](control/soak-nominal.svg)\n',
    '![Distance from the setpoint on a wafer of other emissivity](control/soak-emissivity.svg)\n',
    '![Overshoot by plant](control/overshoot-by-plant.svg)\n',
    ...averages(cells),
    ...seedTable(seeds),
    ...METRICS.flatMap((metric) => metricTable(metric, cells)),
  ];
}

function averages(cells: readonly AnnealCell[]): string[] {
  const completed = cells.filter(({ status }) => status === 'completed');
  const of = (controller: string, { of: figure }: Metric) =>
    mean(
      completed
        .filter((cell) => cell.controller === controller)
        .map((cell) => Math.abs(figure(cell) ?? Number.NaN))
        .filter((value) => !Number.isNaN(value)),
    ).toFixed(2);
  return [
    '| mean size over all runs that came to their end | PID | MPC |',
    '|---|---|---|',
    ...METRICS.map(
      (metric) => `| ${metric.title} | ${CONTROLLERS.map((name) => of(name, metric)).join(' | ')} |`,
    ),
    '',
  ];
}

function seedTable(seeds: ControlResults['seeds']): string[] {
  const pair = ({ median, worst }: { median: number; worst: number }) =>
    `${median.toFixed(2)}, ${worst.toFixed(2)}`;
  return [
    `### ${RECIPES[0]?.name} over ${SEEDS} seeds`,
    '',
    'Median and worst, in °C.',
    '',
    '| plant | controller | overshoot | size of the steady error | zone spread (3σ) |',
    '|---|---|---|---|---|',
    ...seeds.map(
      ({ plant, controller, overshootC, steadyErrorC, zoneSpreadC }) =>
        `| ${PLANTS[plant]?.name} | ${controller.toUpperCase()} | ${pair(overshootC)} | ${pair(steadyErrorC)} | ${pair(zoneSpreadC)} |`,
    ),
    '',
  ];
}

function metricTable(metric: Metric, cells: readonly AnnealCell[]): string[] {
  return [
    `### ${metric.title}`,
    '',
    `| recipe | ${PLANTS.map((_, plant) => plant + 1).join(' | ')} |`,
    `|---|${PLANTS.map(() => '---').join('|')}|`,
    ...RECIPES.map(
      ({ name }, recipe) =>
        `| ${name} | ${PLANTS.map((_, plant) =>
          cellText(
            metric,
            cells.filter((cell) => cell.recipe === recipe && cell.plant === plant),
          ),
        ).join(' | ')} |`,
    ),
    '',
  ];
}

function cellText({ of, bold }: Metric, pair: readonly AnnealCell[]): string {
  const texts = CONTROLLERS.map((controller) => {
    const cell = pair.find((each) => each.controller === controller);
    if (cell === undefined) throw new Error('a cell of the table was not computed');
    if (cell.status === 'tripped') return 'stopped';
    const value = of(cell);
    if (value === null) return '–';
    const text = value.toFixed(2).replace('-', '−').replace('−0.00', '0.00');
    return bold(Math.abs(value)) ? `**${text}**` : text;
  });
  return texts[0] === texts[1] && texts[0] === 'stopped' ? 'stopped' : texts.join(' / ');
}
