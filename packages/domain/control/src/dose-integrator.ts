import { requirePositive, requireWithin } from './require-number.ts';

const ELEMENTARY_CHARGE_C = 1.602176634e-19;
const GAS_DENSITY_PER_CM3_AT_1_TORR_300_K = 3.2188e16;
/** Beyond this the single-collision picture of charge exchange no longer holds. */
const EXCHANGE_EXPONENT_MAX = 0.5;

/** What a dose integrator is told once per implant. */
export type DoseIntegratorSettings = {
  /** Charges per ion as it arrives, 1 to 4. */
  readonly chargeState: number;
  /** Area over which the beam is scanned, wafer and overscan together, cm². */
  readonly scannedAreaCm2: number;
  /** Charge-exchange cross section of the beam in the residual gas, cm²; 0 switches the correction off. */
  readonly exchangeCrossSectionCm2: number;
  /** Length of the beam path between the last magnet and the Faraday cup, cm. */
  readonly exchangePathCm: number;
};

/** The integrated dose; `carryPerCm2` holds what rounding would lose (Neumaier summation). */
export type DoseIntegratorState = {
  readonly sumPerCm2: number;
  readonly carryPerCm2: number;
};

/** One sample: the mean Faraday current over the last `dtS` seconds and the chamber pressure. */
export type DoseSample = {
  readonly beamCurrentMa: number;
  readonly pressureTorr: number;
  readonly dtS: number;
};

/** The new total, and the current the wafer really received. */
export type DoseIntegratorStep = {
  readonly state: DoseIntegratorState;
  readonly dosePerCm2: number;
  readonly correctedCurrentMa: number;
  /** True when the pressure was too high for the correction, which then stands at its limit. */
  readonly pressureOutOfRange: boolean;
};

/** An integrator at zero, or one that continues an interrupted implant. */
export function initialDoseIntegratorState(dosePerCm2 = 0): DoseIntegratorState {
  return { sumPerCm2: dosePerCm2, carryPerCm2: 0 };
}

/**
 * Dose from beam charge: D = ∫ I dt / (n e A), with the current corrected for ions that were neutralised by
 * residual gas: they hit the wafer but are not counted by the cup, I = I_cup exp(σ L p / k T).
 *
 * I current, A; n charge state; e 1.602176634e-19 C; A scanned area, cm²; σ charge-exchange cross section,
 * cm²; L path, cm; p/kT gas density, 3.2188e16 cm⁻³ per Torr at 300 K. Source: Ryssel & Ruge, Ion
 * Implantation (1986), section 5.3 (dosimetry errors by neutrals). Valid for σ L p / k T ≤ 0.5; above, the
 * correction stays at that limit and says so, because a running integrator must not stop counting.
 * Worked value: 1 mA for 10 s, n = 1, 1000 cm², no correction: 6.2415e13 cm⁻².
 */
export function stepDoseIntegrator(
  settings: DoseIntegratorSettings,
  state: DoseIntegratorState,
  sample: DoseSample,
): DoseIntegratorStep {
  requirePositive('dtS', sample.dtS);
  const exchange = chargeExchangeFactor(settings, sample.pressureTorr);
  const correctedCurrentMa = sample.beamCurrentMa * exchange.factor;
  const added = doseRatePerCm2S(settings, correctedCurrentMa) * sample.dtS;
  const next = addExactly(state, added);
  return {
    state: next,
    dosePerCm2: next.sumPerCm2 + next.carryPerCm2,
    correctedCurrentMa,
    pressureOutOfRange: exchange.outOfRange,
  };
}

/** Dose rate of a beam over the scanned area, cm⁻² s⁻¹: I / (n e A). 1 mA, n = 1, 1000 cm²: 6.2415e12. */
export function doseRatePerCm2S(
  settings: Pick<DoseIntegratorSettings, 'chargeState' | 'scannedAreaCm2'>,
  beamCurrentMa: number,
): number {
  requirePositive('scannedAreaCm2', settings.scannedAreaCm2);
  requireWithin('chargeState', settings.chargeState, [1, 4]);
  return (beamCurrentMa * 1e-3) / (settings.chargeState * ELEMENTARY_CHARGE_C * settings.scannedAreaCm2);
}

function chargeExchangeFactor(settings: DoseIntegratorSettings, pressureTorr: number) {
  const densityPerCm3 = Math.max(0, pressureTorr) * GAS_DENSITY_PER_CM3_AT_1_TORR_300_K;
  const exponent = densityPerCm3 * settings.exchangeCrossSectionCm2 * settings.exchangePathCm;
  const outOfRange = exponent > EXCHANGE_EXPONENT_MAX;
  return { factor: Math.exp(Math.min(exponent, EXCHANGE_EXPONENT_MAX)), outOfRange };
}

function addExactly(state: DoseIntegratorState, added: number): DoseIntegratorState {
  const sum = state.sumPerCm2 + added;
  const lost =
    Math.abs(state.sumPerCm2) >= Math.abs(added)
      ? state.sumPerCm2 - sum + added
      : added - sum + state.sumPerCm2;
  return { sumPerCm2: sum, carryPerCm2: state.carryPerCm2 + lost };
}
