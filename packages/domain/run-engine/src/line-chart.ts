import { axisScale } from './chart-axis.ts';
import type { AxisScale, ChartAxis } from './chart-axis.ts';

/** One line of a chart, or its points as circles; `null` leaves a hole. Without a name it stays out of the legend. */
export interface ChartSeries {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly dashed?: true;
  readonly points?: true;
  /** Colour by the place of another series, so that what belongs together looks alike; default its own place. */
  readonly colourOf?: number;
}

/** A chart of lines over one x axis. */
export interface LineChart {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
}

/** Without the legend, which hangs below. */
const SIZE = { width: 860, height: 456, left: 90, right: 20, top: 40, bottom: 56 } as const;
const LEGEND = { rowHeight: 20, sample: 28, gap: 22, widthPerCharacter: 6.4 } as const;
/** Colours that stay apart for colour-blind readers (Okabe & Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#444444', '#999933'];
const COLUMNS_MAX = 800;

/** Draws a chart as SVG text; the same data give the same text. Long lines are thinned, keeping each extreme. */
export function lineChartSvg(chart: LineChart): string {
  const xScale = axisScale(
    chart.x,
    chart.series.flatMap((series) => extremes(series.x)),
  );
  const yScale = axisScale(
    chart.y,
    chart.series.flatMap((series) => series.y.filter(isDrawable)),
  );
  const lines = chart.series.map((series, index) =>
    drawn(series, { xScale, yScale, colour: colour(series, index) }),
  );
  const rows = legendRows(chart.series);
  const height = SIZE.height + rows.length * LEGEND.rowHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${SIZE.width / 2}" y="22" text-anchor="middle" font-size="15">${escaped(chart.title)}</text>`,
    ...gridLines(xScale, yScale),
    ...axisLabels(chart),
    ...lines,
    ...rows.flatMap(legendRow),
    '</svg>',
  ].join('\n');
}

function isDrawable(value: number | null | undefined): value is number {
  return value !== null && Number.isFinite(value);
}

/** Text that may stand in SVG. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function extremes(values: readonly number[]): number[] {
  const first = values[0];
  const last = values.at(-1);
  return first === undefined || last === undefined ? [] : [first, last];
}

function xAt(share: number): number {
  return SIZE.left + share * (SIZE.width - SIZE.left - SIZE.right);
}

function yAt(share: number): number {
  return SIZE.height - SIZE.bottom - share * (SIZE.height - SIZE.top - SIZE.bottom);
}

function gridLines(xScale: AxisScale, yScale: AxisScale): string[] {
  const [left, right, bottom, top] = [xAt(0), xAt(1), yAt(0), yAt(1)];
  const shade = (text: string) => (text === '' ? '#f0f0f0' : '#dddddd');
  return [
    ...xScale.ticks.flatMap((tick) => {
      const x = xAt(tick.at).toFixed(1);
      return [
        `<line x1="${x}" y1="${top}" x2="${x}" y2="${bottom}" stroke="${shade(tick.text)}"/>`,
        ...(tick.text === ''
          ? []
          : [`<text x="${x}" y="${bottom + 18}" text-anchor="middle">${tick.text}</text>`]),
      ];
    }),
    ...yScale.ticks.flatMap((tick) => {
      const y = yAt(tick.at);
      return [
        `<line x1="${left}" y1="${y.toFixed(1)}" x2="${right}" y2="${y.toFixed(1)}" stroke="${shade(tick.text)}"/>`,
        ...(tick.text === ''
          ? []
          : [`<text x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${tick.text}</text>`]),
      ];
    }),
    `<rect x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" fill="none" stroke="#444444"/>`,
  ];
}

function axisLabels(chart: LineChart): string[] {
  const middle = (SIZE.top + SIZE.height - SIZE.bottom) / 2;
  return [
    `<text x="${xAt(0.5)}" y="${SIZE.height - 16}" text-anchor="middle">${escaped(chart.x.label)}</text>`,
    `<text x="18" y="${middle}" text-anchor="middle" transform="rotate(-90 18 ${middle})">${escaped(chart.y.label)}</text>`,
  ];
}

interface LegendEntry {
  readonly series: ChartSeries;
  readonly colour: string;
  readonly x: number;
}

/** Entries from left to right, in as many rows as their names need; one line alone needs none. */
function legendRows(series: readonly ChartSeries[]): LegendEntry[][] {
  if (series.length < 2) return [];
  const rows: LegendEntry[][] = [[]];
  let x: number = SIZE.left;
  series.forEach((each, index) => {
    if (each.name === '') return;
    const width = LEGEND.sample + each.name.length * LEGEND.widthPerCharacter;
    if (x > SIZE.left && x + width > SIZE.width) {
      rows.push([]);
      x = SIZE.left;
    }
    rows.at(-1)?.push({ series: each, colour: colour(each, index), x });
    x += width + LEGEND.gap;
  });
  return rows;
}

