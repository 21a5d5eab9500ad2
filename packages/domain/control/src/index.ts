export { initialPidState, stepPid } from './pid.ts';
export type { PidInput, PidSettings, PidState, PidStep } from './pid.ts';
export { doseRatePerCm2S, initialDoseIntegratorState, stepDoseIntegrator } from './dose-integrator.ts';
export type {
  DoseIntegratorSettings,
  DoseIntegratorState,
  DoseIntegratorStep,
  DoseSample,
} from './dose-integrator.ts';
