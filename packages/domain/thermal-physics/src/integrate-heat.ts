import { type LampState, radiantAfter } from './lamp-filament.ts';
import type { RtpEnergyBalance, RtpPlantState } from './rtp-plant-state.ts';
import { siliconEnthalpyJPerKg, temperatureFromEnthalpyK } from './silicon-enthalpy.ts';
import {
  createHeatFlow,
  fillHeatFlow,
  type HeatFlow,
  type HeatFlowConditions,
  ringMassKg,
} from './wafer-heat-flow.ts';

/** Wafer and wall temperatures after a step, and the energy that flowed. */
export type HeatStep = {
  waferTemperatureK: number[];
  wallTemperatureK: number;
  energy: Omit<RtpEnergyBalance, 'lampElectricJ'>;
};

/**
 * Integrates the wafer and wall heat balance over one plant step by the adaptive Bogacki-Shampine 3(2) rule.
 *
 * The unknowns are ring enthalpies, wall heat and the four energy sums, all advanced with the same weights:
 * that is what makes the energy balance exact. Source: Bogacki & Shampine, Appl. Math. Lett. 2 (1989) 321.
 */
export function integrateHeat(
  conditions: HeatFlowConditions,
  state: RtpPlantState,
  lampCommand: readonly number[],
  dtS: number,
): HeatStep {
  const run = createRun(conditions, state, lampCommand);
  let timeS = 0;
  let stepS = Math.min(dtS, FIRST_STEP_S);
  evaluate(run, run.stages[0], 0, run.energyJ);
  while (timeS < dtS) {
    stepS = Math.min(stepS, dtS - timeS);
    const errorK = trySubstep(run, timeS, stepS);
    if (errorK <= TOLERANCE_K || stepS < STEP_MIN_S) {
      timeS = dtS - timeS - stepS < 1e-12 * dtS ? dtS : timeS + stepS;
      accept(run);
    }
    stepS *= Math.min(4, Math.max(0.2, 0.85 * Math.cbrt(TOLERANCE_K / Math.max(errorK, 1e-12))));
  }
  return finish(run, state);
}

const TOLERANCE_K = 1e-4;
const FIRST_STEP_S = 0.1;
const STEP_MIN_S = 1e-7;

/** Rows of the state vector behind the rings: wall heat, then absorbed, radiated, convected, coolant energy. */
const EXTRA_ROWS = 5;

type Run = {
  conditions: HeatFlowConditions;
  command: readonly number[];
  lamps: LampState[];
  massKg: Float64Array;
  wallStartK: number;
  energyJ: Float64Array;
  trial: Float64Array;
  stages: [Float64Array, Float64Array, Float64Array, Float64Array];
  waferK: Float64Array;
  lampFraction: Float64Array;
  flow: HeatFlow;
};

function createRun(conditions: HeatFlowConditions, state: RtpPlantState, command: readonly number[]): Run {
  const { wafer } = conditions.model;
  const zones = wafer.zones;
  const rows = () => new Float64Array(zones + EXTRA_ROWS);
  const massKg = Float64Array.from({ length: zones }, (_, i) => ringMassKg(wafer, i));
  const energyJ = rows();
  state.waferTemperatureK.forEach((temperatureK, i) => {
    energyJ[i] = (massKg[i] ?? 0) * siliconEnthalpyJPerKg(temperatureK);
  });
  return {
    conditions,
    command,
    lamps: state.lampDriveFraction.map((driveFraction, i) => ({
      driveFraction,
      radiantFraction: state.lampRadiantFraction[i] ?? 0,
    })),
    massKg,
    wallStartK: state.wallTemperatureK,
    energyJ,
    trial: rows(),
    stages: [rows(), rows(), rows(), rows()],
    waferK: Float64Array.from(state.waferTemperatureK),
    lampFraction: new Float64Array(zones),
    flow: createHeatFlow(zones),
  };
}

