import {
  createRtpPlant,
  initialRtpPlantState,
  type RtpPlantInputs,
  type RtpPlantState,
  steadyLampFraction,
  stepRtpPlant,
} from '@spectra/thermal-physics';

const STEP_S = 0.1;
const END_S = 60;

/** One step of the spike: temperature of the centre zone, lamp power there, and what the balance leaves over. */
export type BalancePoint = {
  timeS: number;
  celsius: number;
  lampPct: number;
  waferResidual: number;
  wallResidual: number;
};

/**
 * A cold wafer, full power, a hold at 1050 °C, lamps off: the energy that each step leaves unaccounted for, as a
 * share of all that moved in it.
 */
export function energyBalance(): BalancePoint[] {
  const model = createRtpPlant({ zoneCount: 4, waferDiameterMm: 300 });
  const hold = steadyLampFraction(model, 1050 + 273.15);
  let state = initialRtpPlantState(model, { temperatureK: 298.15 });
  return Array.from({ length: Math.round(END_S / STEP_S) }, (_, i) => {
    const lampPowerFraction = powerAt(i * STEP_S, state, hold);
    const inputs: RtpPlantInputs = { lampPowerFraction, n2FlowSlm: 10, o2FlowSlm: 0, pressureTorr: 760 };
    const { state: next, energy } = stepRtpPlant(model, state, inputs, STEP_S);
    state = next;
    const { absorbedJ, radiatedJ, convectedJ, storedJ, coolantJ, wallStoredJ } = energy;
    const turnover = Math.abs(absorbedJ) + Math.abs(radiatedJ) + Math.abs(convectedJ) + Math.abs(storedJ);
    return {
      timeS: (i + 1) * STEP_S,
      celsius: (state.waferTemperatureK[0] ?? Number.NaN) - 273.15,
      lampPct: 100 * (lampPowerFraction[0] ?? 0),
      waferResidual: Math.abs(absorbedJ - radiatedJ - convectedJ - storedJ) / turnover,
      wallResidual: Math.abs(radiatedJ + convectedJ - coolantJ - wallStoredJ) / turnover,
    };
  });
}

/** Largest share of the moved energy that a step may leave over. */
export const BALANCE_TOLERANCE = 1e-6;

function powerAt(timeS: number, state: RtpPlantState, hold: number[]): number[] {
  if (timeS >= 40) return hold.map(() => 0);
  const cold = (state.waferTemperatureK[0] ?? 0) < 1020 + 273.15;
  return cold ? hold.map(() => 1) : hold;
}
