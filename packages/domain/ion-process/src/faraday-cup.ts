import { chargedFraction, chargeExchangeCorrection } from '@spectra/ion-physics';
import { normalAt } from '@spectra/run-engine';
import { activeFault } from './faults.ts';
import { TOOL } from './tool.ts';
import type { IonPlant } from './types.ts';

/** Noise of the cup's electronics, relative, per reading. */
const CUP_SIGMA = 0.002;
const STREAM_CUP = 30;

/** What the Faraday cup counts of a beam: ions that met residual gas arrive as neutrals and are not counted. */
export function cupCurrentMa(plant: IonPlant, beamMa: number): number {
  const gain = 1 + (activeFault(plant.constants.faults, 'faraday_mismatch', plant.timeS)?.magnitude ?? 0);
  const { seed, noiseScale } = plant.constants;
  const electronics = 1 + CUP_SIGMA * noiseScale * normalAt(seed, STREAM_CUP, plant.counter);
  return Math.max(0, beamMa * gain * electronics) * chargedFraction(residualGas(plant));
}

/** The tool's own correction for neutrals, from the same pressure. */
export function exchangeCorrected(plant: IonPlant, currentMa: number): number {
  return chargeExchangeCorrection({ ...residualGas(plant), currentMa });
}

function residualGas(plant: IonPlant) {
  return { constantPerTorr: TOOL.exchangePerTorr, pressureTorr: plant.pressuresTorr.process };
}
