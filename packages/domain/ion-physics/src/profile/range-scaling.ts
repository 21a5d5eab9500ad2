import type { Ion } from '../species.ts';
import { slowingDown } from '../stopping/slowing-down.ts';
import type { TargetLayer } from './implant-input.ts';

/** A piece of the stack: depth z from `topNm` on, where 1 nm stops like `siliconPerNm` nm of silicon. */
export type ScaledLayer = { topNm: number; bottomNm: number; siliconTopNm: number; siliconPerNm: number };

/**
 * Numerical range scaling: each layer counts as silicon of the thickness that stops the ion alike,
 * s(z) = ∫ (R_Si/R_layer) dz with R the path length of {@link slowingDown}; then C(z) = C_Si(s(z)) ds/dz,
 * which keeps the dose. Source: Ryssel, Lorenz & Krüger, Nucl. Instrum. Methods B 19/20 (1987) 45.
 * Holds for layers whose atoms are not much heavier than silicon.
 */
export function scaledLayers(ion: Ion, energyKeV: number, layers: readonly TargetLayer[]): ScaledLayer[] {
  const scaled: ScaledLayer[] = [];
  let topNm = 0;
  let siliconTopNm = 0;
  const siliconPathNm = layers.length > 0 ? slowingDown(ion, 'Si', energyKeV).pathNm : 1;
  for (const { material, thicknessNm } of layers) {
    const siliconPerNm = siliconPathNm / slowingDown(ion, material, energyKeV).pathNm;
    scaled.push({ topNm, bottomNm: topNm + thicknessNm, siliconTopNm, siliconPerNm });
    topNm += thicknessNm;
    siliconTopNm += thicknessNm * siliconPerNm;
  }
  scaled.push({ topNm, bottomNm: Number.POSITIVE_INFINITY, siliconTopNm, siliconPerNm: 1 });
  return scaled;
}

/** Depth in the stack in nm at which the ion has passed `siliconNm` of equivalent silicon. */
export function stackDepthNm(layers: readonly ScaledLayer[], siliconNm: number): number {
  let layer = layers[0] as ScaledLayer;
  for (const next of layers) if (next.siliconTopNm <= siliconNm) layer = next;
  return layer.topNm + (siliconNm - layer.siliconTopNm) / layer.siliconPerNm;
}
