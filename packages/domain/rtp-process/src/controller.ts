import type { ControlDecision, Controller } from '@spectra/run-engine';
import { initialPidState } from '@spectra/control';
import { CHAMBER } from './chamber.ts';
import { rtpFrame, SAMPLING_S } from './channels.ts';
import { rtpConditions } from './conditions.ts';
import { feedForwardOf, followingFraction } from './feed-forward.ts';
import { meanOf, measure } from './measure.ts';
import { MPC_HORIZON, stepMpcZones } from './mpc-control.ts';
import { DERIVATIVE_FILTER_S, derivativePct, stepPidZones } from './pid-control.ts';
import { safeSetpoints } from './plant.ts';
import { emptyTally, tallied, waferResult } from './tally.ts';
import { setpointAt } from './temperature-plan.ts';
import type { RtpControl, RtpPlanned, RtpReadings, RtpRecipe, RtpSetpoints, RtpTypes } from './types.ts';

/** Filament (0.15 s) and slewing supply together follow a command with this lag; commands lead by it. */
const LAMP_LAG_S = 0.18;
const NO_TERMS = { feedForward: 0, proportional: null, integral: null, derivative: null, predictive: null };

/**
 * Control of one wafer: follow the planned temperature zone by zone, then lamps off and purge until the wafer may
 * be taken out. An anneal is never taken up again after an interruption; the engine holds such a run.
 */
export const rtpController: Controller<RtpTypes> = {
  start({ recipe, readings, factors }) {
    const planned = plan(recipe, factors);
    const start = setpointAt(recipe.plan, 0);
    const thermocoupleC = readings.thermocoupleC.map((tempC) => tempC * planned.factors.thermocouple);
    return {
      planned,
      phase: 'process',
      timeS: 0,
      setpointC: start.tempC,
      rampCPerS: 0,
      settledS: 0,
      measuredC: thermocoupleC,
      estimatedC: thermocoupleC,
      thermocoupleC,
      emissivity: recipe.emissivity,
      pid: thermocoupleC.map(() => initialPidState()),
      mpc: null,
      terms: NO_TERMS,
      commandPct: thermocoupleC.map(() => 0),
      lastCommandPct: thermocoupleC.map(() => 0),
      exposed: false,
      second: { lastedS: 0, samples: 0, errorSum: 0 },
      errorChart: { ewma: 0, samples: 0 },
      errorAlarm: false,
      tally: emptyTally(start.tempC),
    };
  },
  step(control, readings, dtS) {
    const seen = look(control, readings, dtS);
    if (seen.phase === 'process') return process(seen, readings, dtS);
    return coolDown(seen, readings);
  },
  waferResult,
};

function plan(recipe: RtpRecipe, factors: Readonly<Record<string, number>>): RtpPlanned {
  const gas = {
    n2FlowSlm: recipe.n2FlowSlm,
    o2FlowSlm: recipe.o2FlowSlm,
    pressureTorr: recipe.pressureTorr,
  };
  const { emissivity, waferDiameterMm } = recipe;
  return {
    plan: recipe.plan,
    feedForward: feedForwardOf({ gas, emissivity, waferDiameterMm }),
    mode: recipe.controller,
    gains: recipe.gains,
    weights: recipe.weights,
    emissivity,
    waferDiameterMm,
    gas,
    factors: {
      pyrometer: factors['pyrometer'] ?? 1,
      thermocouple: factors['thermocouple'] ?? 1,
      gauge: factors['pressure_gauge'] ?? 1,
      flow: factors['mass_flow_controller'] ?? 1,
    },
  };
}

/** Where the setpoint is now and what the sensors say; statistics follow. */
function look(control: RtpControl, readings: RtpReadings, dtS: number): RtpControl {
  const { plan } = control.planned;
  const over = control.phase !== 'process' || control.timeS >= plan.endS;
  const at = setpointAt(plan, control.timeS);
  const moving: RtpControl = {
    ...control,
    phase: over && control.phase === 'process' ? 'cooldown' : control.phase,
    setpointC: over ? null : at.tempC,
    rampCPerS: over ? 0 : at.rampCPerS,
    lastCommandPct: control.commandPct,
    settledS: !over && Math.abs(at.rampCPerS) < 1e-6 ? control.settledS + dtS : 0,
  };
  return tallied({ ...moving, ...measure(moving, readings, dtS) }, dtS);
}

function process(control: RtpControl, readings: RtpReadings, dtS: number): ControlDecision<RtpTypes> {
  const driven = control.planned.mode === 'pid' ? byPid(control, dtS) : byMpc(control, dtS);
  const next: RtpControl = {
    ...driven,
    timeS: control.timeS + dtS,
    exposed: control.exposed || driven.commandPct.some((powerPct) => powerPct > 0),
  };
  return decide(next, readings, { lampPowerPct: next.commandPct, ...gasSetpoints(next) });
}

