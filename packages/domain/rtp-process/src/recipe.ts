import type { RecipeRules } from '@spectra/run-engine';
import {
  accept,
  fieldErrors,
  numberRanges,
  refuse,
  rtpRampLimits,
  rtpRecipeFields,
  rtpRecipeSchema,
  rtpSegmentSchema,
} from '@spectra/schemas';
import type { FieldError, RtpRecipe as WireRecipe, RunWarning } from '@spectra/schemas';
import { thermalBudget } from '@spectra/thermal-physics';
import { ZERO_CELSIUS_K } from './chamber.ts';
import { DEFAULT_WEIGHTS } from './mpc-control.ts';
import { DEFAULT_GAINS } from './pid-control.ts';
import { planTemperature } from './temperature-plan.ts';
import type { PlannedSegment, RtpRecipe, RtpSegment } from './types.ts';

/** Cool-down to the unloading temperature, and handling. */
const WAFER_OVERHEAD_S = 35;
/** Boron diffuses further than this: a shallow junction will not stay shallow. */
const DIFFUSION_LENGTH_NM_WARNED = 50;

const { n2_flow_slm, o2_flow_slm, pressure_torr, emissivity, initial_temp_c, wafer_diameter_mm } =
  rtpRecipeFields;
const boundable = {
  n2_flow_slm,
  o2_flow_slm,
  pressure_torr,
  emissivity,
  initial_temp_c,
  wafer_diameter_mm,
};
const { target_temp_c, duration_s, ramp_rate_c_s } = rtpSegmentSchema.shape;
const boundableOfSegments = { target_temp_c, duration_s, ramp_rate_c_s };

/** What an anneal recipe may be, what to warn of, and how long it takes. */
export const rtpRecipeRules: RecipeRules<RtpRecipe> = {
  parse(body) {
    const parsed = rtpRecipeSchema.safeParse(body);
    if (!parsed.success) {
      return refuse('validation_failed', 'the anneal recipe is not valid', fieldErrors(parsed.error, body));
    }
    const tooFast = coolingErrors(parsed.data);
    if (tooFast.length > 0) return refuse('validation_failed', 'the anneal recipe is not valid', tooFast);
    return accept({ wire: parsed.data, recipe: fromWire(parsed.data) });
  },
  warnings(recipe) {
    return [
      ...recipe.plan.segments.flatMap((segment, index) => segmentWarnings(recipe, segment, index)),
      ...budgetWarning(recipe),
    ];
  },
  limitRanges: numberRanges({ ...boundable, ...boundableOfSegments }),
  limitValues,
  estimateToolTimeS: (recipe, waferCount) => waferCount * (recipe.plan.endS + WAFER_OVERHEAD_S),
};

/** Segments of the wire in the units of the domain. */
export function segmentsFromWire(segments: WireRecipe['segments']): RtpSegment[] {
  return segments.map((segment) => ({
    kind: segment.kind,
    targetC: segment.target_temp_c,
    durationS: segment.duration_s,
    rampCPerS: segment.ramp_rate_c_s ?? null,
  }));
}

/** The wire schema knows no temperature before a segment, so the limit on cooling is checked here. */
function coolingErrors(wire: WireRecipe): FieldError[] {
  return wire.segments.flatMap((segment, index) => {
    const beforeC = wire.segments[index - 1]?.target_temp_c ?? wire.initial_temp_c;
    const maximum = rtpRampLimits[segment.kind].downCPerS;
    const rate = segment.ramp_rate_c_s;
    if (rate === undefined || segment.target_temp_c >= beforeC || rate <= maximum) return [];
    return [
      {
        path: `segments.${index}.ramp_rate_c_s`,
        message: `Too big: a ${segment.kind} segment cools at most ${maximum} °C/s`,
        value: rate,
        limit: { maximum },
      },
    ];
  });
}

