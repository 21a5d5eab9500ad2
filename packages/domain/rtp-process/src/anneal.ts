import type { AnnealAnswer, AnnealRequest, Result } from '@spectra/schemas';
import { accept, refuse } from '@spectra/schemas';
import { annealProfile, dryOxideThicknessNm } from '@spectra/thermal-physics';
import type { AnnealOutcome, TemperatureHistory } from '@spectra/thermal-physics';
import { annealUncertainty } from './anneal-uncertainty.ts';
import { ZERO_CELSIUS_K } from './chamber.ts';
import { segmentsFromWire } from './recipe.ts';
import { profileOfImplant, profileOfRecord } from './start-profile.ts';
import type { StartProfile } from './start-profile.ts';
import { planTemperature } from './temperature-plan.ts';

const NATIVE_OXIDE_NM = 1;
/** Nitrogen that flows along with the oxygen named in a request. */
const N2_FLOW_SLM = 10;
const EMISSIVITY = 0.68;

/**
 * The calculator behind `POST /api/rtp/simulate/anneal`: one start (an implant, a profile, or the record of a source
 * run's wafer) and one temperature history give the annealed profile and what is read off it.
 */
export function anneal(
  request: AnnealRequest,
  sourceRecord: Readonly<Record<string, unknown>> | null = null,
): Result<AnnealAnswer> {
  const start = startOf(request, sourceRecord);
  if (!start.ok) return start;
  const history = historyOf(request);
  if (!history.ok) return history;
  try {
    const annealed = annealProfile({
      profile: start.value.profile,
      backgroundPerCm3: request.background_cm3,
      history: history.value,
      surface: request.surface,
      damage: request.damage,
    });
    return accept(answer(request, { start: start.value, history: history.value, annealed }));
  } catch (error) {
    if (error instanceof RangeError) return refuse('validation_failed', error.message);
    throw error;
  }
}

function startOf(
  request: AnnealRequest,
  sourceRecord: Readonly<Record<string, unknown>> | null,
): Result<StartProfile> {
  const { implant, initial_profile: given, source_run_id: sourceRunId } = request;
  const named = [implant, given, sourceRunId].filter((each) => each !== undefined).length;
  if (named !== 1) {
    const message = 'name exactly one of implant, source_run_id and initial_profile';
    return refuse('validation_failed', message, [{ path: 'implant', message }]);
  }
  if (given) return profileGiven(given);
  if (implant) {
    return accept(
      profileOfImplant(
        {
          species: implant.species,
          energyKeV: implant.energy_kev,
          dosePerCm2: implant.dose_atoms_cm2,
          tiltDeg: implant.tilt_deg,
        },
        { crystalline: implant.crystalline },
      ),
    );
  }
  const recorded = profileOfRecord(sourceRecord);
  if (recorded) return accept(recorded);
  return refuse('source_run_unusable', `run ${sourceRunId} recorded no implanted profile`);
}

function profileGiven(given: NonNullable<AnnealRequest['initial_profile']>): Result<StartProfile> {
  const { species, depth_nm: depthNm, concentration_cm3: concentrationPerCm3 } = given;
  const wrong = (path: string, message: string) =>
    refuse('validation_failed', message, [{ path: `initial_profile.${path}`, message }]);
  if (depthNm.length !== concentrationPerCm3.length) {
    return wrong(
      'concentration_cm3',
      `has ${concentrationPerCm3.length} values for ${depthNm.length} depths`,
    );
  }
  const disorder = depthNm.findIndex((depth, i) => i > 0 && depth <= (depthNm[i - 1] ?? 0));
  if (disorder >= 0) return wrong(`depth_nm.${disorder}`, 'depths must strictly increase');
  return accept({ source: 'initial_profile', profile: { species, depthNm, concentrationPerCm3 } });
}

function historyOf(request: AnnealRequest): Result<TemperatureHistory> {
  const { thermal, segments } = request;
  if ((thermal === undefined) === (segments === undefined)) {
    const message = 'name exactly one of thermal and segments';
    return refuse('validation_failed', message, [{ path: 'thermal', message }]);
  }
  if (thermal) {
    const temperatureK = thermal.temp_c + ZERO_CELSIUS_K;
    return accept([
      { timeS: 0, temperatureK },
      { timeS: thermal.time_s, temperatureK },
    ]);
  }
  const plan = planTemperature({
    segments: segmentsFromWire(segments ?? []),
    initialC: request.initial_temp_c,
    chamber: {
      gas: { n2FlowSlm: N2_FLOW_SLM, o2FlowSlm: request.ambient?.o2_flow_slm ?? 0, pressureTorr: 760 },
      emissivity: EMISSIVITY,
      waferDiameterMm: 300,
    },
  });
  return accept(
    plan.timeS.map((timeS, i) => ({ timeS, temperatureK: (plan.tempC[i] ?? 0) + ZERO_CELSIUS_K })),
  );
}

function answer(
  request: AnnealRequest,
  found: { start: StartProfile; history: TemperatureHistory; annealed: AnnealOutcome },
): AnnealAnswer {
  const { annealed } = found;
  const sheet = annealed.sheetResistanceOhmSq;
  return {
    profile: {
      depth_nm: annealed.depthNm,
      initial_cm3: annealed.initialPerCm3,
      total_cm3: annealed.totalPerCm3,
      active_cm3: annealed.activePerCm3,
    },
    junction_depth_um: {
      at_background: annealed.junctionDepthUm.atBackground,
      at_1e17: annealed.junctionDepthUm.at1e17,
      at_1e18: annealed.junctionDepthUm.at1e18,
    },
    retained_dose_cm2: annealed.retainedDosePerCm2,
    active_dose_cm2: annealed.activeDosePerCm2,
    sheet_resistance_ohm_sq: Number.isFinite(sheet) ? sheet : null,
    activation_pct: annealed.activationPct,
    oxide_thickness_nm: oxideNm(request, found.history),
    thermal_budget: {
      dt_cm2: annealed.thermalBudget.dtCm2,
      equivalent_time_at_peak_s: annealed.thermalBudget.equivalentTimeAtPeakS,
      peak_temp_c: annealed.thermalBudget.peakTemperatureK - ZERO_CELSIUS_K,
    },
    uncertainty: annealUncertainty(found.history, found.start.profile.species),
    metadata: {
      model:
        'concentration-dependent diffusion, activation to solubility, Masetti mobility, Deal–Grove and thin oxide',
      start: found.start.source,
      ...(request.implant ? { crystalline: request.implant.crystalline } : {}),
      species: found.start.profile.species,
      implanted_dose_cm2: annealed.implantedDosePerCm2,
      surface: request.surface,
      transient_enhanced_diffusion: request.damage,
      ambient: `N2 ${N2_FLOW_SLM} slm, O2 ${request.ambient?.o2_flow_slm ?? 0} slm, 760 Torr`,
      solver_steps: annealed.steps,
    },
  };
}

function oxideNm(request: AnnealRequest, history: TemperatureHistory): number {
  const o2FlowSlm = request.ambient?.o2_flow_slm ?? 0;
  if (o2FlowSlm <= 0) return NATIVE_OXIDE_NM;
  return dryOxideThicknessNm(history, NATIVE_OXIDE_NM, {
    pressureAtm: o2FlowSlm / (o2FlowSlm + N2_FLOW_SLM),
  });
}
