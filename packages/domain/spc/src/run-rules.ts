/** Centre and one sigma against which run rules judge a point; sigma may differ from point to point. */
export type RulePoint = { readonly value: number; readonly center: number; readonly sigma: number };

/** Whose rules; a rule is broken at the point that completes its pattern and takes part in it. */
export type RuleSet = 'nelson' | 'western_electric';

/** What each rule looks for, by its number, in the words of its author. */
export const NELSON_RULES: Readonly<Record<number, string>> = {
  1: 'one point beyond 3 sigma',
  2: 'nine points in a row on one side of the centre',
  3: 'six points in a row steadily rising or falling',
  4: 'fourteen points in a row alternating up and down',
  5: 'two of three points in a row beyond 2 sigma on one side',
  6: 'four of five points in a row beyond 1 sigma on one side',
  7: 'fifteen points in a row within 1 sigma of the centre',
  8: 'eight points in a row beyond 1 sigma on either side',
};

/** The four classic rules of the Western Electric handbook, by number. */
export const WESTERN_ELECTRIC_RULES: Readonly<Record<number, string>> = {
  1: 'one point beyond 3 sigma',
  2: 'two of three points in a row beyond 2 sigma on one side',
  3: 'four of five points in a row beyond 1 sigma on one side',
  4: 'eight points in a row on one side of the centre',
};

type Side = 1 | -1;
type Window = { readonly z: readonly number[]; readonly values: readonly number[]; readonly last: number };
type Rule = (window: Window) => boolean;

/**
 * Numbers of the rules broken at each point, in ascending order; an empty list where none is.
 *
 * "Beyond" is strict, "within" includes the line, a point on the centre line is on neither side, and equal
 * neighbours end a trend. No rule looks back further than 15 points, so a live check needs only those.
 * Sources: L. S. Nelson, J. Quality Technology 16 (1984) 237; Western Electric, Statistical Quality Control
 * Handbook (1956), 23–28. Worked value: nine values of 0.1 around centre 0, sigma 1 break rule 2 at the
 * ninth.
 */
export function checkRunRules(points: readonly RulePoint[], ruleSet: RuleSet = 'nelson'): number[][] {
  const z = points.map((point) => (point.value - point.center) / point.sigma);
  const values = points.map((point) => point.value);
  const rules = ruleSet === 'nelson' ? NELSON : WESTERN_ELECTRIC;
  return points.map((_, last) =>
    rules.flatMap((rule, index) => (rule({ z, values, last }) ? [index + 1] : [])),
  );
}

const NELSON: readonly Rule[] = [
  beyondThreeSigma,
  (window) => oneSide(window, 9),
  steadyTrend,
  alternating,
  (window) => mostBeyond(window, { count: 2, of: 3, sigmas: 2 }),
  (window) => mostBeyond(window, { count: 4, of: 5, sigmas: 1 }),
  (window) => lastAll(window, 15, (z) => Math.abs(z) <= 1),
  (window) => lastAll(window, 8, (z) => Math.abs(z) > 1),
];

const WESTERN_ELECTRIC: readonly Rule[] = [
  beyondThreeSigma,
  (window) => mostBeyond(window, { count: 2, of: 3, sigmas: 2 }),
  (window) => mostBeyond(window, { count: 4, of: 5, sigmas: 1 }),
  (window) => oneSide(window, 8),
];

function beyondThreeSigma({ z, last }: Window): boolean {
  return Math.abs(z[last]!) > 3;
}

function oneSide(window: Window, length: number): boolean {
  return lastAll(window, length, (z) => z > 0) || lastAll(window, length, (z) => z < 0);
}

function steadyTrend({ values, last }: Window): boolean {
  const signs = lastChanges(values, last, 5);
  return signs.length === 5 && signs[0] !== 0 && signs.every((sign) => sign === signs[0]);
}

function alternating({ values, last }: Window): boolean {
  const signs = lastChanges(values, last, 13);
  return (
    signs.length === 13 && signs[0] !== 0 && signs.every((sign, i) => i === 0 || sign === -signs[i - 1]!)
  );
}

/** Signs of the last `count` changes; fewer when there are not so many. */
function lastChanges(values: readonly number[], last: number, count: number): number[] {
  if (last < count) return [];
  return Array.from({ length: count }, (_, i) => {
    const at = last - count + 1 + i;
    return Math.sign(values[at]! - values[at - 1]!);
  });
}

/** Near the start fewer points than `of` suffice, as long as `count` of them are beyond. */
function mostBeyond({ z, last }: Window, want: { count: number; of: number; sigmas: number }): boolean {
  const isBeyond = (side: Side) => (value: number) => value * side > want.sigmas;
  const recent = z.slice(Math.max(0, last - want.of + 1), last + 1);
  return ([1, -1] as const).some(
    (side) => isBeyond(side)(z[last]!) && recent.filter(isBeyond(side)).length >= want.count,
  );
}

function lastAll({ z, last }: Window, length: number, holds: (z: number) => boolean): boolean {
  if (last < length - 1) return false;
  for (let i = last - length + 1; i <= last; i += 1) if (!holds(z[i]!)) return false;
  return true;
}
