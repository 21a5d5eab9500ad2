import type { Condition } from '@spectra/run-engine';
import { CURRENT_CHART } from './monitor-beam.ts';
import type { IonControl, IonReadings } from './types.ts';

/** From here on a person should look; interlocks stand further out. */
export const WARNING = {
  processPressureTorr: 5e-6,
  waferTempC: 90,
  uniformityPct: 1,
} as const;

/** What a person should know about the beam, the vacuum, the wafer and the dose while it lasts. */
export function ionConditions(control: IonControl, readings: IonReadings): Condition[] {
  if (control.phase !== 'scan') return [];
  return [...beamConditions(control), ...waferConditions(control, readings)];
}

function beamConditions(control: IonControl): Condition[] {
  const { driftAlarm, drift, currentAlarm, currentChart, scan } = control;
  const found: Condition[] = [];
  if (driftAlarm !== 'none') {
    found.push({
      id: 'beam_drift',
      parameter: 'beam_current_ma',
      message: `The source drifts ${driftAlarm === 'high' ? 'up' : 'down'} (CUSUM of its yield)`,
      severity: 'warning',
      value: Math.max(drift.upper, drift.lower),
      limit: 5,
    });
  }
  if (currentAlarm) {
    found.push({
      id: 'spc.beam_current',
      parameter: 'beam_current_ma',
      message: 'The beam current is out of control on its EWMA chart',
      severity: 'warning',
      value: currentChart.ewma,
      limit: CURRENT_CHART.target,
    });
  }
  if (scan.status === 'holding') {
    found.push({
      id: 'beam_glitch',
      parameter: 'beam_current_ma',
      message: 'The beam failed: it is gated and the stage keeps its position',
      severity: 'info',
      value: null,
      limit: null,
    });
  }
  return found;
}

function waferConditions(control: IonControl, readings: IonReadings): Condition[] {
  const pressureTorr = readings.processPressureTorr * control.planned.factors.gauge;
  const found: Condition[] = [];
  if (pressureTorr > WARNING.processPressureTorr) {
    found.push({
      id: 'process_pressure',
      parameter: 'process_pressure_torr',
      message: 'The process pressure is high: many ions are neutralised before they are counted',
      severity: 'warning',
      value: pressureTorr,
      limit: WARNING.processPressureTorr,
    });
  }
  if (readings.waferTempC > WARNING.waferTempC) {
    found.push({
      id: 'wafer_temperature',
      parameter: 'wafer_temp_c',
      message: 'The wafer is hot: check the platen cooling',
      severity: 'warning',
      value: readings.waferTempC,
      limit: WARNING.waferTempC,
    });
  }
  if (control.uniformityPct !== null && control.uniformityPct > WARNING.uniformityPct) {
    found.push({
      id: 'dose_uniformity',
      parameter: 'dose_uniformity_pct',
      message: 'The dose is uneven over the wafer',
      severity: 'warning',
      value: control.uniformityPct,
      limit: WARNING.uniformityPct,
    });
  }
  return found;
}
