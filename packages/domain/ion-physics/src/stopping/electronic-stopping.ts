import { type Atom, IONS, type Ion } from '../species.ts';

type Point = readonly [energyKeV: number, stopping: number];

/**
 * SRIM-2013 electronic stopping in silicon, 10⁻¹⁵ eV cm² per atom. The first point of each ion is at or
 * below 1 keV/u; under it the stopping is proportional to the velocity.
 */
const SILICON_POINTS: Readonly<Record<Ion, readonly Point[]>> = {
  B: [
    [10, 18.242],
    [20, 25.796],
    [30, 34.561],
    [40, 41.305],
    [50, 46.033],
    [80, 54.525],
    [100, 58.277],
    [150, 66.896],
    [200, 76.076],
    [500, 129.38],
  ],
  F: [
    [10, 16.353],
    [20, 23.124],
    [30, 28.318],
    [40, 34.899],
    [50, 44.896],
    [80, 51.368],
    [100, 54.37],
    [150, 65.579],
    [200, 78.591],
  ],
  P: [
    [20, 25.738],
    [40, 36.391],
    [50, 40.692],
    [80, 55.381],
    [100, 64.147],
    [150, 78.956],
    [200, 89.275],
    [500, 138.26],
  ],
  As: [
    [50, 28.69],
    [80, 36.29],
    [100, 40.576],
    [150, 49.834],
    [200, 66.73],
    [500, 106.59],
  ],
  In: [
    [100, 37.213],
    [150, 45.569],
    [200, 52.622],
    [500, 94.144],
  ],
  Sb: [
    [100, 35.641],
    [150, 43.66],
    [200, 50.41],
    [500, 96.455],
  ],
};

/** Ratio of measured to Lindhard–Scharff stopping at low velocity, by ion. */
const LOW_VELOCITY_RATIOS: Readonly<Record<Ion, number>> = {
  B: 1.4,
  F: 1.05,
  P: 1.04,
  As: 0.71,
  In: 0.66,
  Sb: 0.64,
};

/**
 * Electronic stopping of an ion in silicon in 10⁻¹⁵ eV cm² per atom: SRIM-2013 points joined log–log,
 * proportional to √E below the first point. Holds for 0 < E ≤ 200 keV.
 * Source: Ziegler, Ziegler & Biersack, Nucl. Instrum. Methods B 268 (2010) 1818. Worked value: B 20 keV → 25.796.
 */
export function siliconElectronicStopping(ion: Ion, energyKeV: number): number {
  const points = SILICON_POINTS[ion];
  const [firstKeV, first] = points[0] as Point;
  if (energyKeV <= firstKeV) return first * Math.sqrt(energyKeV / firstKeV);
  let i = 1;
  while (i < points.length - 1 && (points[i] as Point)[0] < energyKeV) i += 1;
  const [e0, s0] = points[i - 1] as Point;
  const [e1, s1] = points[i] as Point;
  return s0 * (s1 / s0) ** (Math.log(energyKeV / e0) / Math.log(e1 / e0));
}

/**
 * Lindhard–Scharff stopping S = k √E, k = 3.8454 Z₁^(7/6) Z₂ / (√M₁ (Z₁^⅔ + Z₂^⅔)^1.5), in 10⁻¹⁵ eV cm²;
 * E in keV, M in u. Source: Lindhard & Scharff, Phys. Rev. 124 (1961) 128. Holds below v₀ Z₁^⅔
 * (25 keV/u · Z₁^(4/3)). Worked value: B in Si at 1 keV → 4.111.
 */
export function lindhardScharffStopping(projectile: Atom, target: Atom, energyKeV: number): number {
  const z1 = projectile.atomicNumber;
  const z2 = target.atomicNumber;
  const k =
    (3.8454 * z1 ** (7 / 6) * z2) / (Math.sqrt(projectile.massU) * (z1 ** (2 / 3) + z2 ** (2 / 3)) ** 1.5);
  return k * Math.sqrt(energyKeV);
}

/**
 * Electronic stopping in 10⁻¹⁵ eV cm² per atom of any target: SRIM points for silicon, else
 * Lindhard–Scharff times the measured ratio of the ion (Bragg's rule adds atoms of a compound up).
 */
export function electronicStopping(ion: Ion, target: Atom, energyKeV: number): number {
  if (target.atomicNumber === 14) return siliconElectronicStopping(ion, energyKeV);
  return LOW_VELOCITY_RATIOS[ion] * lindhardScharffStopping(IONS[ion], target, energyKeV);
}
