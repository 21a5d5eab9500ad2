export { type GasState, gasHeatTransferWPerCm2K } from './gas-convection.ts';
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
export {
  lampAbsorptivity,
  siliconConductivityWPerCmK,
  siliconEmissivity,
  siliconSpecificHeatJPerKgK,
} from './silicon-thermal.ts';
export { stepRtpPlant } from './step-rtp-plant.ts';
export type { TemperatureHistory } from './temperature-history.ts';
