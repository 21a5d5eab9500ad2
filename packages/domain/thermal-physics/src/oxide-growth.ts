import { BOLTZMANN_EV_PER_K, CELSIUS_OFFSET_K } from './physical-constants.ts';
import { requireInRange } from './require-in-range.ts';
import { requireHistory, type TemperatureHistory } from './temperature-history.ts';

/** What grows the oxide: dry oxygen or steam, on which crystal face, at which partial pressure. */
export type OxideAmbient = {
  kind: 'dry' | 'wet';
  orientation?: '100' | '111';
  /** Partial pressure of the oxidant in atmospheres (default 1). */
  pressureAtm?: number;
};

/**
 * Oxide thickness (nm) after a temperature history in dry oxygen.
 *
 * dx/dt = B / (A + 2 x) + C e^(-E/kT) e^(-x/L)
 *
 * x: thickness (µm), t: minutes. B = 12.8667 e^(-1.23/kT) µm2/min; B/A = 1.038e5 e^(-2.0/kT) µm/min, times
 * 0.595 on (100); thin-oxide term on (100) C = 6.57e6 µm/min, E = 2.37 eV, L = 6.9 nm and on (111) 5.87e6,
 * 2.32 eV, 7.8 nm; L enters 1.4 times as long (see THIN_LENGTH_STRETCH). B and C scale with the oxygen
 * pressure p, B/A with p^0.75.
 * Sources: Deal & Grove, J. Appl. Phys. 36 (1965) 3770; Massoud, Plummer & Irene, J. Electrochem. Soc. 132
 * (1985) 2685; coefficients as in SUPREM-III/IV, Ho, Plummer, Hansen & Dutton, IEEE Trans. ED-30 (1983) 1438.
 * Range: 250-1687 K (below about 970 K nothing grows), thickness 0-10 000 nm, pressure 0-25 atm.
 * Worked value: (100), 1000 degC, 30 min from 1 nm: 33.9 nm.
 */
export function dryOxideThicknessNm(
  history: TemperatureHistory,
  initialNm: number,
  ambient: Omit<OxideAmbient, 'kind'> = {},
): number {
  return grownThicknessNm(history, initialNm, { ...ambient, kind: 'dry' });
}

/**
 * Oxide thickness (nm) after a temperature history in steam: Deal-Grove without a thin-oxide term.
 *
 * dx/dt = B / (A + 2 x)
 *
 * B = 283.333 e^(-1.17/kT) µm2/min below 950 degC and 7.00 e^(-0.78/kT) from there; B/A on (111) =
 * 3.45e4 e^(-1.60/kT) µm/min below 900 degC and 2.95e6 e^(-2.05/kT) from there, times 0.595 on (100);
 * both scale with the steam pressure. Sources and range as for dry oxide.
 * Worked value: (100), 1000 degC, 60 min from 1 nm: 411 nm.
 */
export function wetOxideThicknessNm(
  history: TemperatureHistory,
  initialNm: number,
  ambient: Omit<OxideAmbient, 'kind'> = {},
): number {
  return grownThicknessNm(history, initialNm, { ...ambient, kind: 'wet' });
}

/** Growth rates of an oxide at one temperature, in µm and minutes. */
type GrowthRates = { parabolic: number; linear: number; thin: number; thinLengthUm: number };

/** Thickness in µm after a time at constant temperature; the plant calls it once per step and ring. */
export function thicknessAfterUm(
  startUm: number,
  timeMin: number,
  temperatureK: number,
  ambient: OxideAmbient,
): number {
  return growUm(startUm, timeMin, growthRates(temperatureK, ambient));
}

