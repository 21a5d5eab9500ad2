import { dopantEnergyKeV, dopantOf, fluorineEnergyKeV, type Ion } from '../species.ts';
import { slowingDown } from '../stopping/slowing-down.ts';
import { type Channeling, channeling } from './channeling.ts';
import { type Damage, damageOf, damageSource, defectsPerIon } from './damage.ts';
import { depthDensity } from './depth-density.ts';
import { type ImplantInput, implantedAtoms, requireImplantInput } from './implant-input.ts';
import { type ImplantUncertainty, implantUncertainty } from './implant-uncertainty.ts';
import type { PearsonMoments } from './pearson.ts';
import { type Moments, rangeMoments } from './range-moments.ts';
import { relativeStraggle, type ScaledLayer, scaledLayers, stackDepthNm } from './range-scaling.ts';

/** Concentration over depth from the surface of the stack. Trapezoids over it sum to the retained dose. */
export type DepthProfile = {
  depthNm: Float64Array;
  concentrationPerCm3: Float64Array;
  retainedDosePerCm2: number;
};

/** Answer of the fast profile. `moments` are those of amorphous silicon, without layers and channels. */
export type ImplantProfile = DepthProfile & {
  moments: Moments;
  channeling: Channeling;
  damage: Damage;
  /** Fluorine of a BF2 implant: two atoms for each boron. */
  fluorine?: DepthProfile;
  uncertainty: ImplantUncertainty;
  sources: readonly string[];
  model: string;
};

const POINTS = 400;
const SOURCES = [
  'Ziegler, Biersack & Littmark, The Stopping and Range of Ions in Solids (1985)',
  'Ziegler, Ziegler & Biersack, Nucl. Instrum. Methods B 268 (2010) 1818 (SRIM-2013 electronic stopping)',
  'Hofker, Philips Res. Rep. Suppl. 8 (1975) (Pearson distributions)',
  'Lindhard, Mat. Fys. Medd. Dan. Vid. Selsk. 34 (1965) no. 14 (critical angles)',
  'Norgett, Robinson & Torrens, Nucl. Eng. Des. 33 (1975) 50 (damage)',
] as const;

/**
 * As-implanted depth profile of a species in a layered Si (100) wafer, in well under a millisecond.
 *
 * C(z) = Φ_r [(1 − f) P₁(s) + f P₂(s)] ds/dz: P₁ Pearson curve of the amorphous moments, P₂ of the channelled
 * ions, f channelled share, s(z) equivalent silicon of the stack, Φ_r = Φ (1 − backscatter) retained dose.
 * Depth in nm, concentration in 1/cm³, dose in 1/cm² of wafer area. Valid for the limits in `IMPLANT_LIMITS`;
 * outside it throws a RangeError with field, value and limit. Never negative; trapezoids over its own grid give
 * the retained dose. Worked value: P 40 keV, 10¹⁵/cm², 7° → R_p 57.5 nm, ΔR_p 24.5 nm.
 */
export function implantProfile(input: ImplantInput): ImplantProfile {
  requireImplantInput(input);
  const ion = dopantOf(input.species);
  const energyKeV = dopantEnergyKeV(input.species, input.energyKeV);
  const moments = rangeMoments(ion, energyKeV, input.tiltDeg);
  const layers = scaledLayers(ion, energyKeV, input.target?.layers ?? []);
  const source = damageSource(defectsPerIon(input.species, implantedAtoms(input)), input.dosePerCm2, moments);
  const silicon = layers.at(-1) as ScaledLayer;
  const channels = channeling(input, {
    damagePeakPerCm3: source.defectsPerCm2 / (Math.sqrt(2 * Math.PI) * source.sigmaNm * 1e-7),
    reachedShare: reachedShare(moments, silicon.siliconTopNm),
  });
  return {
    ...profileOf({
      ion,
      energyKeV,
      moments,
      layers,
      share: channels.channeledFraction,
      reach: (0.6 + 0.4 * channels.axialShare) * channels.guidance,
      dosePerCm2: input.dosePerCm2,
    }),
    moments,
    channeling: channels,
    damage: damageOf(source, { siliconNm: silicon.siliconTopNm, depthNm: silicon.topNm }),
    ...(input.species === 'BF2' ? { fluorine: fluorineProfile(input) } : {}),
    uncertainty: implantUncertainty(input, moments),
    sources: SOURCES,
    model: 'Pearson curves by Monte Carlo moments, dual Pearson for channelling, range scaling for layers',
  };
}

type ProfilePlan = {
  ion: Ion;
  energyKeV: number;
  moments: Moments;
  layers: readonly ScaledLayer[];
  share: number;
  /** Depth of the channelled ions relative to those that enter along an axis at high energy. */
  reach: number;
  dosePerCm2: number;
};

function fluorineProfile(input: ImplantInput): DepthProfile {
  const energyKeV = fluorineEnergyKeV(input.energyKeV);
  return profileOf({
    ion: 'F',
    energyKeV,
    moments: rangeMoments('F', energyKeV, input.tiltDeg),
    layers: scaledLayers('F', energyKeV, input.target?.layers ?? []),
    share: 0,
    reach: 0,
    dosePerCm2: 2 * input.dosePerCm2,
  });
}

