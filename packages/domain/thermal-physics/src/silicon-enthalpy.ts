import { specificHeatUnchecked } from './silicon-thermal.ts';

/**
 * Specific enthalpy of silicon above 250 K, J/kg.
 *
 * h(T) = integral from 250 K to T of c_p dT, with c_p of `siliconSpecificHeatJPerKgK`
 *
 * Tabulated every 2 K by Simpson's rule and interpolated by cubic Hermite with the exact slope c_p, so that
 * the interpolation error stays below 1e-9 of h. The plant integrates enthalpy rather than temperature:
 * then the heat stored equals the sum of the fluxes to round-off, whatever the step.
 * Worked value: h(1273.15 K) - h(298.15 K) = 866.07 kJ/kg.
 */
export function siliconEnthalpyJPerKg(temperatureK: number): number {
  const position = (temperatureK - TABLE_START_K) / TABLE_STEP_K;
  const index = Math.min(Math.max(Math.floor(position), 0), TABLE_CELLS - 1);
  const t = position - index;
  const cell = TABLE_STEP_K;
  const here = ENTHALPY[index] ?? 0;
  const next = ENTHALPY[index + 1] ?? 0;
  const slopeHere = (HEAT[index] ?? 0) * cell;
  const slopeNext = (HEAT[index + 1] ?? 0) * cell;
  const rise = next - here;
  // Cubic Hermite written as nested powers: one pass, no allocation.
  return (
    here +
    t * (slopeHere + t * (3 * rise - 2 * slopeHere - slopeNext + t * (slopeHere + slopeNext - 2 * rise)))
  );
}

/**
 * Temperature (K) at which silicon has the given specific enthalpy (J/kg): the inverse of
 * `siliconEnthalpyJPerKg` by Newton's method from a nearby guess.
 */
export function temperatureFromEnthalpyK(enthalpyJPerKg: number, guessK: number): number {
  let temperatureK = guessK;
  for (let iteration = 0; iteration < 20; iteration += 1) {
    const residual = siliconEnthalpyJPerKg(temperatureK) - enthalpyJPerKg;
    const change = residual / specificHeatUnchecked(Math.max(temperatureK, TABLE_START_K));
    temperatureK -= change;
    if (Math.abs(change) < 1e-11 * temperatureK) break;
  }
  return temperatureK;
}

const TABLE_START_K = 250;
const TABLE_STEP_K = 2;
const TABLE_CELLS = 1100;
const HEAT = Float64Array.from({ length: TABLE_CELLS + 1 }, (_, i) =>
  specificHeatUnchecked(TABLE_START_K + i * TABLE_STEP_K),
);
const ENTHALPY = tabulateEnthalpy();

function tabulateEnthalpy(): Float64Array {
  const table = new Float64Array(TABLE_CELLS + 1);
  let sum = 0;
  for (let i = 0; i < TABLE_CELLS; i += 1) {
    const middle = specificHeatUnchecked(TABLE_START_K + (i + 0.5) * TABLE_STEP_K);
    sum += (TABLE_STEP_K / 6) * ((HEAT[i] ?? 0) + 4 * middle + (HEAT[i + 1] ?? 0));
    table[i + 1] = sum;
  }
  return table;
}
