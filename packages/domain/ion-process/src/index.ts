export { doseProfile } from './dose-profile.ts';
export { doseProfileChart } from './dose-profile-chart.ts';
export { DOSE_TOLERANCE_SHARE } from './interlocks.ts';
export { monteCarloAnswer, monteCarloBatchCount, planMonteCarlo } from './monte-carlo.ts';
export { ionProcess } from './ion-process.ts';
export type {
  IonControl,
  IonPlant,
  IonReadings,
  IonRecipe,
  IonSetpoints,
  IonTypes,
  IonWaferResult,
} from './types.ts';
