import { AMORPHOUS_DEFECTS_PER_CM3, SILICON_DISPLACEMENT_EV } from '../constants.ts';
import { IONS, type Ion, type Species } from '../species.ts';
import { slowingDown } from '../stopping/slowing-down.ts';
import type { Moments } from './range-moments.ts';

/** Lattice damage after the implant. Depths are measured from the surface of the stack. */
export type Damage = {
  defectsPerCm2: number;
  peakDefectsPerCm3: number;
  peakDepthNm: number;
  amorphous: boolean;
  /** Depth of the first and the deepest amorphous point; both 0 when nothing is amorphous. */
  amorphousTopNm: number;
  amorphousDepthNm: number;
};

/** Damage as a Gaussian of the depth before recombination: defects per cm² and shape. */
export type DamageSource = { defectsPerCm2: number; depthNm: number; sigmaNm: number };

/** Share of the displaced atoms that outlive their own cascade, by species; the rest 0.0264 per u. */
const SURVIVING: Partial<Record<Species, number>> = { B: 0.3, BF2: 1.2, P: 0.8, As: 2 };
/** Where the damage lies relative to the range distribution (Winterbon, Sigmund & Sanders 1970). */
const DEPTH_RATIO = 0.75;
const SIGMA_RATIO = 1;
/** Defects recombine as they overlap: N = N_s (1 − exp(−N₀/N_s)) with N_s 2.5 % above the amorphous density,
 * which puts the room-temperature amorphising doses at As, Sb 1–3·10¹⁴, P 0.5–1·10¹⁵, B > 10¹⁶ /cm². */
const SATURATION_PER_CM3 = AMORPHOUS_DEFECTS_PER_CM3 / 0.975;

/**
 * Defects of one ion by the modified Kinchin–Pease formula n = f · 0.8 E_n/(2 E_d): E_n nuclear loss of the ion
 * and, for BF2, of its fluorine in eV, E_d = 15 eV, f surviving share.
 * Source: Norgett, Robinson & Torrens, Nucl. Eng. Des. 33 (1975) 50; shares of the process simulators' default.
 * Holds for 0.2–200 keV. Worked value: B 20 keV → 79 defects.
 */
export function defectsPerIon(species: Species, atoms: readonly { ion: Ion; energyKeV: number }[]): number {
  const nuclearEv = atoms.reduce(
    (sum, { ion, energyKeV }) => sum + slowingDown(ion, 'Si', energyKeV).nuclearLossEv,
    0,
  );
  const share = SURVIVING[species] ?? 0.0264 * IONS[species as Ion].massU;
  return (share * 0.8 * nuclearEv) / (2 * SILICON_DISPLACEMENT_EV);
}

/** Gaussian source of damage for a dose: its depth and width follow the range distribution. */
export function damageSource(perIon: number, dosePerCm2: number, moments: Moments): DamageSource {
  return {
    defectsPerCm2: perIon * dosePerCm2,
    depthNm: DEPTH_RATIO * moments.projectedRangeNm,
    sigmaNm: SIGMA_RATIO * moments.straggleNm,
  };
}

/** Defects per cm³ at a depth in equivalent silicon, after recombination. */
export function defectsPerCm3(source: DamageSource, siliconNm: number): number {
  const y = (siliconNm - source.depthNm) / source.sigmaNm;
  const raw =
    (source.defectsPerCm2 * Math.exp(-0.5 * y * y)) / (Math.sqrt(2 * Math.PI) * source.sigmaNm * 1e-7);
  return SATURATION_PER_CM3 * -Math.expm1(-raw / SATURATION_PER_CM3);
}

/**
 * Damage in the silicon under a stack that takes `stackSiliconNm` of equivalent silicon and `stackNm` of depth.
 * Silicon is amorphous above 2.7·10²² defects/cm³.
 */
export function damageOf(source: DamageSource, stack: { siliconNm: number; depthNm: number }): Damage {
  const peakSiliconNm = Math.max(source.depthNm, stack.siliconNm);
  const peak = defectsPerCm3(source, peakSiliconNm);
  const amorphous = peak > AMORPHOUS_DEFECTS_PER_CM3;
  const rawPeak = source.defectsPerCm2 / (Math.sqrt(2 * Math.PI) * source.sigmaNm * 1e-7);
  const rawLimit = -SATURATION_PER_CM3 * Math.log1p(-AMORPHOUS_DEFECTS_PER_CM3 / SATURATION_PER_CM3);
  const halfNm = amorphous ? source.sigmaNm * Math.sqrt(2 * Math.log(rawPeak / rawLimit)) : 0;
  const toDepth = (siliconNm: number): number => siliconNm - stack.siliconNm + stack.depthNm;
  return {
    defectsPerCm2: source.defectsPerCm2,
    peakDefectsPerCm3: peak,
    peakDepthNm: toDepth(peakSiliconNm),
    amorphous,
    amorphousTopNm: amorphous ? toDepth(Math.max(stack.siliconNm, source.depthNm - halfNm)) : 0,
    amorphousDepthNm: amorphous ? toDepth(source.depthNm + halfNm) : 0,
  };
}
