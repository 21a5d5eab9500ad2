import { CHAMBER, ZERO_CELSIUS_K } from './chamber.ts';
import type { RtpControl, RtpReadings } from './types.ts';

/** λ of the pyrometers against the second radiation constant: 0.95 µm and 14388 µm K. */
const WAVELENGTH_PER_RADIATION_K = 0.95 / 14388;
/** The mean of the thermocouples is this uncertain (four sigma); the pyrometers are corrected only for what lies beyond. */
export const THERMOCOUPLE_TRUST_C = 1.5;
const EMISSIVITY_TIME_S = 0.4;
const BELIEVED_WITHIN_C = 4.5;
const ESTIMATE_SHARE = 0.5;

/** What the sensors say of the wafer, calibrated and corrected. */
export type Measurement = Pick<RtpControl, 'measuredC' | 'estimatedC' | 'thermocoupleC' | 'emissivity'>;

/**
 * Temperature of each zone: the pyrometer's at the estimated emissivity, below its range the thermocouple's without
 * its lag. Emissivity is estimated slowly, by
 *
 *   ε = ε_told exp((c₂/λ)(1/T_couple − 1/T_read))
 *
 * (Wien's law turned round; T_read with the emissivity that the pyrometer was told), and only as far as the two
 * sensors disagree by more than the thermocouple's uncertainty. Until the estimate has followed, a pyrometer is
 * believed only within a band around the thermocouple, so that a sudden film or a jump does not move the lamps.
 */
export function measure(control: RtpControl, readings: RtpReadings, dtS: number): Measurement {
  const { factors, emissivity: told } = control.planned;
  const thermocoupleC = readings.thermocoupleC.map((tempC) => tempC * factors.thermocouple);
  const couple = thermocoupleC.map((tempC, zone) => unlagged(control, tempC, zone, dtS));
  const read = readings.pyrometerC.map((tempC) => (tempC === null ? null : tempC * factors.pyrometer));
  const emissivity = estimateEmissivity(control, { read, couple }, dtS);
  const measuredC = read.map((tempC, zone) => {
    const near = couple[zone] ?? 0;
    if (tempC === null) return near;
    const seen = corrected(tempC, told, emissivity);
    return Math.min(near + BELIEVED_WITHIN_C, Math.max(near - BELIEVED_WITHIN_C, seen));
  });
  return {
    measuredC,
    thermocoupleC,
    emissivity,
    estimatedC: control.estimatedC.map((before, zone) => {
      const expected = before + control.rampCPerS * dtS;
      return expected + ESTIMATE_SHARE * ((measuredC[zone] ?? expected) - expected);
    }),
  };
}

/** Reading at another emissivity: 1/T = 1/T_read + (λ/c₂) ln(ε/ε_told). */
function corrected(readC: number, told: number, emissivity: number): number {
  if (emissivity === told) return readC;
  const inverse = 1 / (readC + ZERO_CELSIUS_K) + WAVELENGTH_PER_RADIATION_K * Math.log(emissivity / told);
  return 1 / inverse - ZERO_CELSIUS_K;
}

/** A sampled first-order sensor turned round: x = (y − a y')/(1 − a), a = exp(−dt/τ). */
function unlagged(control: RtpControl, coupleC: number, zone: number, dtS: number): number {
  const before = control.thermocoupleC[zone] ?? coupleC;
  const kept = Math.exp(-dtS / CHAMBER.thermocoupleLagS);
  return (coupleC - kept * before) / (1 - kept);
}

function estimateEmissivity(
  control: RtpControl,
  seen: { read: readonly (number | null)[]; couple: readonly number[] },
  dtS: number,
): number {
  const readC = meanOf(seen.read);
  if (readC === null || control.setpointC === null) return control.emissivity;
  const { emissivity: told } = control.planned;
  const offC = corrected(readC, told, control.emissivity) - (meanOf(seen.couple) ?? readC);
  const beyondC = Math.sign(offC) * Math.max(0, Math.abs(offC) - THERMOCOUPLE_TRUST_C);
  const temperatureK = readC + ZERO_CELSIUS_K;
  const relative = beyondC / (WAVELENGTH_PER_RADIATION_K * temperatureK * temperatureK);
  const next = control.emissivity * (1 + Math.max(-0.5, Math.min(0.5, relative)) * (dtS / EMISSIVITY_TIME_S));
  return Math.min(1, Math.max(0.01, next));
}

/** Mean of what is known; null when nothing is. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
