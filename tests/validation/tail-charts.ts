import { implantProfile } from '@spectra/ion-physics';
import { type ChartSeries, lineChartSvg } from '@spectra/run-engine';
import { type RecordedTail, TAIL_CASES } from './channelled-tails.ts';

/** The channelled tail of B 20 keV by angle, and how dose and oxide weaken it. */
export function tailCharts(recorded: readonly RecordedTail[]): Map<string, string> {
  return new Map([
    [
      'channelled-tail.svg',
      chart(recorded, 'B 20 keV in Si (100) by angle', ['amorphous', '0°, 10¹³', '7°/22°, 10¹³']),
    ],
    [
      'channelled-tail-weakened.svg',
      chart(recorded, 'B 20 keV at 0° by dose and oxide', [
        '0°, 10¹³',
        '0°, 5·10¹⁴',
        '0°, 2·10¹⁵',
        '0°, 10¹³, 10 nm oxide',
      ]),
    ],
  ]);
}

/** Below this the Monte Carlo has no ions left to count: one ion in a bin of 5 nm is 10² per cm. */
const SHOWN_PER_CM_MIN = 50;

function chart(recorded: readonly RecordedTail[], title: string, names: readonly string[]): string {
  const cases = TAIL_CASES.filter(({ name }) => names.includes(name));
  const points = cases.map(({ name, surfaceNm }, colourOf): ChartSeries => {
    const tail = recorded.find((each) => each.name === name);
    return { ...series('', tail?.depthNm ?? [], tail?.perDose ?? [], surfaceNm), points: true, colourOf };
  });
  const lines = cases.map(({ name, input, surfaceNm }): ChartSeries => {
    const fast = implantProfile(input);
    const perDose = Array.from(fast.concentrationPerCm3, (value) => value / input.dosePerCm2);
    return series(name, Array.from(fast.depthNm), perDose, surfaceNm);
  });
  return lineChartSvg({
    title: `${title}: fast profile (lines), Monte Carlo with 20,000 ions (circles)`,
    x: { label: 'Depth in silicon in nm' },
    y: { label: 'Concentration per dose in 1/cm', scale: 'log' },
    series: [...lines, ...points],
  });
}

function series(
  name: string,
  depthNm: readonly number[],
  perDose: readonly number[],
  surfaceNm: number,
): ChartSeries {
  const kept = depthNm.flatMap((nm, i) => {
    const value = perDose[i] ?? 0;
    return nm >= surfaceNm && value >= SHOWN_PER_CM_MIN ? [{ x: nm - surfaceNm, y: value }] : [];
  });
  return { name, x: kept.map(({ x }) => x), y: kept.map(({ y }) => y) };
}
