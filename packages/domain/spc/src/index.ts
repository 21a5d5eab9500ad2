export { initialCusumState, stepCusum } from './cusum.ts';
export type { CusumSettings, CusumState, CusumStep } from './cusum.ts';
export { ewmaLimits, initialEwmaState, stepEwmaChart } from './ewma-chart.ts';
export type { EwmaSettings, EwmaState, EwmaStep } from './ewma-chart.ts';
