import { initialDoseIntegratorState, stepDoseIntegrator, stepScanControl } from '@spectra/control';
import type { ScanStep } from '@spectra/control';
import type { Controller, ControlDecision } from '@spectra/run-engine';
import { analyzerFieldT, extractionVoltageKv } from './beam-line.ts';
import { planBeam, scannedAreaCm2 } from './beam-plan.ts';
import { ionFrame } from './channels.ts';
import { ionConditions } from './conditions.ts';
import { mapUniformityPct, meanOnWafer, thumbnail } from './dose-map.ts';
import { monitorBeam, monitoringAtRest } from './monitor-beam.ts';
import { safeSetpoints } from './plant.ts';
import { scanStateFrom } from './resume-scan.ts';
import { TOOL } from './tool.ts';
import { measuredWaveform, mapWaveform } from './waveform-control.ts';
import type { IonControl, IonPlanned, IonReadings, IonSetpoints, IonTypes, IonWaferResult } from './types.ts';

/** Beam must stay within this of its setpoint, for this long, before the wafer may see it. */
const STEADY = { share: 0.03, fieldShare: 2e-3, forS: 0.6 } as const;
/** After the beam came back from a glitch it must be steady this long. */
const RETURN_S = 0.2;
const RETURNED_SHARE = 0.03;
/** Integral time of beam-current control and its reach. */
const TRIM = { timeS: 4, lowest: 0.7, highest: 1.3 } as const;

/**
 * Control of one wafer: establish the beam in the cup, tune the fast scan, then scan stroke by stroke until the
 * setpoint dose is reached, and take the energy away. A resumed wafer goes the same way and continues the
 * stroke where the tool's recorder says that it stopped.
 */
export const ionController: Controller<IonTypes> = {
  start({ recipe, readings, factors }) {
    const planned = plan(recipe, factors);
    const dosePerCm2 = readings.integratedDosePerCm2;
    return {
      planned,
      phase: 'establish',
      scan: scanStateFrom(planned, readings),
      integrator: initialDoseIntegratorState(dosePerCm2),
      dosePerCm2,
      doseRatePerCm2S: 0,
      trim: 1,
      steadyS: 0,
      sinceCutS: RETURN_S,
      recentBeamMa: [0, 0],
      waveform: readings.waveform,
      doseMapPerCm2: readings.doseMapPerCm2,
      uniformityPct: null,
      cupToDrain: 1,
      ...monitoringAtRest(),
      tally: {
        beamS: 0,
        chargeMaS: 0,
        glitches: 0,
        peakTempC: readings.waferTempC,
        pressureSumTorrS: 0,
        elapsedS: 0,
        driftAlarms: 0,
        spcAlarms: 0,
      },
    };
  },
  step(control, readings, dtS) {
    const watched = watch(control, readings, dtS);
    const act = ACTIONS[watched.phase];
    return act(watched, readings, dtS);
  },
  waferResult,
};

type Action = (control: IonControl, readings: IonReadings, dtS: number) => ControlDecision<IonTypes>;

const ACTIONS: Record<IonControl['phase'], Action> = {
  establish(control, readings, dtS) {
    const steady = isSteady(control, readings) ? control.steadyS + dtS : 0;
    const tuned = { ...control, steadyS: steady, waveform: measuredWaveform(control, readings) };
    if (steady < STEADY.forS) return decide(tuned, readings, running(tuned, 0, 0));
    const scan = { ...tuned.scan, currentMa: waferCurrentMa(tuned, readings) };
    return ACTIONS.scan({ ...tuned, phase: 'scan', scan }, readings, dtS);
  },
  scan(control, readings, dtS) {
    const stepped = stepScan(control, readings, dtS);
    const next = afterStroke({ ...control, scan: stepped.state }, readings);
    if (stepped.state.status === 'complete' || readings.doseGateClosed) {
      return decide({ ...next, phase: 'shutdown' }, readings, safeSetpoints());
    }
    const { speedMmPerS, moveS, beamOn } = stepped.state.commanded;
    const setpoints = running(next, stepped.state.direction * speedMmPerS, moveS);
    return decide(next, readings, { ...setpoints, beamOn });
  },
  shutdown(control, readings) {
    const safe = !readings.highVoltage && !readings.gateOpen;
    const judged = afterStroke(control, readings);
    return decide({ ...judged, phase: safe ? 'done' : 'shutdown' }, readings, safeSetpoints());
  },
  done(control, readings) {
    return decide(control, readings, safeSetpoints());
  },
};

