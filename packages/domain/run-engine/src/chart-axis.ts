/** One axis of a chart: its label with the unit, and if it counts decades. */
export interface ChartAxis {
  readonly label: string;
  readonly scale?: 'linear' | 'log';
}

/** Where values of an axis lie between 0 and 1, and its ticks; a tick without text is a thin line only. */
export interface AxisScale {
  readonly at: (value: number) => number;
  readonly ticks: readonly { at: number; text: string }[];
}

const TICKS_WANTED = 6;
const DECADES_MAX = 14;
/** Up to this many decades a log axis shows 2 to 9 as well. */
const DIVIDED_DECADES_MAX = 4;

/** Scale that shows all values; a log axis shows positive ones only, at most 14 decades. */
export function axisScale(axis: ChartAxis, values: readonly number[]): AxisScale {
  return axis.scale === 'log' ? logScale(values) : linearScale(values);
}

/** Short text of a number for axes and tables: 1000, 0.25, 1.5e15. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3)
    return value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  return String(Number(value.toPrecision(5)));
}

function linearScale(values: readonly number[]): AxisScale {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high >= low)) [low, high] = [0, 1];
  if (high === low) {
    const half = Math.abs(low) * 0.01 || 0.5;
    [low, high] = [low - half, high + half];
  }
  const step = niceStep((high - low) / TICKS_WANTED);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  const [bottom, top] = [first * step, last * step];
  const at = (value: number) => (value - bottom) / (top - bottom);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = Number(((first + i) * step).toPrecision(12));
    return { at: at(value), text: shortNumber(value) };
  });
  return { at, ticks };
}

function niceStep(raw: number): number {
  const decade = 10 ** Math.floor(Math.log10(raw));
  const share = raw / decade;
  return decade * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
}

function logScale(values: readonly number[]): AxisScale {
  let low = Infinity;
  let high = 0;
  for (const value of values) {
    if (!(value > 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > 0)) [low, high] = [1, 10];
  const top = Math.ceil(Math.log10(high) - 1e-9);
  const bottom = Math.min(top - 1, Math.max(Math.floor(Math.log10(low) + 1e-9), top - DECADES_MAX));
  const span = top - bottom;
  const at = (value: number) => (value > 0 ? Math.max(0, (Math.log10(value) - bottom) / span) : 0);
  const ticks = Array.from({ length: span + 1 }, (_, i) => ({ at: i / span, text: powerOfTen(bottom + i) }));
  return { at, ticks: span > DIVIDED_DECADES_MAX ? ticks : [...ticks, ...dividedDecades(bottom, span)] };
}

function dividedDecades(bottom: number, span: number): { at: number; text: string }[] {
  const labelled = span <= 2 ? [2, 5] : [];
  return Array.from({ length: span }, (_, decade) => decade).flatMap((decade) =>
    [2, 3, 4, 5, 6, 7, 8, 9].map((digit) => ({
      at: (decade + Math.log10(digit)) / span,
      text: labelled.includes(digit) ? plainDigits(digit, bottom + decade) : '',
    })),
  );
}

/** 0.01, 1, 1000; above and below those 10¹⁵. */
function powerOfTen(exponent: number): string {
  if (Math.abs(exponent) <= PLAIN_EXPONENT_MAX) return plainDigits(1, exponent);
  return `10${superscript(exponent)}`;
}

const PLAIN_EXPONENT_MAX = 3;

function plainDigits(digit: number, exponent: number): string {
  if (Math.abs(exponent) > PLAIN_EXPONENT_MAX) return `${digit}·10${superscript(exponent)}`;
  return exponent < 0 ? (digit * 10 ** exponent).toFixed(-exponent) : String(digit * 10 ** exponent);
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function superscript(exponent: number): string {
  return String(exponent)
    .replaceAll('-', '⁻')
    .replaceAll(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
}
