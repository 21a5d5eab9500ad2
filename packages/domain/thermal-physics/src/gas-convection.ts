import { requireInRange } from './require-in-range.ts';

/** Gas that surrounds the wafer: flows in standard litres per minute, pressure in torr. */
export type GasState = { n2FlowSlm: number; o2FlowSlm: number; pressureTorr: number };

/**
 * Heat transfer coefficient between a wafer face and the cooled chamber through the gas, W/(cm2 K).
 *
 * h = k_gas / gap / (1 + 2 beta lambda / gap) + 0.76 k_gas Re^0.5 Pr^0.4 / D
 *
 * k_gas = sum of mole fractions times 2.59e-4 (T/300)^0.77 (N2) and 2.63e-4 (T/300)^0.82 (O2), W/(cm K);
 * gap: distance to the cold plate (cm); lambda = 6.8e-6 cm (T/300)(760/p): mean free path; beta = 1.5:
 * temperature-jump factor; Re = 4 m_dot / (pi D mu): Reynolds number of the stagnation flow, with
 * mu = 1.78e-4 (T/300)^0.69 g/(cm s), m_dot from the flow (1 slm N2 = 1.25 g/min, O2 1.43 g/min); Pr = 0.71;
 * D: wafer diameter (cm); T: film temperature (K).
 * Sources: gas data NIST WebBook (fits within 2 % over 300-1300 K); jump factor Kennard, "Kinetic Theory of
 * Gases" (1938), sect. 180; stagnation flow Incropera & DeWitt, "Fundamentals of Heat and Mass Transfer", ch. 7.
 * Range: T 250-1700 K, p 0.001-1000 torr, flows 0-100 slm.
 * Worked value: N2 10 slm, 760 torr, 800 K, gap 2 cm, D 30 cm: h = 3.37e-4 W/(cm2 K).
 */
export function gasHeatTransferWPerCm2K(input: {
  gas: GasState;
  filmTemperatureK: number;
  gapCm: number;
  diameterCm: number;
}): number {
  requireGas(input.gas);
  requireInRange('filmTemperatureK', input.filmTemperatureK, 250, 1700);
  requireInRange('gapCm', input.gapCm, 0.05, 50);
  requireInRange('diameterCm', input.diameterCm, 1, 100);
  return convectionAt(prepareConvection(input.gas, input.gapCm, input.diameterCm), input.filmTemperatureK);
}

/** Throws a RangeError unless flows and pressure are inside what the chamber can do. */
export function requireGas(gas: GasState): void {
  requireInRange('n2FlowSlm', gas.n2FlowSlm, 0, 100);
  requireInRange('o2FlowSlm', gas.o2FlowSlm, 0, 100);
  requireInRange('pressureTorr', gas.pressureTorr, 0.001, 1000);
}

/** What stays constant over one plant step: composition, flow and pressure folded into three factors. */
export type PreparedConvection = {
  oxygenFraction: number;
  gapCm: number;
  jumpPerK: number;
  stagnation: number;
};

/** Folds gas state and geometry into the constants that `convectionAt` needs. */
export function prepareConvection(gas: GasState, gapCm: number, diameterCm: number): PreparedConvection {
  const totalSlm = gas.n2FlowSlm + gas.o2FlowSlm;
  const gramsPerS = (gas.n2FlowSlm * 1.25 + gas.o2FlowSlm * 1.43) / 60;
  const viscosityAt300 = 1.78e-4;
  const reynoldsAt300 = (4 * gramsPerS) / (Math.PI * diameterCm * viscosityAt300);
  return {
    oxygenFraction: totalSlm > 0 ? gas.o2FlowSlm / totalSlm : 0,
    gapCm,
    jumpPerK: ((2 * 1.5 * 6.8e-6) / gapCm) * (760 / gas.pressureTorr) * (1 / 300),
    stagnation: (0.76 * 0.71 ** 0.4 * Math.sqrt(reynoldsAt300)) / diameterCm,
  };
}

/** Heat transfer coefficient in W/(cm2 K) at a film temperature, from prepared constants. */
export function convectionAt(prepared: PreparedConvection, filmTemperatureK: number): number {
  const x = filmTemperatureK / 300;
  const nitrogen = 2.59e-4 * x ** 0.77;
  const conductivity =
    prepared.oxygenFraction === 0
      ? nitrogen
      : nitrogen * (1 - prepared.oxygenFraction) + prepared.oxygenFraction * 2.63e-4 * x ** 0.82;
  const conduction = conductivity / prepared.gapCm / (1 + prepared.jumpPerK * filmTemperatureK);
  return conduction + prepared.stagnation * conductivity * x ** -0.345;
}
