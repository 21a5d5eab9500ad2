export { doseProfile } from './dose-profile.ts';
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
