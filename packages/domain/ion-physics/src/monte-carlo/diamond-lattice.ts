import { SILICON_LATTICE_NM } from '../constants.ts';

/** A quarter of the cell edge in nm: all sites of the diamond lattice lie on a grid of this width. */
export const QUARTER_NM = SILICON_LATTICE_NM / 4;

/** Farther from the middle of a small cube no site is looked for. */
const REACH_QUARTERS = 0.55 / QUARTER_NM;

/**
 * Sites near each of the 4³ small cubes of the cell: triples of grid steps counted from the cube's lower corner.
 * Index: 16·(x mod 4) + 4·(y mod 4) + (z mod 4).
 */
export const SITES_NEAR: readonly Int8Array[] = Array.from({ length: 64 }, (_, cube) =>
  sitesNear(cube >> 4, (cube >> 2) & 3, cube & 3),
);

function sitesNear(x: number, y: number, z: number): Int8Array {
  const sites: number[] = [];
  for (let dx = -5; dx <= 6; dx += 1) {
    for (let dy = -5; dy <= 6; dy += 1) {
      for (let dz = -5; dz <= 6; dz += 1) {
        const near = Math.hypot(dx - 0.5, dy - 0.5, dz - 0.5) <= REACH_QUARTERS;
        if (near && isSite(x + dx, y + dy, z + dz)) sites.push(dx, dy, dz);
      }
    }
  }
  return Int8Array.from(sites);
}

/** Face-centred cubic points (even, sum divisible by 4) and the same moved by (1, 1, 1). */
function isSite(x: number, y: number, z: number): boolean {
  const odd = x & 1;
  if ((y & 1) !== odd || (z & 1) !== odd) return false;
  return ((x + y + z - 3 * odd) & 3) === 0;
}
