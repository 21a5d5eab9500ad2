import type { Channel } from '@spectra/schemas';
import type { IonControl, IonReadings, IonSetpoints } from './types.ts';
import { WARNING } from './conditions.ts';

/** Tool time between two control steps and two frames. */
export const SAMPLING_S = 0.1;

/** Telemetry of an implant. */
export const ionChannels: readonly Channel[] = [
  channel('beam_current_ma', 'Beam current', 'mA', 3),
  channel('beam_current_setpoint_ma', 'Beam current setpoint', 'mA', 3),
  channel('source_pressure_torr', 'Source pressure', 'Torr', 6),
  channel('analyzer_pressure_torr', 'Analyser pressure', 'Torr', 9),
  { ...channel('process_pressure_torr', 'Process pressure', 'Torr', 9), high: WARNING.processPressureTorr },
  { ...channel('chamber_pressure_torr', 'Chamber pressure', 'Torr', 9), high: WARNING.processPressureTorr },
  channel('analyzer_field_t', 'Analyser field', 'T', 5),
  channel('analyzer_field_setpoint_t', 'Analyser field setpoint', 'T', 5),
  channel('extraction_voltage_kv', 'Extraction voltage', 'kV', 2),
  channel('analyzer_field_v', 'Extraction voltage (old name)', 'V', 0),
  channel('integrated_dose_atoms_cm2', 'Integrated dose', 'atoms/cm²', 0),
  channel('dose_setpoint_atoms_cm2', 'Dose setpoint', 'atoms/cm²', 0),
  channel('dose_rate', 'Dose rate', 'atoms/(cm² s)', 0),
  {
    ...channel('dose_uniformity_pct', 'Dose uniformity 1σ', '%', 3),
    high: WARNING.uniformityPct,
    pauses: true,
  },
  { ...channel('wafer_temp_c', 'Wafer temperature', '°C', 1), high: WARNING.waferTempC },
  channel('scan_position_mm', 'Scan position', 'mm', 1),
  channel('scan_speed_mm_s', 'Scan speed', 'mm/s', 2),
  channel('scan_speed_setpoint_mm_s', 'Scan speed setpoint', 'mm/s', 2),
  channel('scan_pass', 'Stroke', '', 0),
  channel('tilt_deg', 'Tilt', '°', 2),
  channel('twist_deg', 'Twist', '°', 2),
];

/** One frame: calibrated readings, and the setpoints that hold from now on. */
export function ionFrame(
  control: IonControl,
  readings: IonReadings,
  setpoints: IonSetpoints,
): Record<string, number | null> {
  const { planned } = control;
  const processTorr = readings.processPressureTorr * planned.factors.gauge;
  return {
    beam_current_ma: readings.beamCurrentMa * planned.factors.cup,
    beam_current_setpoint_ma: setpoints.sourceCurrentMa,
    source_pressure_torr: readings.sourcePressureTorr,
    analyzer_pressure_torr: readings.analyzerPressureTorr * planned.factors.gauge,
    process_pressure_torr: processTorr,
    chamber_pressure_torr: processTorr,
    analyzer_field_t: readings.analyzerFieldT * planned.factors.probe,
    analyzer_field_setpoint_t: setpoints.analyzerFieldT,
    extraction_voltage_kv: readings.extractionVoltageKv,
    analyzer_field_v: readings.extractionVoltageKv * 1000,
    integrated_dose_atoms_cm2: control.dosePerCm2,
    dose_setpoint_atoms_cm2: planned.recipe.dosePerCm2,
    dose_rate: control.doseRatePerCm2S,
    dose_uniformity_pct: control.uniformityPct,
    wafer_temp_c: readings.waferTempC,
    scan_position_mm: readings.positionMm - planned.scan.strokeMm / 2,
    scan_speed_mm_s: Math.abs(readings.speedMmPerS),
    scan_speed_setpoint_mm_s: Math.abs(setpoints.stageSpeedMmPerS),
    scan_pass: readings.pass + 1,
    tilt_deg: readings.tiltDeg,
    twist_deg: readings.twistDeg,
  };
}

function channel(id: string, name: string, unit: string, precision: number): Channel {
  return { id, name, unit, precision, period_s: SAMPLING_S };
}
