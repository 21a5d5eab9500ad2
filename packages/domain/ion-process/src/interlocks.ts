import type { Interlock } from '@spectra/run-engine';
import type { IonControl, IonReadings, IonTypes } from './types.ts';

/** Delivered dose may never exceed the setpoint by more than this share. */
export const DOSE_TOLERANCE_SHARE = 0.005;

/** Limits beyond which the beam is taken off the wafer. */
export const LIMIT = {
  processPressureTorr: 2e-5,
  beamCurrentShare: 0.25,
  cupToDrainShare: 0.04,
  fieldShare: 0.01,
  waferTempC: 110,
  uniformityPct: 3,
  angleDeg: 0.5,
} as const;

/** Conditions that force the safe state: gate closed, high voltage off. */
export const ionInterlocks: readonly Interlock<IonTypes>[] = [
  watching('process_pressure', 'process_pressure_torr', 0.3, (readings, control) =>
    above(
      readings.processPressureTorr * control.planned.factors.gauge,
      LIMIT.processPressureTorr,
      'the process pressure is too high',
    ),
  ),
  {
    id: 'beam_current',
    parameter: 'beam_current_ma',
    toleratedS: 5,
    violation(readings, control) {
      if (control.phase === 'shutdown' || control.phase === 'done') return null;
      const currentMa = readings.beamCurrentMa * control.planned.factors.cup;
      const plannedMa = control.planned.beamCurrentMa;
      if (Math.abs(currentMa / plannedMa - 1) <= LIMIT.beamCurrentShare) return null;
      const limit = plannedMa * (1 + Math.sign(currentMa - plannedMa) * LIMIT.beamCurrentShare);
      return { value: currentMa, limit, message: 'the beam current is out of its band' };
    },
  },
  watching('faraday_mismatch', 'beam_current_ma', 0.5, (_, control) => {
    const { cupToDrain } = control;
    if (Math.abs(cupToDrain - 1) <= LIMIT.cupToDrainShare) return null;
    const limit = 1 + Math.sign(cupToDrain - 1) * LIMIT.cupToDrainShare;
    return {
      value: cupToDrain,
      limit,
      message: 'Faraday cup and drain current do not agree: the dose is in doubt',
    };
  }),
  {
    id: 'analyzer_field',
    parameter: 'analyzer_field_t',
    toleratedS: 2,
    violation(readings, control) {
      if (control.phase === 'shutdown' || control.phase === 'done') return null;
      const wantedT = control.planned.analyzerFieldT;
      const fieldT = readings.analyzerFieldT * control.planned.factors.probe;
      if (Math.abs(fieldT / wantedT - 1) <= LIMIT.fieldShare) return null;
      const limit = wantedT * (1 + Math.sign(fieldT - wantedT) * LIMIT.fieldShare);
      return { value: fieldT, limit, message: 'the analyser field does not pass the wanted mass' };
    },
  },
  watching('wafer_temperature', 'wafer_temp_c', 0.5, (readings) =>
    above(readings.waferTempC, LIMIT.waferTempC, 'the wafer is too hot'),
  ),
  watching('dose_uniformity', 'dose_uniformity_pct', 0, (_, control) => {
    const judged = control.scan.pass * 2 >= control.planned.passes;
    return judged
      ? above(control.uniformityPct ?? 0, LIMIT.uniformityPct, 'the dose is too uneven over the wafer')
      : null;
  }),
  watching('wafer_angle', 'tilt_deg', 0.5, (readings, control) => {
    const { tiltDeg, twistDeg } = control.planned.recipe;
    const off = Math.max(Math.abs(readings.tiltDeg - tiltDeg), Math.abs(readings.twistDeg - twistDeg));
    return above(off, LIMIT.angleDeg, 'the wafer is off its tilt or twist');
  }),
  {
    id: 'overdose',
    parameter: 'integrated_dose_atoms_cm2',
    toleratedS: 0,
    violation(_, control) {
      const limit = control.planned.recipe.dosePerCm2 * (1 + DOSE_TOLERANCE_SHARE);
      return above(control.dosePerCm2, limit, 'the dose exceeds its tolerance');
    },
  },
];

type Violation = ReturnType<Interlock<IonTypes>['violation']>;

/** An interlock that matters while the wafer is being scanned. */
function watching(
  id: string,
  parameter: string,
  toleratedS: number,
  violation: (readings: IonReadings, control: IonControl) => Violation,
): Interlock<IonTypes> {
  return {
    id,
    parameter,
    toleratedS,
    violation: (readings, control) => (control.phase === 'scan' ? violation(readings, control) : null),
  };
}

function above(value: number, limit: number, message: string): Violation {
  return value > limit ? { value, limit, message } : null;
}
