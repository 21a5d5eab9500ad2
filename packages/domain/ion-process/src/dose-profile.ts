import { implantProfile } from '@spectra/ion-physics';
import type { ImplantProfile } from '@spectra/ion-physics';
import type { DoseProfileAnswer, DoseProfileRequest } from '@spectra/schemas';
import { sheetResistanceOhmSq } from '@spectra/thermal-physics';
import { budgetAnswer } from '@spectra/uncertainty';
import { concentrationUncertaintyPerCm3 } from './concentration-uncertainty.ts';
import { annealedOutcome, ASSUMED_ANNEAL, dopantSpecies, SUBSTRATE_PER_CM3 } from './implanted-wafer.ts';
import { plannedDoseMap } from './planned-dose-map.ts';
import type { IonRecipe } from './types.ts';

/** Share of the dopant that conducts before any anneal; damage traps nearly all carriers, so this is a rough bound. */
const AS_IMPLANTED_ACTIVE_SHARE = 0.01;
/** Thinner layers than this do not stop ions. */
const LAYER_NM_MIN = 0.1;

/**
 * The calculator behind `POST /api/ion/simulate/dose_profile`: depth profile, channelling, damage, sheet resistance
 * before and after an anneal, and the dose map that the scan leaves. No tool, no job.
 */
export function doseProfile(request: DoseProfileRequest): DoseProfileAnswer {
  const recipe = recipeOf(request);
  const profile = implantProfile({ ...recipe, ...targetOf(request) });
  const silicon = siliconPart(profile, request);
  const anneal = request.anneal
    ? { tempC: request.anneal.temp_c, timeS: request.anneal.time_s }
    : ASSUMED_ANNEAL;
  return {
    profile_1d: {
      depth_nm: Array.from(profile.depthNm),
      concentration_cm3: Array.from(profile.concentrationPerCm3),
      projected_range_nm: profile.moments.projectedRangeNm,
      straggle_nm: profile.moments.straggleNm,
    },
    profile_2d: plannedDoseMap(recipe),
    moments: momentsAnswer(profile),
    retained_dose_cm2: profile.retainedDosePerCm2,
    channeling: {
      risk: profile.channeling.risk,
      critical_angle_deg: profile.channeling.criticalAngleDeg,
      channeled_fraction: profile.channeling.channeledFraction,
      reason: profile.channeling.reason,
    },
    damage: damageAnswer(profile),
    sheet_resistance: {
      as_implanted_ohm_sq: asImplantedOhmSq(recipe, silicon),
      annealed_ohm_sq: annealedOhmSq(recipe, silicon, anneal),
      anneal: { temp_c: anneal.tempC, time_s: anneal.timeS },
    },
    ...fluorineAnswer(profile),
    uncertainty: {
      projected_range: budgetAnswer(profile.uncertainty.projectedRange),
      retained_dose: budgetAnswer(profile.uncertainty.retainedDose),
      concentration: concentrationAnswer(profile),
    },
    metadata: metadata(profile),
  };
}

type Profile = { depthNm: number[]; concentrationPerCm3: number[] };

/** The scan of the map is that of a usual medium-current run; the depth profile does not depend on it. */
function recipeOf(request: DoseProfileRequest): IonRecipe {
  return {
    species: request.species,
    energyKeV: request.energy_kev,
    dosePerCm2: request.dose_atoms_cm2,
    tiltDeg: request.tilt_deg,
    twistDeg: request.twist_deg,
    beamCurrentMa: 1,
    scanSpeedMmPerS: 50,
    waferDiameterMm: request.wafer_diameter_mm,
  };
}

function targetOf(request: DoseProfileRequest) {
  if (!request.target) return {};
  const layers = request.target.layers
    .filter((layer) => layer.thickness_nm >= LAYER_NM_MIN)
    .map((layer) => ({ material: layer.material, thicknessNm: layer.thickness_nm }));
  return { target: { crystalline: request.target.crystalline, layers } };
}

