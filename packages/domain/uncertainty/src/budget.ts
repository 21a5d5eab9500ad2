/** One source of uncertainty of a quantity y = f(x₁ … x_n): what is not known of one input, and what that does to y. */
export type UncertaintySource = {
  readonly name: string;
  /** A: from the statistics of readings; B: from anything else (JCGM 100:2008, 4.2 and 4.3). */
  readonly type: 'A' | 'B';
  readonly distribution: 'normal' | 'rectangular';
  /** u(xᵢ), in `unit`. */
  readonly standardUncertainty: number;
  /** Unit of the input; '1' for a relative uncertainty. */
  readonly unit: string;
  /** cᵢ = ∂f/∂xᵢ, in the unit of the quantity per unit of the input. */
  readonly sensitivity: number;
  /** Infinity where the uncertainty itself is certain, as of limits that are known. */
  readonly degreesOfFreedom: number;
  /** Where the number comes from, in words. */
  readonly source: string;
};

/** A source and what it adds: |cᵢ| u(xᵢ), in the unit of the quantity. */
export type BudgetedSource = UncertaintySource & { readonly contribution: number };

/** The budget of one quantity; all in the unit of the quantity but the relative figures. */
export type UncertaintyBudget = {
  readonly quantity: string;
  readonly unit: string;
  readonly value: number;
  readonly components: readonly BudgetedSource[];
  readonly combined: number;
  readonly effectiveDegreesOfFreedom: number;
  readonly coverageFactor: 2;
  readonly expanded: number;
  readonly relativeCombined: number;
  readonly relativeExpanded: number;
};

/** Half-widths of intervals are given for about 95 % of all cases. */
const COVERAGE_FACTOR = 2;

/**
 * Combines independent sources.
 *
 *   u_c² = Σ (cᵢ u(xᵢ))²      ν_eff = u_c⁴ / Σ ((cᵢ u(xᵢ))⁴ / νᵢ)      U = 2 u_c
 *
 * u(xᵢ) standard uncertainties, cᵢ sensitivities, νᵢ degrees of freedom. Source: JCGM 100:2008, equations 10 and G.2b,
 * 6.2.1. Linear, so it holds where f is nearly straight over ±2 u; U covers about 95 % for ν_eff above 30 (for 10 it is
 * 93 %). Refuses negative or unknown uncertainties. Worked value: 3 and 4 with sensitivity 1, ν 10 and ∞ → u_c = 5,
 * U = 10, ν_eff = 77.2.
 */
export function uncertaintyBudget(
  measured: { quantity: string; unit: string; value: number },
  sources: readonly UncertaintySource[],
): UncertaintyBudget {
  const components = sources.map(budgeted);
  const combined = Math.hypot(...components.map(({ contribution }) => contribution));
  const relative = (value: number) => (measured.value === 0 ? Infinity : value / Math.abs(measured.value));
  return {
    ...measured,
    components,
    combined,
    effectiveDegreesOfFreedom: effectiveDegreesOfFreedom(components, combined),
    coverageFactor: COVERAGE_FACTOR,
    expanded: COVERAGE_FACTOR * combined,
    relativeCombined: relative(combined),
    relativeExpanded: relative(COVERAGE_FACTOR * combined),
  };
}

function budgeted(source: UncertaintySource): BudgetedSource {
  const { name, standardUncertainty, sensitivity, degreesOfFreedom } = source;
  if (!(standardUncertainty >= 0 && standardUncertainty < Infinity)) {
    throw new RangeError(`the uncertainty of ${name} is ${standardUncertainty}; it must be 0 or more`);
  }
  if (!Number.isFinite(sensitivity)) throw new RangeError(`the sensitivity to ${name} is ${sensitivity}`);
  if (!(degreesOfFreedom > 0)) {
    throw new RangeError(`the degrees of freedom of ${name} are ${degreesOfFreedom}; they must be above 0`);
  }
  return { ...source, contribution: Math.abs(sensitivity) * standardUncertainty };
}

function effectiveDegreesOfFreedom(components: readonly BudgetedSource[], combined: number): number {
  // Shares instead of fourth powers: a dose of 10¹⁵ would overflow nothing, but a relative one would underflow.
  const spent = components.reduce((sum, { contribution, degreesOfFreedom }) => {
    const share = combined > 0 ? contribution / combined : 0;
    return sum + share ** 4 / degreesOfFreedom;
  }, 0);
  return spent > 0 ? 1 / spent : Infinity;
}
