import type { Material } from '../materials.ts';
import { MATERIALS } from '../materials.ts';
import { requireWithin } from '../out-of-range.ts';
import { dopantEnergyKeV, dopantOf, fluorineEnergyKeV, type Ion, SPECIES, type Species } from '../species.ts';

/** A layer on the silicon, from the surface downwards. */
export type TargetLayer = { material: Material; thicknessNm: number };

/** An implant as the recipe names it; dose per wafer area. Without a target: bare crystalline Si (100). */
export type ImplantInput = {
  species: Species;
  energyKeV: number;
  dosePerCm2: number;
  tiltDeg: number;
  twistDeg: number;
  target?: { crystalline: boolean; layers: readonly TargetLayer[] };
};

/** Limits of the implant model, lower and upper, by field. */
export const IMPLANT_LIMITS = {
  energyKeV: { min: 0.2, max: 200, unit: 'keV' },
  dosePerCm2: { min: 1e11, max: 1e16, unit: '/cm²' },
  tiltDeg: { min: 0, max: 90, unit: '°' },
  twistDeg: { min: 0, max: 360, unit: '°' },
  thicknessNm: { min: 0.1, max: 5000, unit: 'nm' },
  layerCount: { min: 0, max: 8, unit: 'layers' },
} as const;

/** Throws a RangeError with field, value and limit for an implant that the model does not cover. */
export function requireImplantInput(input: ImplantInput): void {
  if (!SPECIES.includes(input.species)) {
    throw new RangeError(`species is ${input.species}; it must be one of ${SPECIES.join(', ')}`);
  }
  for (const field of ['energyKeV', 'dosePerCm2', 'tiltDeg', 'twistDeg'] as const) {
    requireWithin({ field, value: input[field], ...IMPLANT_LIMITS[field] });
  }
  const layers = input.target?.layers ?? [];
  requireWithin({ field: 'target.layers', value: layers.length, ...IMPLANT_LIMITS.layerCount });
  layers.forEach((layer, i) => {
    if (!Object.hasOwn(MATERIALS, layer.material)) {
      throw new RangeError(
        `target.layers[${i}].material is ${layer.material}; it must be one of ${Object.keys(MATERIALS).join(', ')}`,
      );
    }
    const field = `target.layers[${i}].thicknessNm`;
    requireWithin({ field, value: layer.thicknessNm, ...IMPLANT_LIMITS.thicknessNm });
  });
}

/** The atoms that one implanted particle breaks into, each with its energy. */
export function implantedAtoms(input: ImplantInput): { ion: Ion; energyKeV: number }[] {
  const dopant = { ion: dopantOf(input.species), energyKeV: dopantEnergyKeV(input.species, input.energyKeV) };
  if (input.species !== 'BF2') return [dopant];
  const fluorine = { ion: 'F' as const, energyKeV: fluorineEnergyKeV(input.energyKeV) };
  return [dopant, fluorine, fluorine];
}
