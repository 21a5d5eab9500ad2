import { dryOxideThicknessNm } from '@spectra/thermal-physics';
import type { TemperatureHistory } from '@spectra/thermal-physics';
import type { RtpRecipe } from './types.ts';

/** Native oxide of a cleaned wafer, on which a furnace oxide grows; it also keeps the dopant in. */
const NATIVE_OXIDE_NM = 1;

/** Dry oxide in the recipe's oxygen; nothing grows without. */
export function oxideThicknessNm(
  recipe: Pick<RtpRecipe, 'n2FlowSlm' | 'o2FlowSlm' | 'pressureTorr'>,
  history: TemperatureHistory,
): number {
  const totalSlm = recipe.n2FlowSlm + recipe.o2FlowSlm;
  if (recipe.o2FlowSlm <= 0) return NATIVE_OXIDE_NM;
  const pressureAtm = (recipe.o2FlowSlm / totalSlm) * (recipe.pressureTorr / 760);
  return dryOxideThicknessNm(history, NATIVE_OXIDE_NM, { pressureAtm });
}
