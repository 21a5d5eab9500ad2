import { SILICON_ATOMS_PER_CM3 } from '../constants.ts';
import { SILICON } from '../materials.ts';
import type { Ion } from '../species.ts';
import { electronicStopping } from '../stopping/electronic-stopping.ts';
import { type CollisionTable, collisionTable, ENERGY_ROWS, rowEnergyEv } from './collision-table.ts';

/** Crystalline silicon below a stack, as the transport kernel reads it. */
export type CrystalModel = {
  topNm: number;
  /** Angle from the tilt direction of the wafer frame to the crystal's second cube axis. */
  azimuthCosine: number;
  azimuthSine: number;
  impactNmMax: number;
  table: CollisionTable;
  stoppingEvPerNm: Float32Array;
  /** Part of the electronic loss taken at collisions, and its mean per collision in units of the loss per nm. */
  localShare: number;
  localNm: number;
};

/** Share of displaced atoms by depth below the crystal's surface, in equal bins; zero below the last. */
export type DisplacedShare = { binNm: number; shares: Float64Array };

/** Atoms farther from the flight line than this are left out. */
const IMPACT_NM_MAX = 0.2;
/** Half of the electronic loss follows the electrons met at collisions, so channelled ions lose less. */
const LOCAL_SHARE = 0.5;

/** Tables of an ion in crystalline Si (100) with a <011> notch, turned by the twist. */
export function crystalModel(ion: Ion, twistDeg: number, topNm: number): CrystalModel {
  const atomsPerNm3 = SILICON_ATOMS_PER_CM3 * 1e-21;
  const stoppingEvPerNm = new Float32Array(ENERGY_ROWS);
  for (let row = 0; row < ENERGY_ROWS; row += 1) {
    stoppingEvPerNm[row] = atomsPerNm3 * 0.1 * electronicStopping(ion, SILICON, rowEnergyEv(row) / 1000);
  }
  const azimuth = ((twistDeg + 45) * Math.PI) / 180;
  return {
    topNm,
    azimuthCosine: Math.cos(azimuth),
    azimuthSine: Math.sin(azimuth),
    impactNmMax: IMPACT_NM_MAX,
    table: collisionTable(ion, SILICON, IMPACT_NM_MAX),
    stoppingEvPerNm,
    localShare: LOCAL_SHARE,
    localNm: LOCAL_SHARE / (atomsPerNm3 * Math.PI * IMPACT_NM_MAX ** 2),
  };
}
