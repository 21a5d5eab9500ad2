export { chargedFraction, chargeExchangeCorrection } from './beam/charge-exchange.ts';
export {
  FLICKER_AT_REST,
  type FlickerState,
  noisyCurrentMa,
  shotNoiseMa,
  stepFlicker,
} from './beam/current-noise.ts';
export { beamTimeS, doseFromCharge, waferAreaCm2 } from './beam/dose.ts';
export { magneticRigidityTm } from './beam/magnetic-rigidity.ts';
export { beamPowerW, type CooledWafer, heatingKPerS } from './beam/wafer-heating.ts';
export type { MomentsWithErrors } from './monte-carlo/depth-statistics.ts';
export {
  BATCH_IONS,
  type MonteCarloBatch,
  type MonteCarloOptions,
  type MonteCarloPlan,
  type MonteCarloResult,
  monteCarloPlan,
  runMonteCarlo,
  runMonteCarloBatch,
  summarizeMonteCarlo,
} from './monte-carlo/monte-carlo.ts';
export { OutOfRangeError } from './out-of-range.ts';
export type { Channeling } from './profile/channeling.ts';
export type { Damage } from './profile/damage.ts';
export { IMPLANT_LIMITS, type ImplantInput, type TargetLayer } from './profile/implant-input.ts';
export { type DepthProfile, type ImplantProfile, implantProfile } from './profile/implant-profile.ts';
export type { Moments } from './profile/range-moments.ts';
export { BEAM_ENERGY } from './profile/implant-uncertainty.ts';
export type { ImplantUncertainty } from './profile/implant-uncertainty.ts';
export { beamMassU, dopantEnergyKeV, dopantOf, SPECIES, type Species } from './species.ts';
