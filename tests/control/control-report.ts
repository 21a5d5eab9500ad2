import { anneals } from './anneal-tables.ts';
import { controlCharts } from './control-charts.ts';
import { resultsFile } from './control-results.ts';
import type { ControlResults } from './control-results.ts';
import { quantile } from './figures.ts';
import { beyondGoals, brokenGoals, goals } from './goals.ts';
import type { Goal } from './goals.ts';
import { BEAMS, TOOL_TIME_S_MAX, TOLERANCE_PCT } from './implants.ts';
import { SEEDS } from './seed-spread.ts';
import { LEARNING_WAFERS, POOL, TRIALS } from './virtual-metrology-wafers.ts';

/** The page, its pictures and its results: text by file name below `docs`. The same results give the same text. */
export function renderReport(results: ControlResults): Map<string, string> {
  return new Map([
    ['control.md', `${pageLines(results).join('\n')}\n`],
    ...[...controlCharts(results)].map(([name, svg]): [string, string] => [`control/${name}`, `${svg}\n`]),
    resultsFile(results),
  ]);
}

function pageLines(results: ControlResults): string[] {
  return [
    '# Control: what it holds, and where it does not',
    '',
    'Simulated runs of both processes against the goals. Made by `node tests/control/generate-report.ts`; a test',
    'fails when a goal is broken or when this page is not what the code computes.',
    '',
    ...verdict(results),
    ...goalTable('Goals', goals(results)),
    ...goalTable('Beyond the goals', beyondGoals(results), [
      'Steady errors and zone spread on disturbed plants. The test does not insist on these; an engineer should know them.',
    ]),
    ...caveats(results),
    ...anneals(results),
    ...reachSection(results),
    ...implantSection(results),
    ...runToRunSection(results),
    ...metrologySection(results),
  ];
}

function verdict(results: ControlResults): string[] {
  const broken = brokenGoals(results);
  if (broken.length === 0) return [`**All ${goals(results).length} goals are met.**`, ''];
  return [`**${broken.length} goals are not met:**`, '', ...broken.map((each) => `- ${each}`), ''];
}

function goalTable(title: string, list: readonly Goal[], about: readonly string[] = []): string[] {
  return [
    `## ${title}`,
    '',
    ...(about.length > 0 ? [...about, ''] : []),
    '| what | worst case | limit | where | met |',
    '|---|---|---|---|---|',
    ...list.map(
      ({ what, value, limit, where, passed }) =>
        `| ${what} | ${value} | ${limit} | ${where} | ${passed ? 'yes' : '**no**'} |`,
    ),
    '',
  ];
}

function caveats({ anneals: cells, seeds }: ControlResults): string[] {
  const unseenC = Math.max(...seeds.map(({ steadyErrorC }) => steadyErrorC.worst));
  const extra = Math.max(...cells.map(({ zoneOvershootC, overshootC }) => zoneOvershootC - overshootC));
  return [
    '## What to know before trusting a number',
    '',
    '- The plants are this product’s own simulators, so nothing here says how a real tool behaves.',
    '- Anneals are judged on the simulated wafer itself, not on what the sensors say. On a wafer of unknown',
    '  emissivity the controller believes that it is on its setpoint while the wafer is off: the pyrometers are',
    '  corrected by thermocouples that have offsets of their own, and only beyond 1.5 °C of disagreement. In the worst of',
    `  ${SEEDS} seeds that is ${unseenC.toFixed(1)} °C. The tables show the wafer.`,
    '- Each anneal of the big tables is one seed, and so one set of thermocouple offsets; the table of seeds says how',
    '  much that matters.',
    '- Overshoot is that of the mean of the zones while the wafer heats or holds. That of the hottest zone is up to',
    `  ${extra.toFixed(1)} °C more (a weak zone, on the spike); it stands in \`control/results.json\` as \`zoneOvershootC\`.`,
    '- A limit cycle is a swing of a zone by more than 2 °C around its trend in the last ten seconds of a hold, of',
    '  which the later half keeps more than 70 %.',
    `- Implants that take longer than ${TOOL_TIME_S_MAX} s are drawn again, and tilts end at 60°; beyond 85° the dose is not`,
    '  corrected for tilt, which the recipe’s warning says.',
    '- In the run-to-run loop the metrology answers before the next lot. A delay of several lots costs some of the gain.',
    '',
  ];
}

function reachSection({ reach }: ControlResults): string[] {
  const warnings = new Map(
    reach.flatMap(({ name, warnings: [first] }) => (first ? [[name, first] as const] : [])),
  );
  return [
    '## Ramps beyond reach',
    '',
    'A ramp that lamps or radiation cannot follow is told before the run, and the setpoint is bent to what the chamber',
    'can do. “Told” is the slowest rate that the warning names, “chamber” what the bare chamber does in the same range',
    'with its lamps full on or dark.',
    '',
    picture('spike.svg', 'A spike at 250 °C/s and its setpoint'),
    picture('cooling.svg', 'Cooling that is asked to be faster than radiation allows'),
    '| ramp | controller | told °C/s | chamber °C/s | mean rate °C/s | fastest °C/s | farthest from setpoint °C | above target °C |',
    '|---|---|---|---|---|---|---|---|',
    ...reach.map((each) =>
      row([
        each.name,
        each.controller.toUpperCase(),
        each.told
          ? `${each.told.slowestCPerS.toFixed(1)} (${each.told.toC}–${each.told.fromC} °C)`
          : 'reachable',
        each.chamberCPerS?.toFixed(1) ?? '–',
        each.meanCPerS.toFixed(1),
        each.fastestCPerS.toFixed(1),
        each.largestErrorC.toFixed(2),
        each.peakAboveTargetC.toFixed(2),
      ]),
    ),
    '',
    'What is said at submit:',
    '',
    ...[...warnings].map(([name, message]) => `- ${name}: “${message}”`),
    '',
  ];
}

