import { beamMassU, magneticRigidityTm } from '@spectra/ion-physics';
import { TOOL } from './tool.ts';
import type { IonRecipe } from './types.ts';

/** Extraction voltage of a recipe; what is missing to the energy comes from post-acceleration. */
export function extractionVoltageKv(recipe: IonRecipe): number {
  return Math.min(recipe.energyKeV, TOOL.extractionKvMax);
}

/** Field of the analysing magnet at which the recipe's ion passes the slit: B = (B r)/r at extraction energy. */
export function analyzerFieldT(recipe: IonRecipe): number {
  const rigidityTm = magneticRigidityTm({
    massU: beamMassU(recipe.species),
    chargeState: TOOL.chargeState,
    extractionEnergyKeV: extractionVoltageKv(recipe) * TOOL.chargeState,
  });
  return rigidityTm / TOOL.magnetRadiusM;
}
