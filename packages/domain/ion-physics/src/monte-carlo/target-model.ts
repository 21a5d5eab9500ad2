import { MATERIALS, type Material } from '../materials.ts';
import type { Atom, Ion } from '../species.ts';
import { electronicStopping } from '../stopping/electronic-stopping.ts';
import { type CollisionTable, collisionTable, ENERGY_ROWS, rowEnergyEv } from './collision-table.ts';

/** A layer as the transport kernel reads it: everything that does not depend on the single collision. */
export type LayerModel = {
  topNm: number;
  bottomNm: number;
  /** Path between two collisions; the cylinder of this length and of radius p_max holds one atom. */
  flightNm: number;
  /** Electronic stopping in eV/nm by energy row. */
  stoppingEvPerNm: Float32Array;
  /** One collision table for each kind of atom, and the 16-bit share up to which it is chosen. */
  tables: readonly CollisionTable[];
  shareLimits: readonly number[];
};

/** Layers from the surface downwards; the last one has no bottom unless a crystal lies below. */
export type TargetModel = { layers: readonly LayerModel[]; localShare: number };

/**
 * Builds the tables of a target once for all its ions. Flight path: radius of the atomic sphere
 * (3/(4πN))^⅓, so that p_max = 1/√(πNℓ); compounds by Bragg's rule.
 * An amorphous substrate is the last layer; a crystalline one is left to the crystal's own kernel.
 * `localShare` is the part of the electronic loss taken at collisions (Oen–Robinson), the rest along the path.
 */
export function targetModel(
  ion: Ion,
  layers: readonly { material: Material; thicknessNm: number }[],
  substrate: { localShare: number; amorphous: boolean },
): TargetModel {
  let topNm = 0;
  const models: LayerModel[] = [];
  for (const { material, thicknessNm } of layers) {
    models.push(layerModel(ion, material, { topNm, bottomNm: topNm + thicknessNm }));
    topNm += thicknessNm;
  }
  if (substrate.amorphous) models.push(layerModel(ion, 'Si', { topNm, bottomNm: Number.POSITIVE_INFINITY }));
  return { layers: models, localShare: substrate.localShare };
}

function layerModel(ion: Ion, material: Material, bounds: { topNm: number; bottomNm: number }): LayerModel {
  const { atoms, atomsPerCm3 } = MATERIALS[material];
  const atomsPerNm3 = atomsPerCm3 * 1e-21;
  const flightNm = (3 / (4 * Math.PI * atomsPerNm3)) ** (1 / 3);
  const impactNmMax = 1 / Math.sqrt(Math.PI * atomsPerNm3 * flightNm);
  const stoppingEvPerNm = new Float32Array(ENERGY_ROWS);
  for (let row = 0; row < ENERGY_ROWS; row += 1) {
    stoppingEvPerNm[row] = atomsPerNm3 * stoppingEvNm2(ion, atoms, rowEnergyEv(row) / 1000);
  }
  let sum = 0;
  const shareLimits = atoms.map((atom) => Math.round((sum += atom.share) * 65536));
  return {
    ...bounds,
    flightNm,
    stoppingEvPerNm,
    tables: atoms.map((atom) => collisionTable(ion, atom, impactNmMax)),
    shareLimits,
  };
}

/** 10⁻¹⁵ eV cm² = 0.1 eV nm². */
function stoppingEvNm2(ion: Ion, atoms: readonly (Atom & { share: number })[], energyKeV: number): number {
  return atoms.reduce((sum, atom) => sum + atom.share * electronicStopping(ion, atom, energyKeV), 0) * 0.1;
}
