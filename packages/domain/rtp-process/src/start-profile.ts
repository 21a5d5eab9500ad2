import { dopantOf, implantProfile } from '@spectra/ion-physics';
import type { DopantProfile, DopantSpecies } from '@spectra/thermal-physics';
import { z } from 'zod';
import type { ImplantContext } from './types.ts';

/** Where a profile that is annealed comes from. */
export interface StartProfile {
  readonly profile: DopantProfile;
  readonly source: 'wafer_record' | 'implant_context' | 'initial_profile';
}

/** What an implanter's record of a wafer must hold, so that its anneal can be computed. */
const recordSchema = z.object({
  dopant: z.enum(['B', 'P', 'As', 'In', 'Sb']),
  depth_nm: z.array(z.number()).min(3),
  concentration_cm3: z.array(z.number().min(0)).min(3),
});

/** The as-implanted profile of a wafer record; null when the record holds none. */
export function profileOfRecord(record: Readonly<Record<string, unknown>> | null): StartProfile | null {
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success || parsed.data.depth_nm.length !== parsed.data.concentration_cm3.length) return null;
  const { dopant, depth_nm, concentration_cm3 } = parsed.data;
  return {
    source: 'wafer_record',
    profile: { species: dopant, depthNm: depth_nm, concentrationPerCm3: concentration_cm3.map(solid) },
  };
}

/** Whether a profile holds more dopant than can be told from the background. */
export function isKnown(start: StartProfile): boolean {
  return doseOf(start) > DOSE_PER_CM2_KNOWN;
}

/** Dose of a profile by the trapezoid rule, per cm². */
export function doseOf({ profile }: StartProfile): number {
  const { depthNm, concentrationPerCm3 } = profile;
  let dose = 0;
  for (let i = 1; i < depthNm.length; i += 1) {
    const stepCm = ((depthNm[i] ?? 0) - (depthNm[i - 1] ?? 0)) * 1e-7;
    dose += ((concentrationPerCm3[i] ?? 0) + (concentrationPerCm3[i - 1] ?? 0)) * 0.5 * stepCm;
  }
  return dose;
}

const DOSE_PER_CM2_KNOWN = 2e9;

/** The profile that a named implant leaves in bare silicon: (100) with its channels, or amorphous without any. */
export function profileOfImplant(implant: ImplantContext, silicon: { crystalline: boolean }): StartProfile {
  const profile = implantProfile({
    species: implant.species,
    energyKeV: implant.energyKeV,
    dosePerCm2: implant.dosePerCm2,
    tiltDeg: implant.tiltDeg,
    twistDeg: 0,
    target: { crystalline: silicon.crystalline, layers: [] },
  });
  return {
    source: 'implant_context',
    profile: {
      species: dopantSpecies(implant),
      depthNm: Array.from(profile.depthNm),
      concentrationPerCm3: Array.from(profile.concentrationPerCm3, solid),
    },
  };
}

/** A profile that is full of dopant stands at this limit, a rounding error above or below. */
function solid(concentrationPerCm3: number): number {
  return Math.min(5e22, concentrationPerCm3);
}

function dopantSpecies(implant: ImplantContext): DopantSpecies {
  const dopant = dopantOf(implant.species);
  if (dopant === 'F') throw new Error('no recipe implants fluorine alone');
  return dopant;
}