/** Lamps off, inert purge; done when the wafer is cool and the lamps are dark. */
function coolDown(control: RtpControl, readings: RtpReadings): ControlDecision<RtpTypes> {
  const cool = Math.max(...control.measuredC) < CHAMBER.unloadC;
  const dark = readings.lampPowerPct.every((powerPct) => powerPct === 0);
  const next: RtpControl = {
    ...control,
    phase: cool && dark ? 'done' : 'cooldown',
    terms: NO_TERMS,
    commandPct: control.commandPct.map(() => 0),
    mpc: null,
  };
  return decide(next, readings, safeSetpoints());
}

function byPid(control: RtpControl, dtS: number): RtpControl {
  const { gains, plan } = control.planned;
  // The loops differentiate the measurement; on a planned ramp that is no surprise and must not push back.
  const expectedPct = derivativePct(gains, setpointAt(plan, control.timeS - DERIVATIVE_FILTER_S).rampCPerS);
  const step = stepPidZones({
    gains,
    states: control.pid,
    setpointC: control.setpointC ?? 0,
    measuredC: control.measuredC,
    feedForwardPct: feedForwardPct(control, dtS).map((powerPct) => powerPct + expectedPct),
    dtS,
  });
  const { feedForward, derivative } = step.terms;
  const terms = {
    ...step.terms,
    feedForward: feedForward - expectedPct,
    derivative: (derivative ?? 0) + expectedPct,
  };
  return { ...control, pid: step.states, commandPct: step.powerPct, terms };
}

/** Power for the coming interval, ahead by the lamps' lag: u = φ + τ dφ/dt. */
function feedForwardPct(control: RtpControl, dtS: number): number[] {
  const { plan, feedForward } = control.planned;
  const at = (timeS: number) => followingFraction(feedForward, control.emissivity, setpointAt(plan, timeS));
  const now = at(control.timeS + 0.5 * dtS);
  const soon = at(control.timeS + 1.5 * dtS);
  return now.map((value, zone) => {
    const lead = value + (LAMP_LAG_S * ((soon[zone] ?? value) - value)) / dtS;
    return 100 * Math.min(1, Math.max(0, lead));
  });
}

function byMpc(control: RtpControl, dtS: number): RtpControl {
  const { planned } = control;
  const ahead = Array.from({ length: MPC_HORIZON }, (_, k) =>
    setpointAt(planned.plan, control.timeS + (k + 1) * dtS),
  );
  const step = stepMpcZones({
    conditions: {
      gas: planned.gas,
      emissivity: planned.emissivity,
      waferDiameterMm: planned.waferDiameterMm,
    },
    fractionAt: (at) => followingFraction(planned.feedForward, control.emissivity, at),
    weights: planned.weights,
    state: control.mpc,
    measuredC: control.measuredC,
    ahead,
    dtS,
  });
  const feedForward = meanOf(feedForwardPct(control, dtS)) ?? 0;
  const predictive = (meanOf(step.powerPct) ?? 0) - feedForward;
  return {
    ...control,
    mpc: step.state,
    commandPct: step.powerPct,
    terms: { ...NO_TERMS, feedForward, predictive },
  };
}

function gasSetpoints(control: RtpControl): Omit<RtpSetpoints, 'lampPowerPct'> {
  const { gas, factors } = control.planned;
  return {
    n2FlowSlm: gas.n2FlowSlm / factors.flow,
    o2FlowSlm: gas.o2FlowSlm / factors.flow,
    pressureTorr: gas.pressureTorr / factors.gauge,
  };
}

function decide(
  control: RtpControl,
  readings: RtpReadings,
  setpoints: RtpSetpoints,
): ControlDecision<RtpTypes> {
  const share = (0.97 * control.timeS) / control.planned.plan.endS;
  return {
    control,
    setpoints,
    done: control.phase === 'done',
    fraction: control.phase === 'done' ? 1 : Math.min(0.97, share),
    exposed: control.exposed,
    frame: rtpFrame(control, readings, setpoints),
    conditions: rtpConditions(control, readings),
    ...pictureOf(control),
  };
}

/** Zone temperatures once a second. */
function pictureOf(control: RtpControl): Pick<ControlDecision<RtpTypes>, 'picture'> {
  const step = Math.round(control.timeS / SAMPLING_S);
  if (control.phase !== 'process' || step % 10 !== 0) return {};
  const radiusMm = control.planned.waferDiameterMm / 2;
  const zones = control.measuredC.length;
  return {
    picture: {
      name: 'Zone temperatures',
      unit: '°C',
      xMm: control.measuredC.map((_, zone) => ((zone + 0.5) / zones) * radiusMm),
      values: control.measuredC.map((tempC) => Number(tempC.toFixed(2))),
    },
  };
}
