import type { MpcState, PidState } from '@spectra/control';
import type { IonSpecies, SimulatorFault } from '@spectra/schemas';
import type { RtpPlantState } from '@spectra/thermal-physics';

/** One segment in the units of the domain. */
export interface RtpSegment {
  readonly kind: 'normal' | 'spike';
  readonly targetC: number;
  readonly durationS: number;
  /** Ramp that was asked for; null: as the duration allows. */
  readonly rampCPerS: number | null;
}

/** The implant that an anneal activates when the wafer brings no record of its own. */
export interface ImplantContext {
  readonly species: IonSpecies;
  readonly energyKeV: number;
  readonly dosePerCm2: number;
  readonly tiltDeg: number;
}

/** An anneal in the units of the domain, with its planned temperature. */
export interface RtpRecipe {
  readonly segments: readonly RtpSegment[];
  readonly initialC: number;
  readonly n2FlowSlm: number;
  readonly o2FlowSlm: number;
  readonly pressureTorr: number;
  /** Emissivity of the wafer with its films, as the engineer knows it: the pyrometers are told this value. */
  readonly emissivity: number;
  readonly controller: 'pid' | 'mpc';
  readonly gains: PidGains;
  readonly weights: MpcWeights;
  readonly waferDiameterMm: 200 | 300;
  readonly implant: ImplantContext | null;
  readonly plan: TemperaturePlan;
}

/** PID gains as they are posted: per cent of lamp power per per cent of a 1000 °C span (10 °C), seconds as time. */
export interface PidGains {
  readonly kp: number;
  readonly ki: number;
  readonly kd: number;
}

/** Weights of predictive control, per zone. */
export interface MpcWeights {
  /** Cost per squared °C of tracking error. */
  readonly tracking: number;
  /** Cost per squared lamp fraction away from the feed-forward power, and per squared change. */
  readonly power: number;
  readonly change: number;
}

/** Setpoint over time: knots with straight lines between them, and what became of each segment. */
export interface TemperaturePlan {
  readonly timeS: readonly number[];
  readonly tempC: readonly number[];
  readonly segments: readonly PlannedSegment[];
  readonly endS: number;
}

/** One segment as it will run. */
export interface PlannedSegment {
  readonly startS: number;
  /** When the setpoint reaches the target. */
  readonly reachedS: number;
  readonly endS: number;
  readonly fromC: number;
  readonly targetC: number;
  readonly askedCPerS: number;
  /** Lowest temperature of the part in which the plant cannot follow what was asked, and what it can do there. */
  readonly limited: { readonly fromC: number; readonly toC: number; readonly slowestCPerS: number } | null;
}

/** What the controller tells the chamber for the next interval. */
export interface RtpSetpoints {
  readonly lampPowerPct: readonly number[];
  readonly n2FlowSlm: number;
  readonly o2FlowSlm: number;
  readonly pressureTorr: number;
}

/** What the chamber reports, uncalibrated. */
export interface RtpReadings {
  /** Per zone, at the emissivity the pyrometers were told; null while blind. */
  readonly pyrometerC: readonly (number | null)[];
  readonly thermocoupleC: readonly number[];
  /** Read back from the lamp supplies. */
  readonly lampPowerPct: readonly number[];
  readonly n2FlowSlm: number;
  readonly o2FlowSlm: number;
  readonly pressureTorr: number;
}

/** Simulated chamber with one wafer. */
export interface RtpPlant {
  readonly constants: {
    readonly seed: number;
    readonly noiseScale: number;
    readonly faults: readonly SimulatorFault[];
    readonly waferDiameterMm: 200 | 300;
    readonly emissivity: number;
    readonly thermocoupleOffsetK: readonly number[];
  };
  readonly counter: number;
  readonly timeS: number;
  readonly chamber: RtpPlantState;
  readonly thermocoupleK: readonly number[];
  readonly gas: { readonly n2FlowSlm: number; readonly o2FlowSlm: number; readonly pressureTorr: number };
  readonly peakTempC: number;
  readonly lampEnergyJ: number;
  readonly readings: RtpReadings;
}

