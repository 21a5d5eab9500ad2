import { type ChartSeries, lineChartSvg } from '@spectra/run-engine';
import { annealProfile } from '@spectra/thermal-physics';
import { type AnnealCase, annealCases, annealInput, ownStart, referenceStart } from './anneals.ts';
import { numberIn, type ReferenceRow } from './reference-table.ts';

const DEPTH = { label: 'Depth in nm' } as const;
const CONCENTRATION = { label: 'Concentration in atoms/cm³', scale: 'log' } as const;
const SHOWN_PER_CM3_MIN = 1e14;
const POINTS_WANTED = 45;

/** One row of the anneal table for each dopant, the one with the most to show. */
const CHARTED = [
  'B 1e+15 30 keV, 1000 °C 30 s',
  'As 2e+15 60 keV, 1000 °C 30 s',
  'P 5e+15 80 keV, 950 °C 1800 s',
  'Sb 1e+15 80 keV, 1000 °C 30 s',
] as const;

/** As-implanted and annealed profiles against the reference, and our own implants against its implants. */
export function annealCharts(): Map<string, string> {
  const cases = annealCases();
  const charts = CHARTED.map((label): [string, string] => {
    const found = cases.find((each) => each.label === label);
    if (found === undefined) throw new Error(`the anneal reference has no row ${label}`);
    return [`anneal-${found.dopant}.svg`, annealChart(found)];
  });
  return new Map([...charts, ['implants-of-the-chain.svg', implantChart(cases)]]);
}

function annealChart(each: AnnealCase): string {
  const outcome = annealProfile(annealInput(each, referenceStart(each)));
  return lineChartSvg({
    title: `${each.label}: ours (lines), SUPREM-IV.GS (circles)`,
    x: DEPTH,
    y: CONCENTRATION,
    series: [
      shown('as implanted', outcome.depthNm, outcome.initialPerCm3),
      shown('annealed, total', outcome.depthNm, outcome.totalPerCm3),
      shown('annealed, active', outcome.depthNm, outcome.activePerCm3, { dashed: true }),
      referencePoints(each.points, 'as_implanted_cm3', 0),
      referencePoints(each.points, 'total_cm3', 1),
      referencePoints(each.points, 'active_cm3', 2),
    ],
  });
}

/** The implants that the chain starts from differ; that is all it is judged by ±15 % for. */
function implantChart(cases: readonly AnnealCase[]): string {
  const wanted = [
    'B 1e+15 30 keV, 1000 °C 10 s',
    'P 1e+15 30 keV, 1000 °C 10 s',
    'As 2e+15 60 keV, 1000 °C 10 s',
  ];
  const chosen = cases.filter(({ label }) => wanted.includes(label));
  const lines = chosen.map((each) => {
    const own = ownStart(each);
    return shown(each.label.replace(/,.*/, ''), own.depthNm, own.concentrationPerCm3);
  });
  const points = chosen.map((each, index) => referencePoints(each.points, 'as_implanted_cm3', index));
  return lineChartSvg({
    title: 'Implants that the chain starts from: ours at 7°, amorphous (lines), SUPREM-IV.GS (circles)',
    x: DEPTH,
    y: CONCENTRATION,
    series: [...lines, ...points],
  });
}

function shown(
  name: string,
  depthNm: ArrayLike<number>,
  concentration: ArrayLike<number>,
  style: Pick<ChartSeries, 'dashed' | 'points' | 'colourOf'> = {},
): ChartSeries {
  const x: number[] = [];
  const y: number[] = [];
  for (let i = 0; i < depthNm.length; i += 1) {
    const value = concentration[i] ?? 0;
    if (value < SHOWN_PER_CM3_MIN) continue;
    x.push(depthNm[i] ?? 0);
    y.push(value);
  }
  return { name, x, y, ...style };
}

function referencePoints(points: readonly ReferenceRow[], column: string, colourOf: number): ChartSeries {
  const visible = points.filter((point) => numberIn(point, column) >= SHOWN_PER_CM3_MIN);
  const lastUm = numberIn(visible.at(-1) ?? { depth_um: '0' }, 'depth_um');
  let nextUm = 0;
  const thinned = visible.filter((point) => {
    const depthUm = numberIn(point, 'depth_um');
    if (depthUm < nextUm) return false;
    nextUm = depthUm + lastUm / POINTS_WANTED;
    return true;
  });
  const depthNm = thinned.map((point) => 1000 * numberIn(point, 'depth_um'));
  const concentration = thinned.map((point) => numberIn(point, column));
  return shown('', depthNm, concentration, { points: true, colourOf });
}
