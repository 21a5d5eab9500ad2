import { escaped } from './line-chart.ts';
import { shortNumber } from './chart-axis.ts';
import type { Picture } from './process-definition.ts';

const SIZE = { edge: 420, left: 60, top: 50, legend: 110 } as const;
/** Blue – white – red around the mean. */
const COLD = [33, 102, 172] as const;
const HOT = [178, 24, 43] as const;

/** Draws a two-dimensional picture as SVG text, coloured by the deviation from its mean. */
export function heatMapSvg(title: string, picture: Picture): string {
  const rows = picture.values.filter((row): row is readonly (number | null)[] => Array.isArray(row));
  const known = rows.flat().filter((value): value is number => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const spread = known.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0) || 1;
  const width = SIZE.edge / Math.max(1, picture.xMm.length);
  const height = SIZE.edge / Math.max(1, rows.length);
  const cells = rows.flatMap((row, y) =>
    row.flatMap((value, x) => {
      if (value === null) return [];
      const left = (SIZE.left + x * width).toFixed(1);
      const top = (SIZE.top + (rows.length - 1 - y) * height).toFixed(1);
      const fill = colourOf((value - mean) / spread);
      return `<rect x="${left}" y="${top}" width="${(width + 0.4).toFixed(1)}" height="${(height + 0.4).toFixed(1)}" fill="${fill}"/>`;
    }),
  );
  const legendX = SIZE.left + SIZE.edge + 16;
  const legend = [mean + spread, mean, mean - spread].map(
    (value, i) =>
      `<rect x="${legendX}" y="${SIZE.top + i * 30}" width="20" height="20" fill="${colourOf(1 - i)}"/><text x="${legendX + 26}" y="${SIZE.top + i * 30 + 15}">${shortNumber(value)}</text>`,
  );
  const all = SIZE.left + SIZE.edge + SIZE.legend;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${all} ${SIZE.top + SIZE.edge + 50}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="${all / 2}" y="22" text-anchor="middle" font-size="15">${escaped(title)}</text>`,
    `<text x="${legendX}" y="${SIZE.top - 10}">${escaped(picture.unit)}</text>`,
    ...cells,
    ...legend,
    ...edgeLabels(picture),
    '</svg>',
  ].join('\n');
}

function edgeLabels(picture: Picture): string[] {
  const bottom = SIZE.top + SIZE.edge + 18;
  const y = picture.yMm ?? [];
  const ends = (values: readonly number[]) => [values[0] ?? 0, values.at(-1) ?? 0] as const;
  const [left, right] = ends(picture.xMm);
  const [low, high] = ends(y);
  return [
    `<text x="${SIZE.left}" y="${bottom}">${shortNumber(left)}</text>`,
    `<text x="${SIZE.left + SIZE.edge / 2}" y="${bottom + 14}" text-anchor="middle">x in mm</text>`,
    `<text x="${SIZE.left + SIZE.edge}" y="${bottom}" text-anchor="end">${shortNumber(right)}</text>`,
    `<text x="${SIZE.left - 6}" y="${SIZE.top + SIZE.edge}" text-anchor="end">${shortNumber(low)}</text>`,
    `<text x="${SIZE.left - 6}" y="${SIZE.top + SIZE.edge / 2}" text-anchor="end">y in mm</text>`,
    `<text x="${SIZE.left - 6}" y="${SIZE.top + 12}" text-anchor="end">${shortNumber(high)}</text>`,
  ];
}

function colourOf(share: number): string {
  const clamped = Math.max(-1, Math.min(1, share));
  const end = clamped < 0 ? COLD : HOT;
  const mixed = end.map((channel) => Math.round(255 + (channel - 255) * Math.abs(clamped)));
  return `rgb(${mixed.join(',')})`;
}
