import { emissivityErrorK } from '@spectra/thermal-physics';
import { calibrationSource, rectangular, uncertaintyBudget } from '@spectra/uncertainty';
import type { Evaluated, UncertaintyBudget, UncertaintySource } from '@spectra/uncertainty';
import { CHAMBER, ZERO_CELSIUS_K } from './chamber.ts';
import { THERMOCOUPLE_TRUST_C } from './measure.ts';

/** Expanded uncertainties of the tool's calibrations in per cent, by type; null or absent where the record tells none. */
type CalibrationPct = Readonly<Record<string, number | null>>;

/** A temperature of the wafer and how it was measured. */
export interface MeasuredTemperature {
  readonly quantity: string;
  readonly tempC: number;
  /** The pyrometers were corrected towards the thermocouples, because they disagreed. */
  readonly emissivityCorrected: boolean;
  readonly calibrationPct: CalibrationPct;
  /** Statistics of the readings behind it, where there are any. */
  readonly readings?: Evaluated | null;
  /** Three standard deviations of the zones around their mean, °C. */
  readonly zoneSpreadC?: number | null;
}

/** A sensor whose calibration record tells nothing is taken to be within this share of its reading. */
const USUAL_PCT = { pyrometer: 0.25, thermocouple: 0.4 } as const;
/** The emissivity of a wafer with its films is told this well, relative. */
const EMISSIVITY_TOLD = 0.02;
/** Noise of one pyrometer, °C; four zones are averaged. */
const READING_C = 0.1;

/**
 * Temperature of the wafer, mean of its zones. While pyrometers and thermocouples agree, T is the pyrometers':
 *
 *   u² = (T u(f_p))² + ((λ T_K²/c₂) u(ε)/ε)² + u_A² + (σ_zones/√n)²
 *
 * and the error of emissivity is at most what the thermocouples let pass (±1.5 °C). Once the emissivity follows the
 * thermocouples, T is theirs to within that trust: (T u(f_t))² and 1.5/√3 take the place of the first two terms.
 * f calibration factors, ε emissivity, λ 0.95 µm, c₂ 14388 µm K, T in °C of the reading, T_K in K. Source: equation of
 * `emissivityErrorK`, JCGM 100:2008. Range: 400 to 1250 °C. Worked value: 1000 °C, pyrometer certified to 0.2 % (k = 2),
 * ε within 2 %, nothing else: u = √(1.000² + 0.866²) = 1.323 °C plus noise 0.05: 1.324, U = 2.65 °C.
 */
export function temperatureBudget(measured: MeasuredTemperature): UncertaintyBudget {
  const { quantity, tempC, readings = null, zoneSpreadC = null } = measured;
  return uncertaintyBudget({ quantity, unit: '°C', value: tempC }, [
    ...sensorSources(measured),
    readings === null
      ? ownSource('pyrometer noise', READING_C / Math.sqrt(CHAMBER.zoneCount), '0.1 °C a zone, one sample')
      : {
          ...ownSource('readings', readings.standardUncertainty, 'scatter of the readings of this run'),
          type: 'A' as const,
          degreesOfFreedom: readings.degreesOfFreedom,
        },
    ...(zoneSpreadC === null ? [] : [zoneSource(zoneSpreadC)]),
  ]);
}

function sensorSources({
  tempC,
  emissivityCorrected,
  calibrationPct,
}: MeasuredTemperature): UncertaintySource[] {
  const trust = rectangular(THERMOCOUPLE_TRUST_C);
  if (emissivityCorrected) {
    return [
      calibrationSource({
        name: 'thermocouple',
        expandedPct: calibrationPct['thermocouple'],
        usualPct: USUAL_PCT.thermocouple,
        sensitivity: tempC,
      }),
      limits(
        'pyrometers against thermocouples',
        trust,
        'the emissivity follows the thermocouples to ±1.5 °C',
      ),
    ];
  }
  const told = rectangular(emissivityErrorK(tempC + ZERO_CELSIUS_K, EMISSIVITY_TOLD));
  return [
    calibrationSource({
      name: 'pyrometer',
      expandedPct: calibrationPct['pyrometer'],
      usualPct: USUAL_PCT.pyrometer,
      sensitivity: tempC,
    }),
    limits(
      'emissivity',
      Math.min(told, trust),
      told < trust ? 'told to ±2 %' : 'told to ±2 %, bounded by the thermocouples to ±1.5 °C',
    ),
  ];
}

