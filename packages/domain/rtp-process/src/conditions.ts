import type { Condition } from '@spectra/run-engine';
import { ERROR_CHART } from './error-chart.ts';
import { meanOf } from './measure.ts';
import { overshootC, spreadC } from './tally.ts';
import type { RtpControl, RtpReadings } from './types.ts';

/** From here on a person should look; interlocks stand further out. */
const WARNING = {
  overshootC: 3,
  trackingErrorC: 15,
  zoneSpreadC: 4,
  emissivityShare: 0.05,
} as const;

/** What a person should know about tracking, evenness and the sensors while it lasts. */
export function rtpConditions(control: RtpControl, _readings: RtpReadings): Condition[] {
  const { setpointC } = control;
  if (setpointC === null) return [];
  const measuredC = meanOf(control.measuredC) ?? setpointC;
  return [...tracking(control, { setpointC, measuredC }), ...evenness(control), ...sensors(control)];
}

function tracking(control: RtpControl, at: { setpointC: number; measuredC: number }): Condition[] {
  const found: Condition[] = [];
  const above = overshootC(control, at.measuredC);
  if (above > WARNING.overshootC) {
    found.push(
      warning('overshoot', 'measured_temp_c', 'The wafer is above its target', above, WARNING.overshootC),
    );
  }
  const errorC = Math.abs(at.measuredC - at.setpointC);
  if (errorC > WARNING.trackingErrorC) {
    found.push(
      warning(
        'tracking_error',
        'ramp_error_c',
        'The wafer does not follow its setpoint',
        errorC,
        WARNING.trackingErrorC,
      ),
    );
  }
  if (control.errorAlarm) {
    const { ewma } = control.errorChart;
    found.push(
      warning(
        'spc.tracking_error',
        'ramp_error_c',
        'The soak temperature is out of control on its EWMA chart',
        ewma,
        ERROR_CHART.target,
      ),
    );
  }
  return found;
}

function evenness(control: RtpControl): Condition[] {
  const spread = spreadC(control.estimatedC);
  if (control.settledS <= 1 || spread <= WARNING.zoneSpreadC) return [];
  return [
    warning(
      'zone_spread',
      'measured_temp_c',
      'The zones differ in temperature (3σ)',
      spread,
      WARNING.zoneSpreadC,
    ),
  ];
}

function sensors(control: RtpControl): Condition[] {
  const { emissivity, planned } = control;
  const off = emissivity / planned.emissivity - 1;
  if (Math.abs(off) <= WARNING.emissivityShare) return [];
  const limit = planned.emissivity * (1 + Math.sign(off) * WARNING.emissivityShare);
  return [
    warning(
      'emissivity_shift',
      'emissivity',
      'Pyrometers and thermocouples disagree: the emissivity is not as told',
      emissivity,
      limit,
    ),
  ];
}

function warning(id: string, parameter: string, message: string, ...numbers: [number, number]): Condition {
  return { id, parameter, message, severity: 'warning', value: numbers[0], limit: numbers[1] };
}
