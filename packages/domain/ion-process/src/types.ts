import type { IonSpecies, SimulatorFault } from '@spectra/schemas';
import type { DoseIntegratorState, ScanSettings, ScanState } from '@spectra/control';
import type { CusumState, EwmaState } from '@spectra/spc';

/** An implant in the units of the domain. */
export interface IonRecipe {
  readonly species: IonSpecies;
  readonly energyKeV: number;
  /** Ions per cm² of wafer surface. */
  readonly dosePerCm2: number;
  readonly tiltDeg: number;
  readonly twistDeg: number;
  readonly beamCurrentMa: number;
  readonly scanSpeedMmPerS: number;
  readonly waferDiameterMm: 150 | 200 | 300;
}

/** What the controller tells the implanter for the next interval. */
export interface IonSetpoints {
  readonly highVoltage: boolean;
  readonly extractionVoltageKv: number;
  /** Beam current that the source shall give. */
  readonly sourceCurrentMa: number;
  readonly analyzerFieldT: number;
  /** Signed stage speed, held for `moveS` from the start of the interval; then the stage stands. */
  readonly stageSpeedMmPerS: number;
  readonly moveS: number;
  /** Opens the gate while the stage moves; the tool closes it by itself when the beam fails or the dose is reached. */
  readonly beamOn: boolean;
  /** Dwell of the fast scan at each column of the wafer, mean 1. */
  readonly waveform: readonly number[];
  /** Calibration factor of the Faraday cup that the tool's own dose gate shall use. */
  readonly cupFactor: number;
}

/** What the implanter reports. Raw sensor values: calibration factors are the controller's business. */
export interface IonReadings {
  readonly highVoltage: boolean;
  readonly gateOpen: boolean;
  /** Mean Faraday current of the interval, whether the beam was on the wafer or parked in the cup. */
  readonly beamCurrentMa: number;
  /** Charge per time that went to the wafer, in mA s, as the cup counts it. */
  readonly waferChargeMaS: number;
  /** Independent, coarser monitor: beam current by the power-supply drain. */
  readonly drainCurrentMa: number;
  /** The tool closed the gate by itself in this interval because the beam failed. */
  readonly cut: boolean;
  /** The tool's own dose gate has closed for good. */
  readonly doseGateClosed: boolean;
  readonly positionMm: number;
  readonly speedMmPerS: number;
  /** Strokes begun so far, less one; −1 before the first. */
  readonly pass: number;
  /** Mean dose over the stroke as the tool's own integrator has it. */
  readonly integratedDosePerCm2: number;
  readonly stripDosePerCm2: readonly number[];
  /** Dwell of the fast scan that is in force. */
  readonly waveform: readonly number[];
  /** Relative beam at each column of the wafer, measured while the beam is parked; null while it is not. */
  readonly columnProfile: readonly number[] | null;
  /** Dose at strip × column; only when a stroke has ended, and when the tool is asked. */
  readonly doseMapPerCm2: readonly (readonly number[])[] | null;
  readonly sourcePressureTorr: number;
  readonly analyzerPressureTorr: number;
  readonly processPressureTorr: number;
  readonly analyzerFieldT: number;
  readonly extractionVoltageKv: number;
  readonly waferTempC: number;
  readonly tiltDeg: number;
  readonly twistDeg: number;
}

/** What stays the same while a wafer is on the simulated implanter. */
export interface IonPlantConstants {
  readonly seed: number;
  readonly noiseScale: number;
  readonly faults: readonly SimulatorFault[];
  readonly recipe: IonRecipe;
  /** Field at which the wanted mass passes the slit. */
  readonly passFieldT: number;
  readonly stripCount: number;
  readonly strokeMm: number;
  readonly scannedAreaCm2: number;
  /** The fast scan's own unevenness at each column, mean 1. */
  readonly columnShape: readonly number[];
}

