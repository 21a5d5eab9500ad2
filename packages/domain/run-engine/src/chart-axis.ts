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
/** Up to this many decades a log axis shows 2 to 9 as well, and may end at 2 or 5. */
const DIVIDED_DECADES_MAX = 4;
const DIVIDED_STEPS = [1, 2, 5];

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
  const divided = Math.log10(high / low) <= DIVIDED_DECADES_MAX;
  const steps = divided ? DIVIDED_STEPS : [1];
  const [bottom, top] = logEnds(low, high, steps);
  const at = (value: number) => (value > 0 ? Math.max(0, (Math.log10(value) - bottom) / (top - bottom)) : 0);
  const labelled = top - bottom <= 2 ? steps : [1];
  const isEnd = (digit: number, exponent: number) =>
    [0, 1].includes(Number(at(digit * 10 ** exponent).toFixed(6)));
  const ticks = logTicks(divided ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [1], bottom, top).map(
    ({ digit, exponent }) => ({
      at: at(digit * 10 ** exponent),
      text: labelled.includes(digit) || isEnd(digit, exponent) ? powerText(digit, exponent) : '',
    }),
  );
  return { at, ticks };
}

/** Logarithms of the nearest steps below and above the values; a few decades end at 1, 2 or 5, more at 1. */
function logEnds(low: number, high: number, steps: readonly number[]): [number, number] {
  const ends = (value: number) => {
    const decade = Math.floor(Math.log10(value));
    return [decade - 1, decade, decade + 1].flatMap((each) => steps.map((step) => each + Math.log10(step)));
  };
  const top = Math.min(...ends(high).filter((end) => end >= Math.log10(high) - 1e-9));
  const bottom = Math.max(...ends(low).filter((end) => end <= Math.log10(low) + 1e-9));
  return [Math.max(Math.min(bottom, top - 0.3), top - DECADES_MAX), top];
}

function logTicks(digits: readonly number[], bottom: number, top: number) {
  const first = Math.floor(bottom);
  const decades = Array.from({ length: Math.ceil(top) - first + 1 }, (_, i) => first + i);
  return decades
    .flatMap((exponent) => digits.map((digit) => ({ digit, exponent })))
    .filter(({ digit, exponent }) => {
      const place = exponent + Math.log10(digit);
      return place >= bottom - 1e-9 && place <= top + 1e-9;
    });
}

/** 0.01, 5, 1000; above and below those 10¹⁵ and 2·10¹⁵. */
function powerText(digit: number, exponent: number): string {
  if (Math.abs(exponent) > PLAIN_EXPONENT_MAX)
    return `${digit === 1 ? '' : `${digit}·`}10${superscript(exponent)}`;
  return exponent < 0 ? (digit * 10 ** exponent).toFixed(-exponent) : String(digit * 10 ** exponent);
}

const PLAIN_EXPONENT_MAX = 3;

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function superscript(exponent: number): string {
  return String(exponent)
    .replaceAll('-', '⁻')
    .replaceAll(/\d/g, (digit) => SUPERSCRIPTS.charAt(Number(digit)));
}