function legendRow(entries: readonly LegendEntry[], row: number): string[] {
  const y = SIZE.height + row * LEGEND.rowHeight + 6;
  return entries.flatMap(({ series, colour, x }) => {
    const stroke = `stroke="${colour}" stroke-width="1.5"`;
    const sample = series.points
      ? `<circle cx="${x + 11}" cy="${y - 4}" r="3" fill="none" ${stroke}/>`
      : `<path d="M${x} ${y - 4}h22" fill="none" ${stroke}${dashes(series)}/>`;
    return [sample, `<text x="${x + LEGEND.sample}" y="${y}">${escaped(series.name)}</text>`];
  });
}

function colour(series: ChartSeries, index: number): string {
  return COLOURS[(series.colourOf ?? index) % COLOURS.length] ?? '#000000';
}

function dashes(series: ChartSeries): string {
  return series.dashed ? ' stroke-dasharray="6 4"' : '';
}

interface Pen {
  readonly xScale: AxisScale;
  readonly yScale: AxisScale;
  readonly colour: string;
}

function drawn(series: ChartSeries, pen: Pen): string {
  return series.points ? circles(series, pen) : path(series, pen);
}

function circles(series: ChartSeries, pen: Pen): string {
  const marks = series.x.flatMap((x, i) => {
    const y = series.y[i] ?? null;
    if (!isDrawable(y)) return [];
    return [
      `<circle cx="${xAt(pen.xScale.at(x)).toFixed(1)}" cy="${yAt(pen.yScale.at(y)).toFixed(1)}" r="3"/>`,
    ];
  });
  return `<g fill="none" stroke="${pen.colour}" stroke-width="1.3">${marks.join('')}</g>`;
}

function path(series: ChartSeries, draw: Pen): string {
  let text = '';
  let pen = 'M';
  for (const i of kept(series)) {
    const x = series.x[i];
    const y = series.y[i];
    if (x === undefined || !isDrawable(y)) {
      pen = 'M';
      continue;
    }
    text += `${pen}${xAt(draw.xScale.at(x)).toFixed(1)} ${yAt(draw.yScale.at(y)).toFixed(1)}`;
    pen = 'L';
  }
  return `<path d="${text}" fill="none" stroke="${draw.colour}" stroke-width="1.5"${dashes(series)}/>`;
}

/** Indices of a long line that are worth drawing: in each column the first, the lowest and the highest. */
function kept(series: ChartSeries): number[] {
  const count = series.x.length;
  if (count <= 3 * COLUMNS_MAX) return Array.from({ length: count }, (_, i) => i);
  const indices: number[] = [];
  for (let column = 0; column < COLUMNS_MAX; column += 1) {
    const from = Math.floor((column * count) / COLUMNS_MAX);
    const to = Math.floor(((column + 1) * count) / COLUMNS_MAX);
    let [lowest, highest] = [from, from];
    for (let i = from; i < to; i += 1) {
      const value = series.y[i] ?? null;
      if (value === null) continue;
      if (value < (series.y[lowest] ?? Infinity)) lowest = i;
      if (value > (series.y[highest] ?? -Infinity)) highest = i;
    }
    indices.push(...[...new Set([from, lowest, highest])].sort((a, b) => a - b));
  }
  return indices;
}