function profileOf(plan: ProfilePlan): DepthProfile {
  const { moments, share } = plan;
  const retainedDosePerCm2 = plan.dosePerCm2 * (1 - moments.backscatterFraction);
  const random = pearsonOf(moments, plan.layers);
  const channeled = channeledMoments(plan);
  const randomEndNm = random.meanNm + (5.5 + Math.max(0, random.skewness) * 2) * random.sigmaNm;
  const endNm = share > 0 ? Math.max(randomEndNm, channeled.meanNm + 5 * channeled.sigmaNm) : randomEndNm;
  const stepNm = endNm / (POINTS - 1);
  const density = depthDensity(random, stepNm, POINTS);
  if (share > 0) {
    const tail = depthDensity(channeled, stepNm, POINTS);
    for (let i = 0; i < POINTS; i += 1)
      density[i] = (1 - share) * (density[i] as number) + share * (tail[i] as number);
  }
  return onStack(density, stepNm, plan.layers, retainedDosePerCm2);
}

/** Share of the ions that get through the layers into the crystal: logistic form of the normal integral. */
function reachedShare(moments: Moments, stackSiliconNm: number): number {
  const beyond = (nm: number): number =>
    1 / (1 + Math.exp((1.702 * (nm - moments.projectedRangeNm)) / moments.straggleNm));
  return beyond(stackSiliconNm) / beyond(0);
}

/** Moments in equivalent silicon; each layer above the range gives its share to the straggle. */
function pearsonOf(moments: Moments, layers: readonly ScaledLayer[]): PearsonMoments {
  const { projectedRangeNm, straggleNm, skewness, kurtosis } = moments;
  const sigmaNm = straggleNm * relativeStraggle(layers, projectedRangeNm);
  return { meanNm: projectedRangeNm, sigmaNm, skewness, kurtosis };
}

/**
 * Moments of the channelled ions, fitted to this package's crystalline Monte Carlo for B, P and As at 0° and
 * 7°/22°: mean R_p + κ (R_e − R_p) with κ = 1.1 √(R_p/R_e), where R_e is the range of an ion that meets no
 * nuclei; ions that found a plane or were scattered into channels reach 0.6 of that, and all less at low energy.
 */
function channeledMoments(plan: ProfilePlan): PearsonMoments {
  const { projectedRangeNm, straggleNm } = plan.moments;
  const freeNm = slowingDown(plan.ion, 'Si', plan.energyKeV).electronicRangeNm;
  const ratio = Math.min(1, projectedRangeNm / freeNm);
  const beyondNm = 1.1 * Math.sqrt(ratio) * plan.reach * Math.max(0, freeNm - projectedRangeNm);
  const skewness = Math.min(1.1, Math.max(-0.6, 1.2 - 6.3 * ratio));
  return {
    meanNm: projectedRangeNm + beyondNm,
    sigmaNm: Math.max(0.7 * straggleNm, 0.5 * beyondNm + 0.2 * straggleNm),
    skewness,
    kurtosis: 2.6 + 1.3 * skewness * skewness,
  };
}

/** Puts a density over equivalent silicon onto the stack and scales it so that its trapezoids give the dose. */
function onStack(
  density: Float64Array,
  stepNm: number,
  layers: readonly ScaledLayer[],
  dosePerCm2: number,
): DepthProfile {
  const concentrationPerCm3 = new Float64Array(density.length);
  const depthNm = new Float64Array(density.length);
  const bare = layers.length === 1;
  const endNm = stackDepthNm(layers, stepNm * (density.length - 1));
  for (let i = 0; i < density.length; i += 1) {
    const z = (endNm * i) / (density.length - 1);
    depthNm[i] = z;
    concentrationPerCm3[i] = bare ? (density[i] as number) : densityAt(density, stepNm, layers, z);
  }
  let sum = 0;
  for (let i = 1; i < density.length; i += 1) {
    const width = (depthNm[i] as number) - (depthNm[i - 1] as number);
    sum += 0.5 * width * ((concentrationPerCm3[i] as number) + (concentrationPerCm3[i - 1] as number));
  }
  const scale = dosePerCm2 / (sum * 1e-7);
  for (let i = 0; i < density.length; i += 1)
    concentrationPerCm3[i] = (concentrationPerCm3[i] as number) * scale;
  return { depthNm, concentrationPerCm3, retainedDosePerCm2: dosePerCm2 };
}

function densityAt(
  density: Float64Array,
  stepNm: number,
  layers: readonly ScaledLayer[],
  depthNm: number,
): number {
  let layer = layers[0] as ScaledLayer;
  for (const next of layers) if (next.topNm <= depthNm) layer = next;
  const position = (layer.siliconTopNm + (depthNm - layer.topNm) * layer.siliconPerNm) / stepNm;
  const i = Math.min(density.length - 2, Math.floor(position));
  const t = Math.min(1, position - i);
  return ((1 - t) * (density[i] as number) + t * (density[i + 1] as number)) * layer.siliconPerNm;
}