/** Lamp power that holds or ramps a uniform wafer, tabulated over temperature. */
export interface FeedForwardTable {
  readonly firstC: number;
  readonly stepC: number;
  /** Per temperature: lamp fraction of each zone at rest, and ramp in °C/s per unit of lamp fraction. */
  readonly steady: readonly (readonly number[])[];
  readonly rampPerFraction: readonly number[];
}

/** Tables of a wafer as told and of one that radiates less or more, by rising emissivity. */
export interface FeedForward {
  readonly emissivities: readonly number[];
  readonly tables: readonly FeedForwardTable[];
}

/** Running statistics of a wafer. */
export interface RtpTally {
  readonly rampErrorSum: number;
  readonly rampSamples: number;
  readonly overshootC: number;
  readonly soakSamples: number;
  readonly soakErrorSum: number;
  readonly soakErrorSquares: number;
  readonly soakSpreadMax: number;
  readonly finalC: number;
  readonly peakC: number;
  readonly spcAlarms: number;
}

/** What the controller is told once per wafer. */
export interface RtpPlanned {
  readonly plan: TemperaturePlan;
  readonly feedForward: FeedForward;
  readonly mode: 'pid' | 'mpc';
  readonly gains: PidGains;
  readonly weights: MpcWeights;
  readonly emissivity: number;
  readonly waferDiameterMm: 200 | 300;
  readonly gas: { readonly n2FlowSlm: number; readonly o2FlowSlm: number; readonly pressureTorr: number };
  readonly factors: {
    readonly pyrometer: number;
    readonly thermocouple: number;
    readonly gauge: number;
    readonly flow: number;
  };
}

/** Terms of the controller's output, mean over the zones, in per cent of lamp power. */
export interface OutputTerms {
  readonly feedForward: number;
  readonly proportional: number | null;
  readonly integral: number | null;
  readonly derivative: number | null;
  readonly predictive: number | null;
}

/** Memory of the controller. */
export interface RtpControl {
  readonly planned: RtpPlanned;
  readonly phase: 'process' | 'cooldown' | 'done';
  readonly timeS: number;
  /** Null during cool-down: nothing is tracked any more. */
  readonly setpointC: number | null;
  readonly rampCPerS: number;
  /** How long the setpoint has been at rest. */
  readonly settledS: number;
  readonly measuredC: readonly number[];
  readonly estimatedC: readonly number[];
  readonly thermocoupleC: readonly number[];
  readonly emissivity: number;
  readonly pid: readonly PidState[];
  readonly mpc: MpcState | null;
  readonly terms: OutputTerms;
  /** Lamp command for the coming interval and for the one before, to compare with the read-back. */
  readonly commandPct: readonly number[];
  readonly lastCommandPct: readonly number[];
  readonly exposed: boolean;
  readonly second: { readonly lastedS: number; readonly samples: number; readonly errorSum: number };
  readonly errorChart: { readonly ewma: number; readonly samples: number };
  readonly errorAlarm: boolean;
  readonly tally: RtpTally;
}

/** What is known of a wafer when it is finished. Plain JSON. */
export interface RtpWaferResult {
  readonly finalC: number;
  readonly targetC: number;
  readonly peakC: number;
  readonly overshootC: number;
  readonly meanRampErrorC: number;
  readonly soakErrorC: number | null;
  readonly soakSigmaC: number | null;
  readonly zoneSpreadC: number | null;
  readonly emissivity: number;
  readonly spcAlarms: number;
}

/** The types of the anneal process. */
export interface RtpTypes {
  recipe: RtpRecipe;
  plant: RtpPlant;
  setpoints: RtpSetpoints;
  readings: RtpReadings;
  control: RtpControl;
  waferResult: RtpWaferResult;
}
