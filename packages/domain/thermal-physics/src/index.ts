export { activatedShare } from './activation-kinetics.ts';
export { type AnnealInput, type AnnealOutcome, annealProfile } from './anneal-profile.ts';
export { masettiMobilityCm2PerVS } from './carrier-mobility.ts';
export { diffusivityCm2PerS, intrinsicCarrierDensityPerCm3 } from './diffusivity.ts';
export type { DopantProfile, DopantSpecies } from './dopant-species.ts';
export { activeConcentrationPerCm3 } from './equilibrium-activation.ts';
export { type GasState, gasHeatTransferWPerCm2K } from './gas-convection.ts';
export { junctionDepthUm } from './junction-depth.ts';
export { type LampDynamics, type LampState, lampAfter } from './lamp-filament.ts';
export { type LinearPlant, linearise } from './linearise.ts';
export { dryOxideThicknessNm, type OxideAmbient, wetOxideThicknessNm } from './oxide-growth.ts';
export {
  emissivityErrorK,
  PYROMETER_BLIND_K,
  type PyrometerReading,
  pyrometerReading,
  stepSensorLag,
} from './pyrometer.ts';
export {
  reachableRamp,
  type RtpOperatingPoint,
  steadyLampFraction,
  temperatureCeilingK,
} from './rtp-capability.ts';
export {
  createRtpPlant,
  type RtpPlantModel,
  type RtpPlantOptions,
  type WaferThermalModel,
} from './rtp-plant-model.ts';
export {
  initialRtpPlantState,
  type RtpEnergyBalance,
  type RtpPlantInputs,
  type RtpPlantState,
} from './rtp-plant-state.ts';
export { sheetResistanceOhmSq } from './sheet-resistance.ts';
export {
  lampAbsorptivity,
  siliconConductivityWPerCmK,
  siliconEmissivity,
  siliconSpecificHeatJPerKgK,
} from './silicon-thermal.ts';
export { solidSolubilityPerCm3 } from './solid-solubility.ts';
export { stepRtpPlant } from './step-rtp-plant.ts';
export { peakTemperatureK, type TemperatureHistory } from './temperature-history.ts';
export { type ThermalBudget, thermalBudget } from './thermal-budget.ts';
export { annealDamage, type DamageState, implantDamage } from './transient-enhancement.ts';
