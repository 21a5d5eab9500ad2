import { meanOf, standardDeviationOf } from './control-chart.ts';
import { normalCumulative, normalQuantile } from './normal-distribution.ts';
import { chiSquareQuantile } from './special-functions.ts';

/** Specification limits; one of them may be missing. The target is their middle unless given. */
export type SpecLimits = { readonly lower?: number; readonly upper?: number; readonly target?: number };

/** An index with its confidence interval. */
export type Index = { readonly value: number; readonly low: number; readonly high: number };

/** Indices from the sigma within subgroups (C) and over all values (P); null where a limit is missing. */
export type Capability = {
  readonly cp: Index | null;
  readonly cpl: Index | null;
  readonly cpu: Index | null;
  readonly cpk: Index;
  readonly cpm: Index | null;
  readonly pp: Index | null;
  readonly ppl: Index | null;
  readonly ppu: Index | null;
  readonly ppk: Index;
  readonly ppm: Index | null;
  /** Expected parts per million outside the limits, by the overall sigma. */
  readonly outsidePpm: number;
};

/**
 * Process capability and performance.
 *
 *   Cp = (U − L)/6σ;  Cpl = (μ − L)/3σ;  Cpu = (U − μ)/3σ;  Cpk = min;  Cpm = Cp/√(1 + ((μ − T)/σ)²)
 *
 * P indices are the same with the overall standard deviation. Intervals: χ² for Cp, Bissell's normal
 * approximation for Cpk, Cpl, Cpu, Boyles' for Cpm, at 95 %. Source: Montgomery (2013), section 8.3; Kotz &
 * Johnson, Process Capability Indices (1993). Worked value: piston rings, 73.95 to 74.05: Cp 1.7033, Cpk
 * 1.6632.
 */
export function capability(input: {
  readonly values: readonly number[];
  readonly sigmaWithin: number;
  readonly limits: SpecLimits;
  readonly center?: number;
  readonly confidence?: number;
}): Capability {
  const { lower, upper } = input.limits;
  if (lower === undefined && upper === undefined)
    throw new RangeError('spec limits name neither a lower nor an upper limit');
  if (lower !== undefined && upper !== undefined && !(lower < upper)) {
    throw new RangeError(`the lower spec limit ${lower} must lie below the upper ${upper}`);
  }
  if (!(input.sigmaWithin > 0)) {
    throw new RangeError(`sigmaWithin is ${input.sigmaWithin}; capability needs values that vary`);
  }
  const mean = input.center ?? meanOf(input.values);
  const sigmaOverall = standardDeviationOf(input.values);
  const base = {
    mean,
    limits: input.limits,
    count: input.values.length,
    confidence: input.confidence ?? 0.95,
  };
  const within = indices({ ...base, sigma: input.sigmaWithin });
  const overall = indices({ ...base, sigma: sigmaOverall });
  return {
    cp: within.two,
    cpl: within.lower,
    cpu: within.upper,
    cpk: within.least,
    cpm: within.aimed,
    pp: overall.two,
    ppl: overall.lower,
    ppu: overall.upper,
    ppk: overall.least,
    ppm: overall.aimed,
    outsidePpm: outsidePpm(overall),
  };
}

type Basis = {
  readonly mean: number;
  readonly sigma: number;
  readonly limits: SpecLimits;
  readonly count: number;
  readonly confidence: number;
};

function indices(basis: Basis) {
  const { mean, sigma } = basis;
  const { lower, upper } = basis.limits;
  const below = lower === undefined ? null : (mean - lower) / (3 * sigma);
  const above = upper === undefined ? null : (upper - mean) / (3 * sigma);
  const two = lower === undefined || upper === undefined ? null : (upper - lower) / (6 * sigma);
  const oneSided = normalQuantile(basis.confidence);
  const twoSided = normalQuantile((1 + basis.confidence) / 2);
  const least = Math.min(below ?? Infinity, above ?? Infinity);
  return {
    two: two === null ? null : chiSquareIndex(two, basis.count - 1, basis.confidence),
    lower: below === null ? null : bissell(below, basis.count, oneSided),
    upper: above === null ? null : bissell(above, basis.count, oneSided),
    least: bissell(least, basis.count, twoSided),
    aimed: two === null ? null : aimedIndex(basis, two),
  };
}

function chiSquareIndex(value: number, degrees: number, confidence: number): Index {
  const scale = (probability: number) => value * Math.sqrt(chiSquareQuantile(probability, degrees) / degrees);
  return { value, low: scale((1 - confidence) / 2), high: scale((1 + confidence) / 2) };
}

function bissell(value: number, count: number, quantile: number): Index {
  const half = quantile * Math.sqrt(1 / (9 * count * value * value) + 1 / (2 * (count - 1)));
  return { value, low: value * (1 - half), high: value * (1 + half) };
}

function aimedIndex(basis: Basis, two: number): Index {
  const { lower, upper, target } = basis.limits;
  const aim = target ?? (lower! + upper!) / 2;
  const off = ((basis.mean - aim) / basis.sigma) ** 2;
  // Chi-square fit as in R's qcc; Boyles squares the numerator, which narrows the interval by parts per thousand.
  const degrees = (basis.count * (1 + off)) / (1 + 2 * off);
  return chiSquareIndex(two / Math.sqrt(1 + off), degrees, basis.confidence);
}

function outsidePpm(overall: ReturnType<typeof indices>): number {
  const tail = (index: Index | null) => (index === null ? 0 : normalCumulative(-3 * index.value));
  return 1e6 * (tail(overall.lower) + tail(overall.upper));
}