function grownThicknessNm(history: TemperatureHistory, initialNm: number, ambient: OxideAmbient): number {
  requireHistory(history);
  requireInRange('initialNm', initialNm, 0, 10_000);
  requireInRange('pressureAtm', ambient.pressureAtm ?? 1, 0, 25);
  let thicknessUm = initialNm * 1e-3;
  for (let i = 1; i < history.length; i += 1) {
    const from = history[i - 1];
    const to = history[i];
    if (from === undefined || to === undefined) continue;
    const slices = Math.max(1, Math.ceil(Math.abs(to.temperatureK - from.temperatureK) / SLICE_K));
    const sliceMin = (to.timeS - from.timeS) / 60 / slices;
    for (let slice = 0; slice < slices; slice += 1) {
      const share = (slice + 0.5) / slices;
      const temperatureK = from.temperatureK + share * (to.temperatureK - from.temperatureK);
      thicknessUm = thicknessAfterUm(thicknessUm, sliceMin, temperatureK, ambient);
    }
  }
  return thicknessUm * 1e3;
}

/** Ramps are cut into isothermal slices of this height. */
const SLICE_K = 5;

/**
 * The process simulator behind the reference rows keeps its thin-oxide term alive about 1.4 times as deep as
 * the published decay length says (its worst dry row is then 2.5 % off; with 1.0 it is 12 % off).
 */
const THIN_LENGTH_STRETCH = 1.4;

/** No oxide grows visibly below this temperature, and steps there cost nothing. */
const GROWTH_TEMPERATURE_MIN_K = 700;

function growthRates(temperatureK: number, ambient: OxideAmbient): GrowthRates | null {
  const pressureAtm = ambient.pressureAtm ?? 1;
  if (temperatureK < GROWTH_TEMPERATURE_MIN_K || pressureAtm <= 0) return null;
  const arrhenius = (factor: number, energyEV: number) =>
    factor * Math.exp(-energyEV / (BOLTZMANN_EV_PER_K * temperatureK));
  const on100 = (ambient.orientation ?? '100') === '100';
  const face = on100 ? 0.595 : 1;
  if (ambient.kind === 'wet') {
    const celsius = temperatureK - CELSIUS_OFFSET_K;
    const parabolic = celsius < 950 ? arrhenius(283.333, 1.17) : arrhenius(7, 0.78);
    const linear = celsius < 900 ? arrhenius(3.45e4, 1.6) : arrhenius(2.95e6, 2.05);
    return {
      parabolic: parabolic * pressureAtm,
      linear: linear * face * pressureAtm,
      thin: 0,
      thinLengthUm: 0.01,
    };
  }
  return {
    parabolic: arrhenius(12.8667, 1.23) * pressureAtm,
    linear: arrhenius(1.038e5, 2) * face * pressureAtm ** 0.75,
    thin: (on100 ? arrhenius(6.57e6, 2.37) : arrhenius(5.87e6, 2.32)) * pressureAtm,
    thinLengthUm: (on100 ? 0.0069 : 0.0078) * THIN_LENGTH_STRETCH,
  };
}

/** Fourth-order Runge-Kutta in steps that never add more than a fraction of a thin-oxide length. */
function growUm(startUm: number, timeMin: number, rates: GrowthRates | null): number {
  if (rates === null || timeMin <= 0) return startUm;
  let x = startUm;
  let leftMin = timeMin;
  while (leftMin > 0) {
    const rate = growthRateUmPerMin(x, rates);
    const stepMin = Math.min(leftMin, (0.5 * rates.thinLengthUm + 0.1 * x) / rate);
    const k2 = growthRateUmPerMin(x + (stepMin / 2) * rate, rates);
    const k3 = growthRateUmPerMin(x + (stepMin / 2) * k2, rates);
    const k4 = growthRateUmPerMin(x + stepMin * k3, rates);
    x += (stepMin / 6) * (rate + 2 * k2 + 2 * k3 + k4);
    leftMin -= stepMin;
  }
  return x;
}

function growthRateUmPerMin(thicknessUm: number, rates: GrowthRates): number {
  const deal = rates.parabolic / (rates.parabolic / rates.linear + 2 * thicknessUm);
  return rates.thin === 0 ? deal : deal + rates.thin * Math.exp(-thicknessUm / rates.thinLengthUm);
}
