import type { Channel } from '@spectra/schemas';
import { CHAMBER } from './chamber.ts';
import { meanOf } from './measure.ts';
import type { RtpControl, RtpReadings, RtpSetpoints } from './types.ts';

/** Tool time between two control steps and two frames. */
export const SAMPLING_S = 0.1;

const ZONES = Array.from({ length: CHAMBER.zoneCount }, (_, zone) => zone + 1);

/** Telemetry of an anneal. */
export const rtpChannels: readonly Channel[] = [
  pausing('setpoint_temp_c', 'Setpoint', '°C', 1),
  { ...channel('measured_temp_c', 'Measured temperature', '°C', 1), high: CHAMBER.overTemperatureC },
  channel('thermocouple_temp_c', 'Thermocouples', '°C', 1),
  channel('lamp_power_pct', 'Lamp power', '%', 1),
  pausing('ramp_error_c', 'Tracking error', '°C', 2),
  channel('emissivity', 'Emissivity estimate', '', 3),
  channel('chamber_pressure_torr', 'Chamber pressure', 'Torr', 1),
  channel('n2_flow_slm', 'N2 flow', 'slm', 2),
  channel('o2_flow_slm', 'O2 flow', 'slm', 2),
  pausing('control_feed_forward_pct', 'Feed-forward', '%', 2),
  pausing('control_proportional_pct', 'Proportional term', '%', 2),
  pausing('control_integral_pct', 'Integral term', '%', 2),
  pausing('control_derivative_pct', 'Derivative term', '%', 2),
  pausing('control_predictive_pct', 'Predictive term', '%', 2),
  ...ZONES.flatMap((zone) => [
    pausing(`zone_${zone}_setpoint_temp_c`, `Zone ${zone} setpoint`, '°C', 1),
    channel(`zone_${zone}_measured_temp_c`, `Zone ${zone} measured`, '°C', 1),
    channel(`zone_${zone}_estimated_temp_c`, `Zone ${zone} estimate`, '°C', 1),
    channel(`zone_${zone}_lamp_power_pct`, `Zone ${zone} lamps`, '%', 1),
  ]),
];

/** One frame: calibrated readings, the setpoint they are compared with, and the power that holds from now on. */
export function rtpFrame(
  control: RtpControl,
  readings: RtpReadings,
  setpoints: RtpSetpoints,
): Record<string, number | null> {
  const { factors } = control.planned;
  const measuredC = meanOf(control.measuredC);
  const { setpointC, terms } = control;
  const frame: Record<string, number | null> = {
    setpoint_temp_c: setpointC,
    measured_temp_c: measuredC,
    thermocouple_temp_c: meanOf(control.thermocoupleC),
    lamp_power_pct: meanOf(setpoints.lampPowerPct),
    ramp_error_c: setpointC === null || measuredC === null ? null : measuredC - setpointC,
    emissivity: control.emissivity,
    chamber_pressure_torr: readings.pressureTorr * factors.gauge,
    n2_flow_slm: readings.n2FlowSlm * factors.flow,
    o2_flow_slm: readings.o2FlowSlm * factors.flow,
    control_feed_forward_pct: terms.feedForward,
    control_proportional_pct: terms.proportional,
    control_integral_pct: terms.integral,
    control_derivative_pct: terms.derivative,
    control_predictive_pct: terms.predictive,
  };
  ZONES.forEach((zone, index) => {
    frame[`zone_${zone}_setpoint_temp_c`] = setpointC;
    frame[`zone_${zone}_measured_temp_c`] = control.measuredC[index] ?? null;
    frame[`zone_${zone}_estimated_temp_c`] = control.estimatedC[index] ?? null;
    frame[`zone_${zone}_lamp_power_pct`] = setpoints.lampPowerPct[index] ?? null;
  });
  return frame;
}

function channel(id: string, name: string, unit: string, precision: number): Channel {
  return { id, name, unit, precision, period_s: SAMPLING_S };
}

/** What is told only while the plan runs: a wafer that cools down has no setpoint. */
function pausing(id: string, name: string, unit: string, precision: number): Channel {
  return { ...channel(id, name, unit, precision), pauses: true };
}