function fromWire(wire: WireRecipe): RtpRecipe {
  const segments = segmentsFromWire(wire.segments);
  const gas = {
    n2FlowSlm: wire.n2_flow_slm,
    o2FlowSlm: wire.o2_flow_slm,
    pressureTorr: wire.pressure_torr,
  };
  const context = wire.ion_implant_context;
  return {
    ...gas,
    segments,
    initialC: wire.initial_temp_c,
    emissivity: wire.emissivity,
    controller: wire.controller_type,
    gains: {
      kp: wire.pid_kp ?? DEFAULT_GAINS.kp,
      ki: wire.pid_ki ?? DEFAULT_GAINS.ki,
      kd: wire.pid_kd ?? DEFAULT_GAINS.kd,
    },
    weights: DEFAULT_WEIGHTS,
    waferDiameterMm: wire.wafer_diameter_mm,
    implant: context
      ? {
          species: context.species,
          energyKeV: context.energy_kev,
          dosePerCm2: context.dose_atoms_cm2,
          tiltDeg: context.tilt_deg,
        }
      : null,
    plan: planTemperature({
      segments,
      chamber: { gas, emissivity: wire.emissivity, waferDiameterMm: wire.wafer_diameter_mm },
      initialC: wire.initial_temp_c,
    }),
  };
}

function segmentWarnings(recipe: RtpRecipe, planned: PlannedSegment, index: number): RunWarning[] {
  const asked = recipe.segments[index];
  if (!asked) return [];
  const takesS = planned.endS - planned.startS;
  const longer =
    takesS > asked.durationS + 0.5
      ? `; the segment lasts ${takesS.toFixed(1)} s instead of ${asked.durationS} s`
      : '';
  const path = `segments.${index}`;
  const rate = `${planned.askedCPerS.toFixed(1)} °C/s`;
  if (planned.limited) {
    const { fromC, toC, slowestCPerS } = planned.limited;
    const cooling = planned.targetC < planned.fromC;
    const cause = cooling ? 'radiation and gas cool the wafer by' : 'full lamp power heats the wafer by';
    const where = cooling
      ? `below ${fromC.toFixed(0)} °C`
      : `from ${toC.toFixed(0)} to ${fromC.toFixed(0)} °C`;
    return [
      {
        code: 'ramp_unreachable',
        path: `${path}.ramp_rate_c_s`,
        message: `segment ${index + 1}: ${rate} is not reachable ${where}, where ${cause} only ${slowestCPerS.toFixed(1)} °C/s at the slowest; the setpoint follows what the chamber can do${longer}`,
      },
    ];
  }
  if (longer === '') return [];
  return [
    {
      code: 'segment_prolonged',
      path: `${path}.duration_s`,
      message: `segment ${index + 1}: from ${planned.fromC.toFixed(0)} to ${planned.targetC.toFixed(0)} °C at ${rate} takes longer than the segment${longer}`,
    },
  ];
}

function budgetWarning(recipe: RtpRecipe): RunWarning[] {
  const history = recipe.plan.timeS.map((timeS, i) => ({
    timeS,
    temperatureK: (recipe.plan.tempC[i] ?? 0) + ZERO_CELSIUS_K,
  }));
  const lengthNm = 2e7 * Math.sqrt(thermalBudget(history, 'B').dtCm2);
  if (lengthNm <= DIFFUSION_LENGTH_NM_WARNED) return [];
  return [
    {
      code: 'thermal_budget',
      path: 'segments',
      message: `the thermal budget is high: boron diffuses about ${lengthNm.toFixed(0)} nm (2 √Dt); above ${DIFFUSION_LENGTH_NM_WARNED} nm shallow junctions do not stay shallow`,
    },
  ];
}

function limitValues(recipe: RtpRecipe): Record<string, { lowest: number; highest: number }> {
  const over = (values: readonly number[]) => ({ lowest: Math.min(...values), highest: Math.max(...values) });
  const ramps = recipe.plan.segments.filter((segment) => segment.fromC !== segment.targetC);
  return {
    target_temp_c: over(recipe.segments.map((segment) => segment.targetC)),
    duration_s: over(recipe.segments.map((segment) => segment.durationS)),
    ...(ramps.length > 0 ? { ramp_rate_c_s: over(ramps.map((segment) => segment.askedCPerS)) } : {}),
    n2_flow_slm: over([recipe.n2FlowSlm]),
    o2_flow_slm: over([recipe.o2FlowSlm]),
    pressure_torr: over([recipe.pressureTorr]),
    emissivity: over([recipe.emissivity]),
    initial_temp_c: over([recipe.initialC]),
    wafer_diameter_mm: over([recipe.waferDiameterMm]),
  };
}
