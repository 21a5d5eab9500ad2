import { lineChartSvg } from './line-chart.ts';

/** A concentration over depth as one line of a depth chart. */
export interface DepthSeries {
  readonly name: string;
  readonly depthNm: ArrayLike<number>;
  readonly perCm3: ArrayLike<number>;
  readonly dashed?: true;
  /** Place of the line whose colour this one shares. */
  readonly colourOf?: number;
}

/** Lower end of the concentration axis: below the doping of any wafer in use, nobody looks. */
const SHOWN_PER_CM3_MIN = 1e13;

/** Draws concentrations over depth as SVG text, on a log axis; the depth axis ends where the last line does. */
export function depthChartSvg(title: string, lines: readonly DepthSeries[]): string {
  return lineChartSvg({
    title,
    x: { label: 'Depth in nm' },
    y: { label: 'Concentration in atoms/cm³', scale: 'log' },
    series: lines.map((line) => {
      const last = lastShown(line.perCm3);
      const within = (values: ArrayLike<number>) => Array.from(values).slice(0, last + 1);
      return {
        name: line.name,
        x: within(line.depthNm),
        y: within(line.perCm3).map((value) => (value >= SHOWN_PER_CM3_MIN ? value : null)),
        ...(line.dashed ? { dashed: line.dashed } : {}),
        ...(line.colourOf === undefined ? {} : { colourOf: line.colourOf }),
      };
    }),
  });
}

function lastShown(perCm3: ArrayLike<number>): number {
  let last = perCm3.length - 1;
  while (last > 0 && (perCm3[last] ?? 0) < SHOWN_PER_CM3_MIN) last -= 1;
  return last;
}