function implantSection({ implants }: ControlResults): string[] {
  return [
    '## Two hundred implants',
    '',
    'Recipes by chance over species, energy, dose, tilt, current, speed and wafer size. All have the beam’s noise and its',
    'chance glitches; a quarter each runs at nominal beam, loses or gains up to 15 % of it, fails one to five times for up',
    `to 2 s, or does both. The tolerance is +${TOLERANCE_PCT} %. Errors are of the dose that arrived, neutrals and cup noise included.`,
    '',
    picture('implant-doses.svg', 'Dose errors over dose'),
    picture('implant-uniformity.svg', 'Uniformity over dose'),
    '| beam | runs | stopped | lowest error | 1 % | median | 99 % | highest error | uniformity 1σ: median | worst |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...['all', ...BEAMS].map((beam) => {
      const own = implants.filter((implant) => beam === 'all' || implant.beam === beam);
      const errors = own.map(({ trueErrorPct }) => trueErrorPct);
      const uniformities = own.map(({ uniformityPct }) => uniformityPct);
      const pct = (value: number) => `${value.toFixed(3)} %`.replace('-', '−');
      return row([
        beam,
        String(own.length),
        String(own.filter(({ status }) => status === 'tripped').length),
        ...[0, 0.01, 0.5, 0.99, 1].map((share) => pct(quantile(errors, share))),
        ...[0.5, 1].map((share) => pct(quantile(uniformities, share))),
      ]);
    }),
    '',
  ];
}

function runToRunSection({ lots, settings }: ControlResults): string[] {
  return [
    '## Run to run',
    '',
    'Lots of one recipe, each a simulated implant, on a tool whose Faraday cup miscounts more from lot to lot until it is',
    'maintained. Metrology of the dose (0.1 % noise) steers the recipe’s dose with the settings of the dose thread.',
    '',
    picture('run-to-run.svg', 'Dose error lot by lot, without and with control'),
    '| steering | root mean square off target | largest |',
    '|---|---|---|',
    ...lots.map(({ name, rmsPct, largestPct }) =>
      row([name, `${rmsPct.toFixed(3)} %`, `${largestPct.toFixed(2)} %`]),
    ),
    '',
    'The largest errors with control follow maintenance: the cup is right again, the steering still makes up for its',
    'error, and a move is limited to 1 % a lot.',
    '',
    '| λ₁ | λ₂ | true gain / model gain | error of lot 60 after an error of 1 | verdict |',
    '|---|---|---|---|---|',
    ...settings.map(({ weights, gainRatio, refused, errorAfter60 }) =>
      row([
        String(weights.lambda1),
        String(weights.lambda2),
        String(gainRatio),
        String(Number(errorAfter60.toPrecision(2))),
        refused ? `refused: ${refused}` : 'accepted',
      ]),
    ),
    '',
  ];
}

function metrologySection({ metrology }: ControlResults): string[] {
  return [
    '## Virtual metrology',
    '',
    `Boron of 10 keV, annealed near 1000 °C: ${POOL} wafers, of which ${LEARNING_WAFERS} by chance are measured and the others held back,`,
    `${TRIALS} times. The tool that hides an offset makes its wafers 9 °C hotter (more on a wafer of higher emissivity) and 2 %`,
    'richer than its records say. Metrology has 1 % (sheet resistance) and 1.5 % (junction depth at 10¹⁸) of noise, which',
    'is part of every error below.',
    '',
    picture('virtual-metrology.svg', 'Predicted over measured sheet resistance'),
    '| tool | output | error of physics | corrected | fall (worst trial) | 90 % intervals hold (lowest–highest trial) | out of shadow | of these worse than physics |',
    '|---|---|---|---|---|---|---|---|',
    ...metrology.map((each) =>
      row([
        each.tool,
        each.output,
        `${each.physicsRmse.toFixed(2)} ${each.unit}`,
        `${each.correctedRmse.toFixed(2)} ${each.unit}`,
        `${each.gainPct.toFixed(0)} % (${each.worstGainPct.toFixed(0)} %)`.replaceAll('-', '−'),
        `${each.coveragePct.toFixed(1)} % (${each.lowestCoveragePct.toFixed(0)}–${each.highestCoveragePct.toFixed(0)} %)`,
        `${each.activated} of ${TRIALS}`,
        String(each.activatedAndWorse),
      ]),
    ),
    '',
    'Where nothing is hidden there is nothing to learn, and a correction whose error on left-out wafers is smaller than that',
    'of physics is so by luck. A correction leaves shadow only when paired errors on left-out wafers prove it (one-sided t',
    'test at 1 %, error at most 85 % of that of physics, 12 wafers); it returns when it is worse than physics on the last',
    'wafers or when its residuals drift (CUSUM). The last column counts those that got out and are worse.',
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function picture(file: string, text: string): string {
  return `![${text}](control/${file})\n`;
}
