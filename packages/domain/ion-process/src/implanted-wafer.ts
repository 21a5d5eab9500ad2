import { dopantOf, implantProfile } from '@spectra/ion-physics';
import type { ImplantProfile } from '@spectra/ion-physics';
import { annealProfile } from '@spectra/thermal-physics';
import type { AnnealOutcome, DopantSpecies } from '@spectra/thermal-physics';
import type { IonRecipe } from './types.ts';

/** Anneal that an as-implanted wafer's prediction assumes: the usual activation anneal, capped, in nitrogen. */
export const ASSUMED_ANNEAL = { tempC: 1000, timeS: 10 } as const;
/** Doping of the other type in the substrate, where junctions are read. */
export const SUBSTRATE_PER_CM3 = 1e15;

/** Less than this cannot be told from the background. */
const DOSE_PER_CM2_KNOWN = 2e9;
const DOSE_PER_CM2_MODELLED = { min: 1e11, max: 1e16 } as const;
/** A profile that is full of dopant stands at this limit, a rounding error above or below. */
const SOLID_PER_CM3 = 5e22;
const ZERO_CELSIUS_K = 273.15;

/** Depth profile of a wafer that received a dose; the concentration scales with doses just outside the model. */
export function implantedProfile(recipe: IonRecipe, dosePerCm2: number): ImplantProfile {
  const modelled = Math.min(Math.max(dosePerCm2, DOSE_PER_CM2_MODELLED.min), DOSE_PER_CM2_MODELLED.max);
  const profile = implantProfile({
    species: recipe.species,
    energyKeV: recipe.energyKeV,
    dosePerCm2: modelled,
    tiltDeg: recipe.tiltDeg,
    twistDeg: recipe.twistDeg,
  });
  const scale = dosePerCm2 / modelled;
  return {
    ...profile,
    concentrationPerCm3: profile.concentrationPerCm3.map((value) => value * scale),
    retainedDosePerCm2: profile.retainedDosePerCm2 * scale,
  };
}

/** The dopant that a recipe leaves in silicon; boron for BF2. */
export function dopantSpecies(recipe: Pick<IonRecipe, 'species'>): DopantSpecies {
  const dopant = dopantOf(recipe.species);
  if (dopant === 'F') throw new Error('no recipe implants fluorine alone');
  return dopant;
}

/**
 * What the wafer becomes when it is annealed at one temperature, with the implant's damage; null where too little
 * dopant lies in the silicon to speak of (a grazing beam, a thick layer).
 */
export function annealedOutcome(
  recipe: IonRecipe,
  profile: Pick<ImplantProfile, 'depthNm' | 'concentrationPerCm3'>,
  anneal: { tempC: number; timeS: number } = ASSUMED_ANNEAL,
): AnnealOutcome | null {
  if (doseOf(profile) < DOSE_PER_CM2_KNOWN) return null;
  const temperatureK = anneal.tempC + ZERO_CELSIUS_K;
  return annealProfile({
    profile: { species: dopantSpecies(recipe), ...annealable(profile) },
    backgroundPerCm3: SUBSTRATE_PER_CM3,
    history: [
      { timeS: 0, temperatureK },
      { timeS: anneal.timeS, temperatureK },
    ],
    surface: 'capped',
    damage: true,
    // Half the usual grid changes sheet resistance and junction by less than 0.1 % and answers twice as fast.
    resolution: { gridRefinement: 0.5 },
  });
}

/** Ends a profile that lies within the first nanometre with a depth free of dopant: the anneal needs one there. */
function annealable(profile: Pick<ImplantProfile, 'depthNm' | 'concentrationPerCm3'>) {
  const depthNm = Array.from(profile.depthNm);
  const concentrationPerCm3 = Array.from(profile.concentrationPerCm3, (value) =>
    Math.min(SOLID_PER_CM3, value),
  );
  if ((depthNm.at(-1) ?? 0) >= ANNEAL_DEPTH_NM_MIN) return { depthNm, concentrationPerCm3 };
  return {
    depthNm: [...depthNm, ANNEAL_DEPTH_NM_MIN],
    concentrationPerCm3: [...concentrationPerCm3, 0],
  };
}

const ANNEAL_DEPTH_NM_MIN = 1;

/** Dose of a profile by the trapezoid rule; depths in nm. */
function doseOf({
  depthNm,
  concentrationPerCm3,
}: Pick<ImplantProfile, 'depthNm' | 'concentrationPerCm3'>): number {
  let dose = 0;
  for (let i = 1; i < depthNm.length; i += 1) {
    const stepCm = ((depthNm[i] ?? 0) - (depthNm[i - 1] ?? 0)) * 1e-7;
    dose += ((concentrationPerCm3[i] ?? 0) + (concentrationPerCm3[i - 1] ?? 0)) * 0.5 * stepCm;
  }
  return dose;
}
