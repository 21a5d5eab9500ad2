import { stepEwmaChart } from '@spectra/spc';
import type { EwmaSettings } from '@spectra/spc';
import type { RtpControl } from './types.ts';

/** Tracking error in soak, second by second: zero on a chamber in control. */
export const ERROR_CHART: EwmaSettings = { target: 0, sigma: 0.15, weight: 0.3, widthSigma: 4 };

const PERIOD_S = 1;
const SETTLED_S = 3;

/** Collects a second of tracking error and takes it to the chart; ramps are not charted. */
export function chartSecond(control: RtpControl, errorC: number, dtS: number): RtpControl {
  if (control.settledS <= SETTLED_S) {
    return { ...control, second: EMPTY, errorChart: { ewma: 0, samples: 0 }, errorAlarm: false };
  }
  const second = {
    lastedS: control.second.lastedS + dtS,
    samples: control.second.samples + 1,
    errorSum: control.second.errorSum + errorC,
  };
  if (second.lastedS < PERIOD_S - 1e-9) return { ...control, second };
  const chart = stepEwmaChart(ERROR_CHART, control.errorChart, second.errorSum / second.samples);
  const errorAlarm = chart.alarm !== 'none';
  const began = errorAlarm && !control.errorAlarm;
  return {
    ...control,
    second: EMPTY,
    errorChart: chart.state,
    errorAlarm,
    tally: { ...control.tally, spcAlarms: control.tally.spcAlarms + (began ? 1 : 0) },
  };
}

const EMPTY = { lastedS: 0, samples: 0, errorSum: 0 };
