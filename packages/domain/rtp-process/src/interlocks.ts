import type { Interlock } from '@spectra/run-engine';
import { CHAMBER } from './chamber.ts';
import { meanOf } from './measure.ts';
import type { RtpControl, RtpReadings, RtpTypes } from './types.ts';

/** Limits beyond which the lamps are switched off. */
const LIMIT = {
  overTemperatureC: CHAMBER.overTemperatureC,
  aboveTargetC: 60,
  zoneSpreadC: 60,
  sensorDisagreementC: 60,
  emissivityShare: 0.4,
  flowShare: 0.3,
  flowSlm: 0.5,
  pressureShare: 0.1,
  pressureTorr: 5,
  lampPct: 20,
} as const;

/** Flows and pressure change from purge to recipe at the start. */
const GAS_SETTLES_S = 3.5;
/** Above this the pyrometers must see the wafer. */
const PYROMETER_NEEDED_C = 460;

/** Conditions that force the safe state: lamps off, inert purge. */
export const rtpInterlocks: readonly Interlock<RtpTypes>[] = [
  watching('over_temperature', 'measured_temp_c', 0, (_, control) => {
    const hottest = Math.max(...control.measuredC);
    return above(hottest, LIMIT.overTemperatureC, 'the wafer is too hot');
  }),
  watching('above_target', 'measured_temp_c', 0.5, (_, control) => {
    const highest = Math.max(...control.planned.plan.tempC) + LIMIT.aboveTargetC;
    return above(
      Math.max(...control.measuredC),
      highest,
      'the wafer is far above every target of its recipe',
    );
  }),
  watching('zone_spread', 'measured_temp_c', 1, (_, control) => {
    const spread = Math.max(...control.measuredC) - Math.min(...control.measuredC);
    return above(spread, LIMIT.zoneSpreadC, 'the zones differ too much in temperature');
  }),
  watching('pyrometer_failure', 'measured_temp_c', 0.5, pyrometerFailure),
  watching('gas_flow', 'n2_flow_slm', GAS_SETTLES_S, gasFlow),
  watching('chamber_pressure', 'chamber_pressure_torr', GAS_SETTLES_S, (readings, control) => {
    const wanted = control.planned.gas.pressureTorr;
    const off = Math.abs(readings.pressureTorr * control.planned.factors.gauge - wanted);
    const limit = Math.max(LIMIT.pressureTorr, wanted * LIMIT.pressureShare);
    return above(off, limit, 'the chamber pressure is off its setpoint by too much');
  }),
  watching('lamp_stuck', 'lamp_power_pct', 0.7, (readings, control) => {
    const off = readings.lampPowerPct.map((powerPct, zone) =>
      Math.abs(powerPct - (control.lastCommandPct[zone] ?? powerPct)),
    );
    return above(Math.max(...off), LIMIT.lampPct, 'a lamp supply does not follow its command');
  }),
];

type Violation = ReturnType<Interlock<RtpTypes>['violation']>;

function pyrometerFailure(readings: RtpReadings, control: RtpControl): Violation {
  const couple = meanOf(control.thermocoupleC) ?? 0;
  if (couple > PYROMETER_NEEDED_C && readings.pyrometerC.some((tempC) => tempC === null)) {
    return { value: couple, limit: PYROMETER_NEEDED_C, message: 'a pyrometer is blind on a hot wafer' };
  }
  const off = control.emissivity / control.planned.emissivity - 1;
  if (Math.abs(off) > LIMIT.emissivityShare) {
    const limit = control.planned.emissivity * (1 + Math.sign(off) * LIMIT.emissivityShare);
    return {
      value: control.emissivity,
      limit,
      message: 'the pyrometers cannot be trusted: no emissivity explains them',
    };
  }
  const apart = Math.abs((meanOf(control.measuredC) ?? couple) - couple);
  if (control.settledS <= 1.5) return null;
  return above(apart, LIMIT.sensorDisagreementC, 'pyrometers and thermocouples disagree');
}

function gasFlow(readings: RtpReadings, control: RtpControl): Violation {
  const { gas, factors } = control.planned;
  for (const name of ['n2FlowSlm', 'o2FlowSlm'] as const) {
    const off = Math.abs(readings[name] * factors.flow - gas[name]);
    const limit = Math.max(LIMIT.flowSlm, gas[name] * LIMIT.flowShare);
    if (off > limit)
      return {
        value: off,
        limit,
        message: `the ${name === 'n2FlowSlm' ? 'N2' : 'O2'} flow is off its setpoint by too much`,
      };
  }
  return null;
}

/** An interlock that matters while the lamps may be on. */
function watching(
  id: string,
  parameter: string,
  toleratedS: number,
  violation: (readings: RtpReadings, control: RtpControl) => Violation,
): Interlock<RtpTypes> {
  return {
    id,
    parameter,
    toleratedS,
    violation: (readings, control) => (control.phase === 'process' ? violation(readings, control) : null),
  };
}

function above(value: number, limit: number, message: string): Violation {
  return value > limit ? { value, limit, message } : null;
}