/** Computes the time derivative of every row at a stage; also leaves the ring temperatures in `waferK`. */
function evaluate(run: Run, rate: Float64Array, timeS: number, energyJ: Float64Array): void {
  const { conditions, flow, waferK, lampFraction } = run;
  const { wafer, wall, lamp } = conditions.model;
  const zones = wafer.zones;
  for (let i = 0; i < zones; i += 1) {
    waferK[i] = temperatureFromEnthalpyK((energyJ[i] ?? 0) / (run.massKg[i] ?? 1), waferK[i] ?? 300);
    const lampState = run.lamps[i];
    if (lampState !== undefined) {
      lampFraction[i] = radiantAfter(lampState, run.command[i] ?? 0, lamp, timeS);
    }
  }
  const wallK = run.wallStartK + (energyJ[zones] ?? 0) / wall.heatCapacityJPerK;
  fillHeatFlow(flow, conditions, { waferK, wallK }, lampFraction);
  const coolantW = wall.conductanceWPerK * (wallK - wall.coolantTemperatureK);
  for (let i = 0; i < zones; i += 1) rate[i] = flow.netW[i] ?? 0;
  rate[zones] = flow.radiatedW + flow.convectedW - coolantW;
  rate[zones + 1] = flow.absorbedW;
  rate[zones + 2] = flow.radiatedW;
  rate[zones + 3] = flow.convectedW;
  rate[zones + 4] = coolantW;
}

/** Fills `trial` with the third-order result and answers the largest ring error in kelvin. */
function trySubstep(run: Run, timeS: number, stepS: number): number {
  const { energyJ, trial, stages } = run;
  const [k1, k2, k3, k4] = stages;
  const rows = energyJ.length;
  for (let r = 0; r < rows; r += 1) trial[r] = (energyJ[r] ?? 0) + (stepS / 2) * (k1[r] ?? 0);
  evaluate(run, k2, timeS + stepS / 2, trial);
  for (let r = 0; r < rows; r += 1) trial[r] = (energyJ[r] ?? 0) + 0.75 * stepS * (k2[r] ?? 0);
  evaluate(run, k3, timeS + 0.75 * stepS, trial);
  for (let r = 0; r < rows; r += 1) {
    trial[r] = (energyJ[r] ?? 0) + (stepS / 9) * (2 * (k1[r] ?? 0) + 3 * (k2[r] ?? 0) + 4 * (k3[r] ?? 0));
  }
  evaluate(run, k4, timeS + stepS, trial);
  let errorK = 0;
  const zones = run.massKg.length;
  for (let i = 0; i < zones; i += 1) {
    const errorJ =
      (stepS / 72) * (-5 * (k1[i] ?? 0) + 6 * (k2[i] ?? 0) + 8 * (k3[i] ?? 0) - 9 * (k4[i] ?? 0));
    errorK = Math.max(errorK, Math.abs(errorJ) / (SPECIFIC_HEAT_FLOOR_J_PER_KG_K * (run.massKg[i] ?? 1)));
  }
  return errorK;
}

/** Enthalpy error is turned into kelvin with the smallest specific heat, so the estimate errs to the safe side. */
const SPECIFIC_HEAT_FLOOR_J_PER_KG_K = 640;

/** Takes the trial as the new state; its last stage is the next step's first. */
function accept(run: Run): void {
  run.energyJ.set(run.trial);
  run.stages[0].set(run.stages[3]);
}

function finish(run: Run, before: RtpPlantState): HeatStep {
  const zones = run.massKg.length;
  const { wall } = run.conditions.model;
  const waferTemperatureK = before.waferTemperatureK.map((startK, i) =>
    temperatureFromEnthalpyK((run.energyJ[i] ?? 0) / (run.massKg[i] ?? 1), run.waferK[i] ?? startK),
  );
  const storedJ = waferTemperatureK.reduce((sum, afterK, i) => {
    const startK = before.waferTemperatureK[i] ?? 0;
    return sum + (run.massKg[i] ?? 0) * (siliconEnthalpyJPerKg(afterK) - siliconEnthalpyJPerKg(startK));
  }, 0);
  const row = (offset: number) => run.energyJ[zones + offset] ?? 0;
  return {
    waferTemperatureK,
    wallTemperatureK: run.wallStartK + row(0) / wall.heatCapacityJPerK,
    energy: {
      absorbedJ: row(1),
      radiatedJ: row(2),
      convectedJ: row(3),
      storedJ,
      coolantJ: row(4),
      wallStoredJ: row(0),
    },
  };
}
