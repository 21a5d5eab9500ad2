export { uncertaintyBudget } from './budget.ts';
export type { BudgetedSource, UncertaintyBudget, UncertaintySource } from './budget.ts';
export { budgetAnswer } from './budget-answer.ts';
export {
  calibrationSource,
  fittedLine,
  meanOfSeries,
  ofStandardDeviation,
  rectangular,
} from './evaluate.ts';
export type { Evaluated } from './evaluate.ts';
