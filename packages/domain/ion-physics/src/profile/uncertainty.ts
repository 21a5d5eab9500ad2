/** One source of uncertainty: evaluation type of the GUM and relative standard uncertainty. */
export type UncertaintyComponent = {
  name: string;
  type: 'A' | 'B';
  distribution: 'normal' | 'rectangular';
  relativeStandardUncertainty: number;
};

/** Budget of one quantity after the *Guide to the Expression of Uncertainty in Measurement* (JCGM 100:2008). */
export type UncertaintyBudget = {
  quantity: string;
  components: readonly UncertaintyComponent[];
  relativeCombined: number;
  coverageFactor: 2;
  relativeExpanded: number;
};

/**
 * Combines independent components: u_c = √Σ uᵢ² (JCGM 100:2008, 5.1.2), U = 2 u_c (about 95 %).
 * Worked value: 3 % and 4 % → u_c 5 %, U 10 %.
 */
export function uncertaintyBudget(
  quantity: string,
  components: readonly UncertaintyComponent[],
): UncertaintyBudget {
  const relativeCombined = Math.sqrt(
    components.reduce((sum, c) => sum + c.relativeStandardUncertainty ** 2, 0),
  );
  return {
    quantity,
    components,
    relativeCombined,
    coverageFactor: 2,
    relativeExpanded: 2 * relativeCombined,
  };
}

/** Half-width of a rectangular distribution as standard uncertainty: a/√3 (JCGM 100:2008, 4.3.7). */
export function rectangular(halfWidth: number): number {
  return halfWidth / Math.sqrt(3);
}
