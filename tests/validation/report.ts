import { annealCharts } from './anneal-charts.ts';
import { TAIL_NM } from './channelled-tails.ts';
import { BALANCE_TOLERANCE } from './energy-balance.ts';
import { REPORT_IONS } from './monte-carlo-ranges.ts';
import { rangeCharts } from './range-charts.ts';
import type { RecordedRuns } from './recorded-runs.ts';
import { rowTable, worstCases } from './report-tables.ts';
import { tailCharts } from './tail-charts.ts';
import { thermalCharts } from './thermal-charts.ts';
import { allFailures, type Validation } from './validate.ts';

/** The report and its pictures: text by file name below `docs`. The same numbers give the same text. */
export function renderReport(validation: Validation, runs: RecordedRuns): Map<string, string> {
  const charts = [
    ...rangeCharts(validation.fast, validation.monteCarlo),
    ...tailCharts(runs.tails),
    ...annealCharts(),
    ...thermalCharts(validation.balance),
  ];
  return new Map([
    ['validation.md', `${reportLines(validation).join('\n')}\n`],
    ...charts.map(([name, svg]): [string, string] => [`validation/${name}`, `${svg}\n`]),
  ]);
}

function reportLines(validation: Validation): string[] {
  return [
    '# Validation of the physics',
    '',
    'Our numbers against reference codes and tables, row by row. Made by',
    '`node tests/validation/generate-report.ts`; a test fails when a row leaves its tolerance or when this page is',
    'not what the code computes.',
    '',
    ...verdict(validation),
    ...summary(validation),
    ...differences(validation),
    ...fastSection(validation),
    ...monteCarloSection(validation),
    ...channellingSection(validation),
    ...annealSection(validation),
    ...chainSection(validation),
    ...thermalSections(validation),
  ];
}

function verdict(validation: Validation): string[] {
  const failures = allFailures(validation);
  if (failures.length === 0) return ['**Every row is within its tolerance.**', ''];
  return [
    `**${failures.length} values are outside their tolerance:**`,
    '',
    ...failures.map((each) => `- ${each}`),
    '',
  ];
}

function summary(validation: Validation): string[] {
  const { laws, balance } = validation;
  const residual = Math.max(...balance.flatMap((point) => [point.waferResidual, point.wallResidual]));
  const held = laws.filter((law) => law.passed).length;
  const weakest = laws.reduce((a, b) => (b.separated < a.separated ? b : a));
  return [
    '## Worst case of each quantity',
    '',
    '| what | quantity | worst deviation | row | tolerance | rows within |',
    '|---|---|---|---|---|---|',
    ...worstCases('[fast profile](#fast-profile)', validation.fast),
    ...worstCases('[Monte Carlo](#monte-carlo)', validation.monteCarlo),
    ...worstCases('[anneal](#anneal)', validation.anneals),
    ...worstCases('[implant and anneal](#implant-and-anneal)', validation.chains),
    ...worstCases('[oxide](#oxide)', validation.oxides),
    ...worstCases('[diffusivity](#diffusivity)', validation.diffusivities),
    `| [channelling](#channelling) | order of the tails | ${weakest.separated.toFixed(0)} standard errors apart | ${weakest.claim} | > 3 | ${held} of ${laws.length} |`,
    `| [energy balance](#energy-balance) | residual of a step | ${residual.toExponential(1)} | 60 s with a spike | ${BALANCE_TOLERANCE.toExponential(0)} | ${balance.length} steps |`,
    '',
    '“Worst” is the row that uses most of its tolerance.',
    '',
  ];
}

/** How far the fast profile's tail is off the Monte Carlo's where there is a tail to speak of. */
function worstTailFactor({ tails }: Validation): number {
  const factors = tails
    .filter(({ share }) => share > 0.01)
    .map(({ share, fast }) => Math.max(share / fast, fast / share));
  return Math.max(...factors);
}

function differences(validation: Validation): string[] {
  return [
    '## What to know before trusting a number',
    '',
    '- The range reference is a code, not a measurement. Its moments come from 20,000 ions, so its R_p carries a',
    '  standard error of 0.2–0.4 % and its ΔR_p one of 0.5–0.7 %; deviations of that size mean nothing.',
    '- Fast profile and Monte Carlo share one transport model, so their agreement with each other proves the',
    '  tables, not the model. The reference was computed with another code (OpenTRIM).',
    '- Ions lighter than silicon follow the reference’s deflection convention, which sends ions on that one hit',
    '  would throw back. With full kinematics boron would be backscattered a third more often (9.3 % instead of',
    '  6.7 % at 1 keV) and its range would be 1–2 % shorter.',
    '- The row of lateral straggle has no tolerance of its own in the requirements; it is held to that of ΔR_p.',
    '- Channelled tails are compared with our own crystalline Monte Carlo only: there is no reference row for them.',
    '  The fast profile is fitted to that Monte Carlo: it gives the order of the tails and their rough size, but',
    `  the share beyond the tail’s depth is off by up to a factor of ${worstTailFactor(validation).toFixed(1)} below (too large after high doses, too`,
    '  small under an oxide). Ask the Monte Carlo where the tail decides.',
    '- The anneal reference has no implant damage, so transient enhanced diffusion and gradual activation are not',
    '  covered by any row here.',
    '- From crystalline silicon the chain’s junctions are much deeper than the reference’s (see the second table of',
    '  implant and anneal): the reference has no channelling.',
    '- Antimony uses phosphorus’s mobility and indium has no anneal rows at all.',
    '- Electronic stopping is compared with its table by `stopping.test.ts` of ion-physics (within 2.5 % of',
    '  SRIM-2013 up to 200 keV); it is not a public function of the package and has no rows here.',
    '',
  ];
}