function plan(recipe: IonTypes['recipe'], factors: Readonly<Record<string, number>>): IonPlanned {
  const beam = planBeam(recipe);
  return {
    recipe,
    scan: beam.settings,
    passes: beam.scan.passes,
    beamCurrentMa: beam.beamCurrentMa,
    extractionVoltageKv: extractionVoltageKv(recipe),
    analyzerFieldT: analyzerFieldT(recipe),
    factors: {
      cup: factors['beam_current_integrator'] ?? 1,
      probe: factors['analyzer_magnet_probe'] ?? 1,
      gauge: factors['vacuum_gauge'] ?? 1,
    },
  };
}

/** Dose, sensors' agreement, drift and charts: what is watched in every phase. */
function watch(control: IonControl, readings: IonReadings, dtS: number): IonControl {
  const { planned, tally } = control;
  const chargeMaS = readings.waferChargeMaS * planned.factors.cup;
  const counted = stepDoseIntegrator(integratorSettings(planned), control.integrator, {
    beamCurrentMa: chargeMaS / dtS,
    pressureTorr: readings.processPressureTorr * planned.factors.gauge,
    dtS,
  });
  const litS = chargeMaS > 0 ? control.scan.commanded.moveS : 0;
  return monitorBeam(
    {
      ...control,
      integrator: counted.state,
      dosePerCm2: counted.dosePerCm2,
      doseRatePerCm2S: Math.max(0, counted.dosePerCm2 - control.dosePerCm2) / dtS,
      sinceCutS: readings.cut ? 0 : control.sinceCutS + dtS,
      recentBeamMa: [control.recentBeamMa[1], readings.beamCurrentMa],
      trim: trimmed(control, readings, dtS),
      tally: {
        ...tally,
        beamS: tally.beamS + litS,
        chargeMaS: tally.chargeMaS + chargeMaS,
        glitches: tally.glitches + (readings.cut ? 1 : 0),
        peakTempC: Math.max(tally.peakTempC, readings.waferTempC),
        pressureSumTorrS: tally.pressureSumTorrS + readings.processPressureTorr * planned.factors.gauge * dtS,
        elapsedS: tally.elapsedS + dtS,
      },
    },
    readings,
    dtS,
  );
}

function integratorSettings(planned: IonPlanned) {
  return {
    chargeState: TOOL.chargeState,
    scannedAreaCm2: scannedAreaCm2(planned.scan),
    exchangeCrossSectionCm2: TOOL.exchangeCrossSectionCm2,
    exchangePathCm: TOOL.exchangePathCm,
  };
}

/** Slow integral control of the source, at rest while the beam is gone. */
function trimmed(control: IonControl, readings: IonReadings, dtS: number): number {
  const ratio = (readings.beamCurrentMa * control.planned.factors.cup) / control.planned.beamCurrentMa;
  if (control.phase !== 'scan' || readings.cut || ratio < 0.5) return control.trim;
  const wanted = control.trim + ((1 - ratio) * dtS) / TRIM.timeS;
  return Math.min(Math.max(wanted, TRIM.lowest), TRIM.highest);
}

function isSteady(control: IonControl, readings: IonReadings): boolean {
  const { planned } = control;
  const ratio = (readings.beamCurrentMa * planned.factors.cup) / planned.beamCurrentMa;
  const field = (readings.analyzerFieldT * planned.factors.probe) / planned.analyzerFieldT;
  return Math.abs(ratio - 1) < STEADY.share && Math.abs(field - 1) < STEADY.fieldShare;
}

/** Current on the wafer with neutrals: what the cup sees now, corrected as the integrator does. */
function waferCurrentMa(control: IonControl, readings: IonReadings): number {
  const { factors } = control.planned;
  const exponent = TOOL.exchangePerTorr * Math.max(0, readings.processPressureTorr) * factors.gauge;
  return readings.beamCurrentMa * factors.cup * Math.exp(Math.min(exponent, 0.5));
}