/** The mean of some zones stands for the wafer. */
function zoneSource(zoneSpreadC: number): UncertaintySource {
  const zones = CHAMBER.zoneCount;
  return {
    ...ownSource('zones of the wafer', zoneSpreadC / 3 / Math.sqrt(zones), `spread of ${zones} zones`),
    type: 'A',
    degreesOfFreedom: zones - 1,
  };
}

function limits(name: string, standardUncertainty: number, source: string): UncertaintySource {
  return { ...ownSource(name, standardUncertainty, source), distribution: 'rectangular' };
}

/** A source in °C that counts fully. */
function ownSource(name: string, standardUncertainty: number, source: string): UncertaintySource {
  return {
    name,
    type: 'B',
    distribution: 'normal',
    standardUncertainty,
    unit: '°C',
    sensitivity: 1,
    degreesOfFreedom: Infinity,
    source,
  };
}

/** A ramp between two temperatures, and the slope that the readings gave, where there are any. */
export interface MeasuredRamp {
  readonly fromC: number;
  readonly toC: number;
  readonly rampCPerS: number;
  readonly calibrationPct: CalibrationPct;
  readonly slope?: Evaluated | null;
}

/** Relative half-width of the time base. */
const CLOCK = 1e-4;

/**
 * Rate of a ramp, b = (T₂ − T₁)/t: a calibration factor scales it, ∂b/∂ln f = b; an error of emissivity grows with T²,
 * ∂b/∂ln ε = b (λ/c₂)(T₂² − T₁²)/(T₂ − T₁); the clock −b; and the scatter around the line of least squares, which also
 * holds what the ramp was not straight. T in K, λ and c₂ as above. Source: JCGM 100:2008, H.3. Worked value: 100 °C/s
 * from 600 to 1000 °C, pyrometer certified to 0.2 %, ε within 2 %, no readings: u = √(0.1² + 0.1637²) = 0.192 °C/s.
 */
export function rampBudget(ramp: MeasuredRamp): UncertaintyBudget {
  const { fromC, toC, rampCPerS, calibrationPct, slope = null } = ramp;
  const growth = emissivityErrorK(toC + ZERO_CELSIUS_K, 1) - emissivityErrorK(fromC + ZERO_CELSIUS_K, 1);
  const relative = (name: string, halfWidth: number, sensitivity: number): UncertaintySource => ({
    ...limits(name, rectangular(halfWidth), ''),
    unit: '1',
    sensitivity,
  });
  return uncertaintyBudget({ quantity: 'ramp rate', unit: '°C/s', value: rampCPerS }, [
    calibrationSource({
      name: 'pyrometer',
      expandedPct: calibrationPct['pyrometer'],
      usualPct: USUAL_PCT.pyrometer,
      sensitivity: rampCPerS,
    }),
    {
      ...relative('emissivity', EMISSIVITY_TOLD, (rampCPerS * growth) / (toC - fromC)),
      source: 'told to ±2 %; its effect grows with T²',
    },
    { ...relative('clock', CLOCK, -rampCPerS), source: 'time base of the control loop' },
    ...(slope === null
      ? []
      : [
          {
            ...ownSource('straightness', slope.standardUncertainty, 'scatter around the fitted line'),
            type: 'A' as const,
            unit: '°C/s',
            degreesOfFreedom: slope.degreesOfFreedom,
          },
        ]),
  ]);
}