/** What lies in the silicon, with depth counted from its surface: only that conducts. */
function siliconPart(profile: ImplantProfile, request: DoseProfileRequest): Profile {
  const layers = request.target?.layers ?? [];
  const topNm = layers.reduce((sum, layer) => sum + layer.thickness_nm, 0);
  const part: Profile = { depthNm: [], concentrationPerCm3: [] };
  profile.depthNm.forEach((depthNm, i) => {
    if (depthNm < topNm) return;
    part.depthNm.push(depthNm - topNm);
    part.concentrationPerCm3.push(profile.concentrationPerCm3[i] ?? 0);
  });
  return part;
}

/** A profile of fewer depths is none. */
const DEPTHS_MIN = 3;

function asImplantedOhmSq(recipe: IonRecipe, silicon: Profile): number | null {
  if (silicon.depthNm.length < DEPTHS_MIN) return null;
  return finiteOrNull(
    sheetResistanceOhmSq({
      species: dopantSpecies(recipe),
      depthNm: silicon.depthNm,
      activePerCm3: silicon.concentrationPerCm3.map((value) =>
        Math.min(1e22, value * AS_IMPLANTED_ACTIVE_SHARE),
      ),
    }),
  );
}

function annealedOhmSq(
  recipe: IonRecipe,
  silicon: Profile,
  anneal: { tempC: number; timeS: number },
): number | null {
  const profile = {
    depthNm: Float64Array.from(silicon.depthNm),
    concentrationPerCm3: Float64Array.from(silicon.concentrationPerCm3),
  };
  return finiteOrNull(annealedOutcome(recipe, profile, anneal)?.sheetResistanceOhmSq ?? Infinity);
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** The moments of a profile in the words of the wire. */
export function momentsAnswer({ moments }: Pick<ImplantProfile, 'moments'>): DoseProfileAnswer['moments'] {
  return {
    projected_range_nm: moments.projectedRangeNm,
    straggle_nm: moments.straggleNm,
    lateral_straggle_nm: moments.lateralStraggleNm,
    skewness: moments.skewness,
    kurtosis: moments.kurtosis,
    backscatter_fraction: moments.backscatterFraction,
  };
}

function damageAnswer({ damage }: ImplantProfile): DoseProfileAnswer['damage'] {
  return {
    defects_cm2: damage.defectsPerCm2,
    peak_defects_cm3: damage.peakDefectsPerCm3,
    peak_depth_nm: damage.peakDepthNm,
    amorphous: damage.amorphous,
    amorphous_top_nm: damage.amorphousTopNm,
    amorphous_depth_nm: damage.amorphousDepthNm,
  };
}

function fluorineAnswer({ fluorine }: ImplantProfile): Pick<DoseProfileAnswer, 'fluorine'> {
  if (!fluorine) return {};
  return {
    fluorine: {
      depth_nm: Array.from(fluorine.depthNm),
      concentration_cm3: Array.from(fluorine.concentrationPerCm3),
    },
  };
}

/** How sure the profile itself is: what range and dose leave open, carried to each depth of `profile_1d`. */
function concentrationAnswer(profile: ImplantProfile): DoseProfileAnswer['uncertainty']['concentration'] {
  const { projectedRange, retainedDose } = profile.uncertainty;
  return {
    quantity: 'concentrationPerCm3',
    components: [projectedRange.quantity, retainedDose.quantity],
    coverage_factor: projectedRange.coverageFactor,
    expanded_cm3: concentrationUncertaintyPerCm3({
      ...profile,
      relativeDose: retainedDose.relativeCombined,
      relativeRange: projectedRange.relativeCombined,
    }),
  };
}

function metadata(profile: ImplantProfile): Record<string, unknown> {
  return {
    model: profile.model,
    version: MODEL_VERSION,
    sources: profile.sources,
    assumptions: {
      as_implanted_active_share: AS_IMPLANTED_ACTIVE_SHARE,
      anneal: 'capped surface, implant damage, depth counted from the silicon surface',
      substrate_cm3: SUBSTRATE_PER_CM3,
      dose: 'ions per cm² of wafer surface',
      dose_map: 'beam size, overscan and ±0.2° parallelism of the simulated implanter, without noise',
    },
  };
}

const MODEL_VERSION = '1';