/**
 * One step of the slow scan. While the beam is on, it counts the charge that really went to the wafer; while it is
 * parked, the cup's current says how fast the stage may go. After a cut the stage goes on from where it stands.
 */
function stepScan(control: IonControl, readings: IonReadings, dtS: number): ScanStep {
  const { scan, planned } = control;
  const { beamOn, moveS } = scan.commanded;
  const parkedMa = waferCurrentMa(control, readings);
  const onWaferMa = moveS > 0 ? (control.doseRatePerCm2S * dtS) / doseRatePerMa(planned) / moveS : 0;
  const beamReady = !readings.cut && control.sinceCutS >= RETURN_S && (beamOn || isBack(control));
  const stepped = stepScanControl(planned.scan, scan, {
    beamCurrentMa: beamOn ? onWaferMa : parkedMa,
    beamReady,
    dtS,
  });
  if (!readings.cut) return stepped;
  return { ...stepped, state: { ...stepped.state, positionMm: readings.positionMm } };
}

/** A beam that came back within the last interval reads too low on average; its next reading tells. */
function isBack(control: IonControl): boolean {
  const [before, now] = control.recentBeamMa;
  return now > 0.5 * control.planned.beamCurrentMa && Math.abs(now - before) < RETURNED_SHARE * now;
}

function doseRatePerMa(planned: IonPlanned): number {
  return 1e-3 / (TOOL.chargeState * 1.602176634e-19 * scannedAreaCm2(planned.scan));
}

/** When a stroke has ended the tool shows its dose map: judge it, and even out the next stroke. */
function afterStroke(control: IonControl, readings: IonReadings): IonControl {
  if (readings.doseMapPerCm2 === null) return control;
  return {
    ...control,
    doseMapPerCm2: readings.doseMapPerCm2,
    uniformityPct: mapUniformityPct(readings.doseMapPerCm2, control.planned),
    waveform: mapWaveform(control, readings.doseMapPerCm2),
  };
}

/** Setpoints with the beam established; the wafer sees it only where `beamOn` is set. */
function running(control: IonControl, stageSpeedMmPerS: number, moveS: number): IonSetpoints {
  const { planned } = control;
  return {
    highVoltage: true,
    extractionVoltageKv: planned.extractionVoltageKv,
    sourceCurrentMa: planned.beamCurrentMa * control.trim,
    analyzerFieldT: planned.analyzerFieldT,
    stageSpeedMmPerS,
    moveS,
    beamOn: false,
    waveform: control.waveform,
    cupFactor: planned.factors.cup,
  };
}

function decide(
  control: IonControl,
  readings: IonReadings,
  setpoints: IonSetpoints,
): ControlDecision<IonTypes> {
  const share = control.dosePerCm2 / control.planned.recipe.dosePerCm2;
  const picture =
    readings.doseMapPerCm2 === null ? undefined : thumbnail(readings.doseMapPerCm2, control.planned);
  return {
    control,
    setpoints,
    done: control.phase === 'done',
    fraction: control.phase === 'done' ? 1 : Math.min(1, share),
    exposed: control.dosePerCm2 > 0 || setpoints.beamOn,
    frame: ionFrame(control, readings, setpoints),
    conditions: ionConditions(control, readings),
    ...(picture ? { picture } : {}),
  };
}

function waferResult(control: IonControl, readings: IonReadings): IonWaferResult {
  const { planned, tally } = control;
  const map = readings.doseMapPerCm2 ?? control.doseMapPerCm2 ?? [];
  return {
    dosePerCm2: control.dosePerCm2,
    doseErrorPct: 100 * (control.dosePerCm2 / planned.recipe.dosePerCm2 - 1),
    waferDosePerCm2: meanOnWafer(map, planned),
    uniformityPct: mapUniformityPct(map, planned),
    meanBeamCurrentMa: tally.beamS > 0 ? tally.chargeMaS / tally.beamS : 0,
    beamTimeS: tally.beamS,
    passes: readings.pass + 1,
    glitches: tally.glitches,
    peakTempC: tally.peakTempC,
    meanPressureTorr: tally.elapsedS > 0 ? tally.pressureSumTorrS / tally.elapsedS : 0,
    driftAlarms: tally.driftAlarms,
    spcAlarms: tally.spcAlarms,
    doseMapPerCm2: map,
  };
}
