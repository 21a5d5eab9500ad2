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
    profile: { species: dopant, depthNm: depth_nm, concentrationPerCm3: concentration_cm3 },
  };
}

/** The profile that a named implant leaves in bare crystalline silicon (100). */
export function profileOfImplant(implant: ImplantContext): StartProfile {
  const profile = implantProfile({
    species: implant.species,
    energyKeV: implant.energyKeV,
    dosePerCm2: implant.dosePerCm2,
    tiltDeg: implant.tiltDeg,
    twistDeg: 0,
  });
  return {
    source: 'implant_context',
    profile: {
      species: dopantSpecies(implant),
      depthNm: Array.from(profile.depthNm),
      concentrationPerCm3: Array.from(profile.concentrationPerCm3),
    },
  };
}

function dopantSpecies(implant: ImplantContext): DopantSpecies {
  const dopant = dopantOf(implant.species);
  if (dopant === 'F') throw new Error('no recipe implants fluorine alone');
  return dopant;
}