/** Simulated implanter with one wafer. */
export interface IonPlant {
  readonly constants: IonPlantConstants;
  readonly counter: number;
  readonly timeS: number;
  readonly highVoltage: boolean;
  readonly gateOpen: boolean;
  readonly doseGateClosed: boolean;
  readonly extractionVoltageKv: number;
  readonly fieldT: number;
  /** Beam behind the analysing slit without noise, and its noise parts. */
  readonly currentMa: number;
  readonly flicker: readonly number[];
  readonly glitchUntilS: number;
  readonly pressuresTorr: { readonly source: number; readonly analyzer: number; readonly process: number };
  readonly waferTempC: number;
  readonly positionMm: number;
  readonly direction: 1 | -1;
  readonly pass: number;
  readonly waveform: readonly number[];
  /** Dose of the stroke under way, by strip, and of the finished strokes, by strip and column. */
  readonly passStrips: readonly number[];
  readonly map: readonly (readonly number[])[];
  /** Ions that passed the ends of the stroke, as a mean over it. */
  readonly beyondStrokePerCm2: number;
  /** Mean over the stroke: ions and neutrals that really arrived, and what the tool's integrator counted. */
  readonly trueDosePerCm2: number;
  readonly countedDosePerCm2: number;
  readonly beamS: number;
  readonly readings: IonReadings;
}

/** Running statistics of a wafer that end in its result. */
interface IonTally {
  readonly beamS: number;
  readonly chargeMaS: number;
  readonly glitches: number;
  readonly peakTempC: number;
  readonly pressureSumTorrS: number;
  readonly elapsedS: number;
  readonly driftAlarms: number;
  readonly spcAlarms: number;
}

/** What the controller is told once per wafer. */
export interface IonPlanned {
  readonly recipe: IonRecipe;
  readonly scan: ScanSettings;
  readonly passes: number;
  readonly beamCurrentMa: number;
  readonly extractionVoltageKv: number;
  readonly analyzerFieldT: number;
  readonly factors: { readonly cup: number; readonly probe: number; readonly gauge: number };
}

/** Sums over the running second of monitoring. */
interface MonitoredSecond {
  readonly lastedS: number;
  readonly samples: number;
  /** Current per commanded source current, and current per planned current. */
  readonly yieldSum: number;
  readonly ratioSum: number;
}

/** Memory of the controller. */
export interface IonControl {
  readonly planned: IonPlanned;
  readonly phase: 'establish' | 'scan' | 'shutdown' | 'done';
  readonly scan: ScanState;
  readonly integrator: DoseIntegratorState;
  readonly dosePerCm2: number;
  readonly doseRatePerCm2S: number;
  /** Correction that beam-current control puts on the source's setpoint. */
  readonly trim: number;
  readonly steadyS: number;
  readonly sinceCutS: number;
  /** Faraday current of the last two readings: a beam that has come back is steady over both. */
  readonly recentBeamMa: readonly [number, number];
  readonly waveform: readonly number[];
  readonly doseMapPerCm2: readonly (readonly number[])[] | null;
  readonly uniformityPct: number | null;
  /** Smoothed ratio of the two current sensors. */
  readonly cupToDrain: number;
  /** Sums of the running second of monitoring. */
  readonly second: MonitoredSecond;
  readonly baselineYield: { readonly sum: number; readonly samples: number };
  readonly drift: CusumState;
  readonly driftAlarm: 'none' | 'high' | 'low';
  readonly currentChart: EwmaState;
  readonly currentAlarm: boolean;
  readonly tally: IonTally;
}

/** What is known of a wafer when it is finished. Plain JSON. */
export interface IonWaferResult {
  readonly dosePerCm2: number;
  readonly doseErrorPct: number;
  /** Mean of the dose map over the wafer. */
  readonly waferDosePerCm2: number;
  readonly uniformityPct: number;
  readonly meanBeamCurrentMa: number;
  readonly beamTimeS: number;
  readonly passes: number;
  readonly glitches: number;
  readonly peakTempC: number;
  readonly meanPressureTorr: number;
  readonly driftAlarms: number;
  readonly spcAlarms: number;
  readonly doseMapPerCm2: readonly (readonly number[])[];
}

/** The types of the implant process. */
export interface IonTypes {
  recipe: IonRecipe;
  plant: IonPlant;
  setpoints: IonSetpoints;
  readings: IonReadings;
  control: IonControl;
  waferResult: IonWaferResult;
}
