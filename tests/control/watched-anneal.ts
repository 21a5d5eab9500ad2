import { rtpProcess } from '@spectra/rtp-process';
import type { RtpRecipe, RtpTypes } from '@spectra/rtp-process';
import { simulateRun } from '@spectra/run-engine';
import type { PlantModel, ProcessDefinition, SimulatedRun } from '@spectra/run-engine';
import type { RunWarning, SimulatorFault } from '@spectra/schemas';

/** A simulated anneal, with what the wafer really was beside what the controller believed. */
export type WatchedAnneal = {
  recipe: RtpRecipe;
  warnings: RunWarning[];
  run: SimulatedRun<RtpTypes>;
  /** True temperature of each zone in °C, one entry per frame. */
  zonesC: number[][];
  /** °C, one per frame; null once the plan is over. */
  setpointC: (number | null)[];
  timeS: number[];
};

const ZERO_CELSIUS_K = 273.15;

/** Runs a recipe in the simulated chamber and looks past the sensors: true temperatures frame by frame. */
export function watchAnneal(
  body: Record<string, unknown>,
  more: { faults?: SimulatorFault[]; seed?: number } = {},
): WatchedAnneal {
  const parsed = rtpProcess.recipe.parse(body);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  const { recipe } = parsed.value;
  const zonesC: number[][] = [];
  const run = simulateRun(watching(zonesC), {
    recipe,
    wafers: [{ wafer_id: 'W1', slot: 1 }],
    seed: more.seed ?? 1,
    simulator: { noise_scale: 1, faults: more.faults ?? [] },
  });
  return {
    recipe,
    warnings: rtpProcess.recipe.warnings(recipe),
    run,
    zonesC,
    setpointC: [...(run.telemetry.channels['setpoint_temp_c'] ?? [])],
    timeS: [...run.telemetry.timeS],
  };
}

/** The process as it is, but that each reading leaves a note of the wafer, and that nothing is predicted at the end. */
function watching(zonesC: number[][]): ProcessDefinition<RtpTypes> {
  const note = (chamber: { waferTemperatureK: readonly number[] }) =>
    zonesC.push(chamber.waferTemperatureK.map((temperatureK) => temperatureK - ZERO_CELSIUS_K));
  const plant: PlantModel<RtpTypes> = {
    ...rtpProcess.plant,
    read(state) {
      note(state.chamber);
      return rtpProcess.plant.read(state);
    },
    advance(state, setpoints, dtS) {
      const moved = rtpProcess.plant.advance(state, setpoints, dtS);
      note(moved.plant.chamber);
      return moved;
    },
  };
  return { ...rtpProcess, plant, finish: [] };
}
