import { initialCusumState, initialEwmaState, stepCusum, stepEwmaChart } from '@spectra/spc';
import type { CusumSettings, EwmaSettings } from '@spectra/spc';
import type { IonControl, IonReadings } from './types.ts';

/** Samples of a second are averaged before they go to the charts, so that fast flicker does not look like drift. */
const PERIOD_S = 1;
const BASELINE_SECONDS = 4;
/** Source yield (current per commanded current): a drift of one per cent is found within seconds. */
const DRIFT: CusumSettings = { target: 0, sigma: 0.005, allowanceSigma: 1.5, decisionSigma: 5 };
/** Beam current against its plan, after beam-current control. */
export const CURRENT_CHART: EwmaSettings = { target: 1, sigma: 0.004, weight: 0.25, widthSigma: 4 };
const SENSOR_TIME_S = 0.5;

type Monitoring = Pick<
  IonControl,
  'second' | 'baselineYield' | 'drift' | 'driftAlarm' | 'currentChart' | 'currentAlarm'
>;

const EMPTY_SECOND = { lastedS: 0, samples: 0, yieldSum: 0, ratioSum: 0 };

/** Charts before the first sample. */
export function monitoringAtRest(): Monitoring {
  return {
    second: EMPTY_SECOND,
    baselineYield: { sum: 0, samples: 0 },
    drift: initialCusumState(),
    driftAlarm: 'none',
    currentChart: initialEwmaState(CURRENT_CHART),
    currentAlarm: false,
  };
}

/** Follows the two current sensors at every sample, and once a second the drift CUSUM and the current chart. */
export function monitorBeam(control: IonControl, readings: IonReadings, dtS: number): IonControl {
  const steady = control.phase === 'scan' && control.sinceCutS > 0.5;
  if (!steady || !(readings.drainCurrentMa > 0)) return control;
  const { planned } = control;
  const measuredMa = readings.beamCurrentMa * planned.factors.cup;
  const kept = Math.exp(-dtS / SENSOR_TIME_S);
  const cupToDrain = kept * control.cupToDrain + (1 - kept) * (measuredMa / readings.drainCurrentMa);
  const second = {
    lastedS: control.second.lastedS + dtS,
    samples: control.second.samples + 1,
    yieldSum: control.second.yieldSum + measuredMa / (planned.beamCurrentMa * control.trim),
    ratioSum: control.second.ratioSum + measuredMa / planned.beamCurrentMa,
  };
  const watched = { ...control, cupToDrain, second };
  return second.lastedS >= PERIOD_S - 1e-9 ? closeSecond(watched) : watched;
}

function closeSecond(control: IonControl): IonControl {
  const { second, baselineYield, tally } = control;
  const sourceYield = second.yieldSum / second.samples;
  const chart = stepEwmaChart(CURRENT_CHART, control.currentChart, second.ratioSum / second.samples);
  const currentAlarm = chart.alarm !== 'none';
  const closed = {
    ...control,
    second: EMPTY_SECOND,
    currentChart: chart.state,
    currentAlarm,
    tally: { ...tally, spcAlarms: tally.spcAlarms + (currentAlarm && !control.currentAlarm ? 1 : 0) },
  };
  if (baselineYield.samples < BASELINE_SECONDS) {
    const grown = { sum: baselineYield.sum + sourceYield, samples: baselineYield.samples + 1 };
    return { ...closed, baselineYield: grown };
  }
  const baseline = baselineYield.sum / baselineYield.samples;
  const drift = stepCusum(DRIFT, control.drift, sourceYield / baseline - 1);
  const began = drift.alarm !== 'none' && control.driftAlarm === 'none';
  return {
    ...closed,
    drift: drift.state,
    driftAlarm: drift.alarm,
    tally: { ...closed.tally, driftAlarms: tally.driftAlarms + (began ? 1 : 0) },
  };
}
