import { AMORPHOUS_DEFECTS_PER_CM3, SILICON_LATTICE_NM } from '../constants.ts';
import { MATERIALS } from '../materials.ts';
import { dopantEnergyKeV, dopantOf, IONS } from '../species.ts';
import { nuclearStoppingEvNm2 } from '../stopping/nuclear-stopping.ts';
import { axialCriticalAngleDeg, planarCriticalAngleDeg } from './critical-angle.ts';
import { axesNear, beamInCrystal, planesNear } from './crystal-direction.ts';
import type { ImplantInput } from './implant-input.ts';

/** How far the beam lies along open rows or planes of the crystal. Angles in degrees. */
export type Channeling = {
  risk: 'low' | 'medium' | 'high';
  /** Critical angle of the nearest axis, the angle between that axis and the beam, and its name. */
  criticalAngleDeg: number;
  axisAngleDeg: number;
  axis: string;
  planarCriticalAngleDeg: number;
  planeAngleDeg: number;
  plane: string;
  /** Share of the retained dose in the channelled tail, and the part of it that entered along an axis. */
  channeledFraction: number;
  axialShare: number;
  /** How well rows guide at this energy, 0 to 1: falls at low energy, where critical angles grow large. */
  guidance: number;
  reason: string;
};

/** Share channelled along an axis hit straight on, and how it falls with (angle/critical angle)². */
const AXIAL_SHARE = 0.84;
const AXIAL_DECAY = 1.8;
/** The same for the {110} plane; others in proportion to their spacing. */
const PLANAR_SHARE = 0.47;
const PLANAR_DECAY = 3.5;
const WIDEST_SPACING = Math.SQRT2 / 4;
/** Share scattered into channels from any direction. */
const SCATTERED_SHARE = 0.03;
/** Critical angles in degrees above which rows and sheets no longer guide: the ion feels single atoms. */
const AXIAL_FADING_DEG = 8;
const PLANAR_FADING_DEG = 4;
/** How strongly displaced atoms block the channels. */
const BLOCKING = 5;

type Nearest = { name: string; angleDeg: number; criticalDeg: number; spacing: number };

/**
 * Channelling of an implant into Si (100) by tilt and twist. Risk is high within the critical angle of an axis,
 * medium within 1.5 times that or within the critical angle of a plane, else low; amorphous targets have none.
 * The share follows a Gaussian of (angle/critical angle), and falls with the damage that the implant itself
 * makes (mean over the dose) and with the multiple scattering of a layer on top,
 * Θ² = (M₂/M₁) N S_n t/E against ψ². `damagePeakPerCm3`: defects without recombination at the damage peak; `reachedShare`: ions that reach the crystal.
 * Source: Hobler, Radiat. Eff. Defects Solids 139 (1996) 21 (map of critical angles); shares estimated from
 * this package's crystalline model. Holds for 0.2–200 keV.
 */
export function channeling(
  input: ImplantInput,
  crystal: { damagePeakPerCm3: number; reachedShare: number },
): Channeling {
  const ion = dopantOf(input.species);
  const energyKeV = dopantEnergyKeV(input.species, input.energyKeV);
  const beam = beamInCrystal(input.tiltDeg, input.twistDeg);
  const axis = nearest(axesNear(beam), (nm) => axialCriticalAngleDeg(ion, energyKeV, nm));
  const plane = nearest(planesNear(beam), (nm) => planarCriticalAngleDeg(ion, energyKeV, nm));
  const crystalline = input.target?.crystalline ?? true;
  const scattered = layerScatteringDeg(input);
  const share = crystalline ? channeledShare({ axis, plane, scattered, ...crystal }) : { total: 0, axial: 0 };
  const risk = crystalline ? riskOf(axis, plane) : 'low';
  return {
    risk,
    criticalAngleDeg: axis.criticalDeg,
    axisAngleDeg: axis.angleDeg,
    axis: axis.name,
    planarCriticalAngleDeg: plane.criticalDeg,
    planeAngleDeg: plane.angleDeg,
    plane: plane.name,
    channeledFraction: share.total,
    axialShare: share.axial,
    guidance: guidance(axis),
    reason: crystalline ? reasonOf(axis, plane) : 'The target is amorphous: there are no channels.',
  };
}

