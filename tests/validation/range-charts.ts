import { implantProfile, SPECIES } from '@spectra/ion-physics';
import { type ChartSeries, lineChartSvg } from '@spectra/run-engine';
import type { CheckedRow } from './check.ts';
import { amorphousImplant, rangeRows } from './range-reference.ts';

const ENERGY = { label: 'Energy in keV (of the molecule for BF2)', scale: 'log' } as const;
const CHART_TILT_DEG = 7;
const ENERGIES_KEV = Array.from({ length: 81 }, (_, i) => Number((200 ** (i / 80)).toFixed(6)));

/** Range, straggle and their deviations over energy, by file name. */
export function rangeCharts(
  fast: readonly CheckedRow[],
  monteCarlo: readonly CheckedRow[],
): Map<string, string> {
  const by = { fast, monteCarlo };
  return new Map([
    ['range-over-energy.svg', momentChart('projectedRangeNm', 'Projected range R_p')],
    ['straggle-over-energy.svg', momentChart('straggleNm', 'Straggle ΔR_p')],
    ['range-deviations.svg', deviationChart(by, 'R_p (nm)', { fastPct: 3, monteCarloPct: 2 })],
    ['straggle-deviations.svg', deviationChart(by, 'ΔR_p (nm)', { fastPct: 5, monteCarloPct: 3 })],
  ]);
}

function momentChart(moment: 'projectedRangeNm' | 'straggleNm', name: string): string {
  const rows = rangeRows().filter(({ input }) => input.tiltDeg === CHART_TILT_DEG);
  const lines = SPECIES.map(
    (species): ChartSeries => ({
      name: species,
      x: ENERGIES_KEV,
      y: ENERGIES_KEV.map(
        (keV) => implantProfile(amorphousImplant(species, keV, CHART_TILT_DEG)).moments[moment],
      ),
    }),
  );
  const points = SPECIES.map((species, index): ChartSeries => {
    const own = rows.filter(({ input }) => input.species === species);
    return {
      name: '',
      points: true,
      colourOf: index,
      x: own.map(({ input }) => input.energyKeV),
      y: own.map(({ reference }) => reference[moment]),
    };
  });
  return lineChartSvg({
    title: `${name} in amorphous Si at 7°: fast profile (lines), OpenTRIM (circles)`,
    x: ENERGY,
    y: { label: `${name} in nm`, scale: 'log' },
    series: [...lines, ...points],
  });
}

function deviationChart(
  by: { fast: readonly CheckedRow[]; monteCarlo: readonly CheckedRow[] },
  quantity: string,
  limits: { fastPct: number; monteCarloPct: number },
): string {
  const limit = (pct: number, colourOf: number, name: string): ChartSeries => ({
    name,
    x: [0.9, 220],
    y: [pct, pct],
    dashed: true,
    colourOf,
  });
  const { fastPct, monteCarloPct } = limits;
  return lineChartSvg({
    title: `Deviation of ${quantity.replace(' (nm)', '')} from the reference, all species, 0° and 7°`,
    x: ENERGY,
    y: { label: 'Deviation in %' },
    series: [
      deviations(by.fast, { quantity, name: 'fast profile', beside: 0.96 }),
      deviations(by.monteCarlo, { quantity, name: 'Monte Carlo, 20,000 ions', beside: 1.04 }),
      limit(fastPct, 0, `±${fastPct} %`),
      limit(-fastPct, 0, ''),
      limit(monteCarloPct, 1, `±${monteCarloPct} % (or two standard errors)`),
      limit(-monteCarloPct, 1, ''),
    ],
  });
}

/** `beside` moves the points off their energy, so that two models do not cover each other. */
function deviations(
  rows: readonly CheckedRow[],
  { quantity, name, beside }: { quantity: string; name: string; beside: number },
): ChartSeries {
  const energyOf = new Map(rangeRows().map(({ label, input }) => [label, input.energyKeV]));
  const found = rows.flatMap(({ label, checks }) =>
    checks
      .filter((check) => check.quantity === quantity)
      .map((check) => ({
        energyKeV: beside * (energyOf.get(label) ?? Number.NaN),
        deviation: check.deviation,
      })),
  );
  const ordered = found.toSorted((a, b) => a.energyKeV - b.energyKeV);
  return {
    name,
    points: true,
    x: ordered.map(({ energyKeV }) => energyKeV),
    y: ordered.map(({ deviation }) => deviation),
  };
}
