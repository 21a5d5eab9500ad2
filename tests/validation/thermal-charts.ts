import { type ChartSeries, lineChartSvg } from '@spectra/run-engine';
import { diffusivityCm2PerS, intrinsicCarrierDensityPerCm3 } from '@spectra/thermal-physics';
import { BALANCE_TOLERANCE, type BalancePoint } from './energy-balance.ts';
import { oxideNm } from './oxides-and-diffusivities.ts';
import { numberIn, readReferenceTable } from './reference-table.ts';

const DOPANTS = ['B', 'P', 'As', 'Sb'] as const;
const TIMES_MIN = Array.from({ length: 41 }, (_, i) => 10 * 12 ** (i / 40));
const TEMPERATURES_C = Array.from({ length: 41 }, (_, i) => 800 + 10 * i);

/** Oxide, diffusivities and the energy balance, by file name. */
export function thermalCharts(balance: readonly BalancePoint[]): Map<string, string> {
  return new Map([
    ['oxide-dry.svg', oxideChart(false)],
    ['oxide-wet.svg', oxideChart(true)],
    ['diffusivities.svg', diffusivityChart()],
    ['energy-balance.svg', balanceChart(balance)],
  ]);
}

function oxideChart(wet: boolean): string {
  const rows = readReferenceTable('thermal-physics', 'oxidation.csv').filter(
    (row) => row['ambient'] === (wet ? 'weto2' : 'dryo2') && row['orient'] === '100',
  );
  const temperatures = [...new Set(rows.map((row) => numberIn(row, 'temp_C')))];
  const lines = temperatures.map(
    (celsius): ChartSeries => ({
      name: `${celsius} °C`,
      x: TIMES_MIN,
      y: TIMES_MIN.map((timeMin) => oxideNm({ wet, orientation: '100', celsius, timeMin })),
    }),
  );
  const points = temperatures.map((celsius, colourOf): ChartSeries => {
    const own = rows.filter((row) => numberIn(row, 'temp_C') === celsius);
    return {
      name: '',
      points: true,
      colourOf,
      x: own.map((row) => numberIn(row, 'time_min')),
      y: own.map((row) => 1000 * numberIn(row, 'suprem_thickness_um')),
    };
  });
  return lineChartSvg({
    title: `${wet ? 'Wet' : 'Dry'} oxide on Si (100): ours (lines), SUPREM-IV.GS (circles)`,
    x: { label: 'Time in min', scale: 'log' },
    y: { label: 'Oxide thickness in nm', scale: 'log' },
    series: [...lines, ...points],
  });
}

function diffusivityChart(): string {
  const rows = readReferenceTable('thermal-physics', 'diffusivity.csv');
  const inverse = (celsius: number) => 1000 / (celsius + 273.15);
  const lines = DOPANTS.flatMap((species, colourOf): ChartSeries[] => {
    const line = (name: string, doped: boolean): ChartSeries => ({
      name,
      colourOf,
      x: TEMPERATURES_C.map(inverse),
      y: TEMPERATURES_C.map((celsius) => diffusivityAt(species, celsius, doped)),
      ...(doped ? { dashed: true } : {}),
    });
    return [line(`${species}, intrinsic`, false), line(`${species}, at 10²⁰`, true)];
  });
  const points = DOPANTS.flatMap((species, colourOf): ChartSeries[] => {
    const own = rows.filter((row) => row['dopant'] === species);
    return ['Di_intrinsic_cm2_s', 'D_at_n_or_p=1e20'].map((column) => ({
      name: '',
      points: true,
      colourOf,
      x: own.map((row) => inverse(numberIn(row, 'T_C'))),
      y: own.map((row) => numberIn(row, column)),
    }));
  });
  return lineChartSvg({
    title: 'Diffusivities from 1200 °C (left) to 800 °C (right): ours (lines), reference (circles)',
    x: { label: '1000 K / T' },
    y: { label: 'Diffusivity in cm²/s', scale: 'log' },
    series: [...lines, ...points],
  });
}

function diffusivityAt(species: (typeof DOPANTS)[number], celsius: number, doped: boolean): number {
  const temperatureK = celsius + 273.15;
  if (!doped) return diffusivityCm2PerS(species, temperatureK);
  const ni = intrinsicCarrierDensityPerCm3(temperatureK);
  return diffusivityCm2PerS(species, temperatureK, (1e20 + Math.sqrt(1e40 + 4 * ni * ni)) / (2 * ni));
}

function balanceChart(balance: readonly BalancePoint[]): string {
  const timeS = balance.map((point) => point.timeS);
  const positive = (values: readonly number[]) => values.map((value) => (value > 1e-18 ? value : null));
  const tolerance = {
    name: 'tolerance',
    x: [0, timeS.at(-1) ?? 1],
    y: [BALANCE_TOLERANCE, BALANCE_TOLERANCE],
  };
  return lineChartSvg({
    title: 'Energy that a step of the RTP plant leaves over (25 °C, full power, 1050 °C, lamps off at 40 s)',
    x: { label: 'Time in s' },
    y: { label: 'Share of the energy moved in the step', scale: 'log' },
    series: [
      { name: 'wafer', x: timeS, y: positive(balance.map((point) => point.waferResidual)) },
      { name: 'wall', x: timeS, y: positive(balance.map((point) => point.wallResidual)), points: true },
      { ...tolerance, dashed: true },
    ],
  });
}