function nearest(
  neighbours: readonly { name: string; angleDeg: number; spacing: number }[],
  criticalDegOf: (spacingNm: number) => number,
): Nearest {
  const rated = neighbours.map(({ name, angleDeg, spacing }) => ({
    name,
    angleDeg,
    spacing,
    criticalDeg: criticalDegOf(spacing * SILICON_LATTICE_NM),
  }));
  return rated.reduce((best, next) =>
    next.angleDeg / next.criticalDeg < best.angleDeg / best.criticalDeg ? next : best,
  );
}

function channeledShare(way: {
  axis: Nearest;
  plane: Nearest;
  scattered: number;
  damagePeakPerCm3: number;
  reachedShare: number;
}): { total: number; axial: number } {
  const { axis, plane, scattered } = way;
  const axisRatio = axis.angleDeg / axis.criticalDeg;
  const planeRatio = plane.angleDeg / plane.criticalDeg;
  const axial =
    AXIAL_SHARE * Math.exp(-AXIAL_DECAY * axisRatio ** 2) * guidance(axis) * passed(axis, scattered);
  const fading = Math.exp(-((plane.criticalDeg / PLANAR_FADING_DEG) ** 4));
  const open = PLANAR_SHARE * fading * Math.min(1, plane.spacing / WIDEST_SPACING);
  const planar = open * Math.exp(-PLANAR_DECAY * planeRatio ** 2) * passed(plane, scattered);
  const fedIn = SCATTERED_SHARE * passed(axis, scattered);
  const blocked = (BLOCKING * way.damagePeakPerCm3) / AMORPHOUS_DEFECTS_PER_CM3;
  const undamaged = blocked > 1e-6 ? -Math.expm1(-blocked) / blocked : 1;
  const total = axial + (1 - axial) * (planar + (1 - planar) * fedIn);
  return { total: total * undamaged * way.reachedShare, axial: total > 0 ? axial / total : 0 };
}

function guidance(axis: Nearest): number {
  return 1 / (1 + (axis.criticalDeg / AXIAL_FADING_DEG) ** 4);
}

/** Share of a beam of rms angle Θ that still lies within the critical angle: ψ²/(ψ² + Θ²). */
function passed(channel: Nearest, scatteredDeg: number): number {
  return channel.criticalDeg ** 2 / (channel.criticalDeg ** 2 + scatteredDeg ** 2);
}

function layerScatteringDeg(input: ImplantInput): number {
  const ion = dopantOf(input.species);
  const energyKeV = dopantEnergyKeV(input.species, input.energyKeV);
  const slant = 1 / Math.max(0.05, Math.cos((input.tiltDeg * Math.PI) / 180));
  let squared = 0;
  for (const { material, thicknessNm } of input.target?.layers ?? []) {
    const { atoms, atomsPerCm3 } = MATERIALS[material];
    for (const atom of atoms) {
      const lossEv =
        atom.share *
        atomsPerCm3 *
        1e-21 *
        thicknessNm *
        slant *
        nuclearStoppingEvNm2(IONS[ion], atom, energyKeV);
      squared += ((atom.massU / IONS[ion].massU) * lossEv) / (energyKeV * 1000);
    }
  }
  return (Math.sqrt(squared) * 180) / Math.PI;
}

function riskOf(axis: Nearest, plane: Nearest): Channeling['risk'] {
  const ratio = axis.angleDeg / axis.criticalDeg;
  if (ratio <= 1) return 'high';
  return ratio <= 1.5 || plane.angleDeg <= plane.criticalDeg ? 'medium' : 'low';
}

function reasonOf(axis: Nearest, plane: Nearest): string {
  const axial = `The beam is ${axis.angleDeg.toFixed(1)}° from ${axis.name} (critical angle ${axis.criticalDeg.toFixed(1)}°)`;
  const planar = `${plane.angleDeg.toFixed(1)}° from ${plane.name} (critical angle ${plane.criticalDeg.toFixed(1)}°)`;
  return `${axial} and ${planar}.`;
}
