import type { UncertaintyAnswer } from '@spectra/schemas';
import type { UncertaintyBudget } from './budget.ts';

/** A budget in the words of the wire; JSON has no infinity, so null stands for degrees of freedom without limit. */
export function budgetAnswer(budget: UncertaintyBudget): UncertaintyAnswer {
  return {
    quantity: budget.quantity,
    unit: budget.unit,
    value: budget.value,
    components: budget.components.map((component) => ({
      name: component.name,
      type: component.type,
      distribution: component.distribution,
      standard_uncertainty: component.standardUncertainty,
      unit: component.unit,
      sensitivity: component.sensitivity,
      contribution: component.contribution,
      degrees_of_freedom: finiteOrNull(component.degreesOfFreedom),
      source: component.source,
    })),
    combined: budget.combined,
    effective_degrees_of_freedom: finiteOrNull(budget.effectiveDegreesOfFreedom),
    coverage_factor: budget.coverageFactor,
    expanded: budget.expanded,
    relative_combined: finiteOrNull(budget.relativeCombined),
    relative_expanded: finiteOrNull(budget.relativeExpanded),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