function fastSection(validation: Validation): string[] {
  return [
    '## Fast profile',
    '',
    'Moments in amorphous silicon against `bca_reference.csv` (OpenTRIM 1.1.6, SRIM-2013 stopping). Tolerances:',
    'R_p ±3 %, ΔR_p ±5 %, lateral straggle ±5 %, skewness ±0.15, kurtosis ±0.4, backscattered share ±0.01.',
    'Cells: ours (reference, deviation).',
    '',
    picture('range-over-energy.svg', 'Projected range over energy, lines and reference circles'),
    picture('straggle-over-energy.svg', 'Straggle over energy, lines and reference circles'),
    ...rowTable(validation.fast),
    '',
  ];
}

function monteCarloSection(validation: Validation): string[] {
  return [
    '## Monte Carlo',
    '',
    `${REPORT_IONS.toLocaleString('en')} ions a row, seed 1, against the same reference. Tolerances: R_p ±2 %, ΔR_p ±3 %, or two`,
    'standard errors of our run where these are larger; backscattered share ±0.01.',
    '',
    picture('range-deviations.svg', 'Deviation of the range by energy'),
    picture('straggle-deviations.svg', 'Deviation of the straggle by energy'),
    ...rowTable(validation.monteCarlo),
    '',
  ];
}

function channellingSection({ tails, laws }: Validation): string[] {
  const pct = (share: number) => `${(100 * share).toFixed(2)} %`;
  return [
    '## Channelling',
    '',
    `B 20 keV into Si (100): share of the ions that stop deeper than ${TAIL_NM} nm in the silicon.`,
    '',
    picture('channelled-tail.svg', 'Depth profile at 0°, at 7°/22° and in amorphous silicon'),
    picture('channelled-tail-weakened.svg', 'Depth profile at 0° by dose and with oxide'),
    '| case (dose in 1/cm²) | Monte Carlo | standard error | fast profile |',
    '|---|---|---|---|',
    ...tails.map(
      ({ name, share, standardError, fast }) =>
        `| ${name} | ${pct(share)} | ${pct(standardError)} | ${pct(fast)} |`,
    ),
    '',
    '| what has to hold, in both models | Monte Carlo: standard errors apart | passed |',
    '|---|---|---|',
    ...laws.map(
      ({ claim, separated, passed }) =>
        `| ${claim} | ${separated.toFixed(0)} | ${passed ? 'yes' : '**no**'} |`,
    ),
    '',
  ];
}

function annealSection(validation: Validation): string[] {
  return [
    '## Anneal',
    '',
    'Diffusion and activation from the reference’s own as-implanted profiles (SUPREM-IV.GS, bare surface, no implant',
    'damage). Tolerances: junctions and doses ±3 %, sheet resistance ±5 %, change on halving grid and step 0.5 %.',
    '',
    picture('anneal-B.svg', 'Boron before and after its anneal'),
    picture('anneal-As.svg', 'Arsenic before and after its anneal'),
    picture('anneal-P.svg', 'Phosphorus before and after its anneal'),
    picture('anneal-Sb.svg', 'Antimony before and after its anneal'),
    ...rowTable(validation.anneals),
    '',
  ];
}

function chainSection(validation: Validation): string[] {
  return [
    '## Implant and anneal',
    '',
    'The same rows from our own implant (7°, amorphous silicon). SUPREM’s implant moments differ from the range',
    'reference that our implants follow, so ±15 % is all that can be asked for; the picture shows by how much the',
    'starting profiles differ.',
    '',
    picture('implants-of-the-chain.svg', 'Own implants and those of the reference'),
    ...rowTable(validation.chains),
    '',
    'The same chain from crystalline silicon at 7°/0° (`crystalline: true` of the anneal calculator’s implant):',
    'the reference knows no channelled tail, so these junctions lie deeper by what channelling adds. No tolerance',
    'applies, and no row says how much of that is real.',
    '',
    '| row | junction at 10¹⁵ | at 10¹⁷ | at 10¹⁸ |',
    '|---|---|---|---|',
    ...validation.crystallineJunctions.map(
      ({ label, pct }) =>
        `| ${label} | ${pct.map((each) => `${each > 0 ? '+' : ''}${each.toFixed(0)} %`).join(' | ')} |`,
    ),
    '',
  ];
}

function thermalSections(validation: Validation): string[] {
  return [
    '## Oxide',
    '',
    'Growth on 1 nm of native oxide against SUPREM-IV.GS; tolerance ±5 %.',
    '',
    picture('oxide-dry.svg', 'Dry oxide over time'),
    picture('oxide-wet.svg', 'Wet oxide over time'),
    ...rowTable(validation.oxides),
    '',
    '## Diffusivity',
    '',
    'Against values computed independently from the published formulas; tolerance ±1 %.',
    '',
    picture('diffusivities.svg', 'Diffusivities over inverse temperature'),
    ...rowTable(validation.diffusivities),
    '',
    '## Energy balance',
    '',
    'Absorbed − radiated − convected − stored energy of each step of the RTP plant, as a share of what moved; the',
    `same for the wall and its coolant. Tolerance ${BALANCE_TOLERANCE.toExponential(0)}.`,
    '',
    picture('energy-balance.svg', 'Residual of the energy balance over time'),
  ];
}

function picture(file: string, text: string): string {
  return `![${text}](validation/${file})\n`;
}
