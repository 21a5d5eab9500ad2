import { requireInRange } from './require-in-range.ts';

/**
 * Share of each lamp ring's light that falls on each wafer ring: coupling[wafer ring][lamp zone].
 *
 * E(r) = (P H^2 / pi) A / (A^2 - B^2)^1.5, A = H^2 + r^2 + a^2, B = 2 a r
 *
 * E: irradiance at wafer radius r (W/cm2) under a ring of lamps of radius a (cm), power P (W), height H (cm),
 * radiating as Lambert sources: the azimuthal mean of cos^2(theta)/(pi d^2). Lamp zones lie above the wafer
 * rings; the outermost reaches one lamp height beyond the edge, so the edge can be heated as strongly as the centre.
 * Source: Lambert view factor, Siegel & Howell, "Thermal Radiation Heat Transfer", ch. 5; ring lamps as in
 * Jan & Lin, IEEE Trans. Semicond. Manuf. 11 (1998) 75.
 * Range: 1-12 zones, radius 1-50 cm, height 0.2-20 cm.
 * Worked value: a point ring (a = 0) over a wide wafer gives E(0) = P / (pi H^2).
 */
export function lampCouplingMatrix(input: {
  zones: number;
  waferRadiusCm: number;
  heightCm: number;
}): number[][] {
  const { zones, waferRadiusCm, heightCm } = input;
  requireInRange('zones', zones, 1, 12);
  requireInRange('waferRadiusCm', waferRadiusCm, 1, 50);
  requireInRange('heightCm', heightCm, 0.2, 20);
  const ringCm = waferRadiusCm / zones;
  return Array.from({ length: zones }, (_, ring) =>
    Array.from({ length: zones }, (_, lamp) =>
      sharedLight({
        innerCm: ring * ringCm,
        outerCm: (ring + 1) * ringCm,
        lampInnerCm: lamp * ringCm,
        lampOuterCm: (lamp + 1) * ringCm + (lamp === zones - 1 ? heightCm : 0),
        heightCm,
      }),
    ),
  );
}

/** Irradiance in W/cm2 per watt at a wafer radius under a thin ring of Lambert lamps. */
export function ringIrradiancePerCm2(radiusCm: number, lampRadiusCm: number, heightCm: number): number {
  const a = heightCm ** 2 + radiusCm ** 2 + lampRadiusCm ** 2;
  const b = 2 * radiusCm * lampRadiusCm;
  return ((heightCm ** 2 / Math.PI) * a) / (a * a - b * b) ** 1.5;
}

const LAMP_RINGS_PER_ZONE = 6;
const WAFER_CELLS_PER_ZONE = 40;

type Bands = {
  innerCm: number;
  outerCm: number;
  lampInnerCm: number;
  lampOuterCm: number;
  heightCm: number;
};

function sharedLight(bands: Bands): number {
  let share = 0;
  let weightSum = 0;
  for (let lamp = 0; lamp < LAMP_RINGS_PER_ZONE; lamp += 1) {
    const lampCm =
      bands.lampInnerCm + ((lamp + 0.5) / LAMP_RINGS_PER_ZONE) * (bands.lampOuterCm - bands.lampInnerCm);
    share += lampCm * ringShare(bands, lampCm);
    weightSum += lampCm;
  }
  return share / weightSum;
}

function ringShare(bands: Bands, lampCm: number): number {
  const cellCm = (bands.outerCm - bands.innerCm) / WAFER_CELLS_PER_ZONE;
  let sum = 0;
  for (let cell = 0; cell < WAFER_CELLS_PER_ZONE; cell += 1) {
    const radiusCm = bands.innerCm + (cell + 0.5) * cellCm;
    sum += ringIrradiancePerCm2(radiusCm, lampCm, bands.heightCm) * 2 * Math.PI * radiusCm * cellCm;
  }
  return sum;
}
