import type { Material } from '../materials.ts';
import type { Ion } from '../species.ts';
import type { TargetLayer } from './implant-input.ts';
import ratios from './layer-ratios.json' with { type: 'json' };
import { pchip } from './pchip.ts';

/** A piece of the stack: depth z from `topNm` on, where 1 nm stops like `siliconPerNm` nm of silicon. */
export type ScaledLayer = {
  topNm: number;
  siliconTopNm: number;
  siliconPerNm: number;
  /** Straggle of the layer's material in its equivalent silicon, relative to silicon's. */
  relativeStraggle: number;
};

const LOG_ENERGIES = ratios.energiesKeV.map(Math.log);

/**
 * Range scaling: each layer counts as silicon of the thickness that stops the ion alike,
 * s(z) = ∫ (R_p,Si/R_p,layer) dz; then C(z) = C_Si(s(z)) ds/dz, which keeps the dose. The ratios are this package's
 * own Monte Carlo, monotone cubic in ln E. Source: Ryssel, Lorenz & Krüger, Nucl. Instrum. Methods B 19/20 (1987)
 * 45. Holds for 0.2–200 keV (the nearest energy beyond). Worked value: B 20 keV, SiO2 → R_p 0.94 of silicon's.
 */
export function scaledLayers(ion: Ion, energyKeV: number, layers: readonly TargetLayer[]): ScaledLayer[] {
  const scaled: ScaledLayer[] = [];
  let topNm = 0;
  let siliconTopNm = 0;
  for (const { material, thicknessNm } of layers) {
    const { range, straggle } = layerRatios(ion, material, energyKeV);
    scaled.push({ topNm, siliconTopNm, siliconPerNm: 1 / range, relativeStraggle: straggle / range });
    topNm += thicknessNm;
    siliconTopNm += thicknessNm / range;
  }
  scaled.push({ topNm, siliconTopNm, siliconPerNm: 1, relativeStraggle: 1 });
  return scaled;
}

/** Depth in the stack in nm at which the ion has passed `siliconNm` of equivalent silicon. */
export function stackDepthNm(layers: readonly ScaledLayer[], siliconNm: number): number {
  const layer = layers.findLast((candidate) => candidate.siliconTopNm <= siliconNm);
  if (layer === undefined)
    throw new RangeError(`siliconNm is ${siliconNm}; it must not lie above the surface`);
  return layer.topNm + (siliconNm - layer.siliconTopNm) / layer.siliconPerNm;
}

/**
 * Straggle of the stack in equivalent silicon relative to bare silicon: variances add up along the way, so each
 * layer counts by its part of the range.
 */
export function relativeStraggle(layers: readonly ScaledLayer[], rangeSiliconNm: number): number {
  let variance = 0;
  layers.forEach((layer, i) => {
    const bottomNm = layers[i + 1]?.siliconTopNm ?? Number.POSITIVE_INFINITY;
    const passedNm = Math.min(bottomNm, rangeSiliconNm) - layer.siliconTopNm;
    if (passedNm > 0) variance += (passedNm / rangeSiliconNm) * layer.relativeStraggle ** 2;
  });
  return Math.sqrt(variance);
}

/** Range and straggle in a material relative to silicon. */
function layerRatios(ion: Ion, material: Material, energyKeV: number): { range: number; straggle: number } {
  if (material === 'Si') return { range: 1, straggle: 1 };
  const { range, straggle } = ratios.materials[material][ion];
  const logEnergy = Math.log(energyKeV);
  return { range: pchip(LOG_ENERGIES, range, logEnergy), straggle: pchip(LOG_ENERGIES, straggle, logEnergy) };
}
