import { CELL_STRIDE, type CollisionTable, IMPACT_COLUMNS } from './collision-table.ts';
import { nextWord, type RandomStream } from './random-stream.ts';
import type { LayerModel, TargetModel } from './target-model.ts';

/** Energy in eV at which an ion counts as stopped. */
export const STOP_ENERGY_EV = 4;

/** Position in nm (z into the wafer), direction cosines and energy in eV of an ion; changed in place. */
export type IonState = {
  xNm: number;
  yNm: number;
  zNm: number;
  xCosine: number;
  yCosine: number;
  zCosine: number;
  energyEv: number;
};

const floatView = new Float32Array(1);
const wordView = new Int32Array(floatView.buffer);
const FIRST_ROW = 127 * 16;
const AZIMUTHS = 4096;
const azimuthCosines = Float64Array.from({ length: AZIMUTHS }, (_, i) =>
  Math.cos((2 * Math.PI * (i + 0.5)) / AZIMUTHS),
);

/** Where a flight through the layers ended. */
export type FlightEnd = 'stopped' | 'reflected' | 'below';

/**
 * Follows one ion through the layers until it stops, leaves through the surface or through the bottom of the
 * last layer. An ion that moves upwards starts in the last layer, else in the first.
 * Binary collisions after exponential free flights; electronic loss along the path.
 * The hot loop of the Monte Carlo: plain locals and tables, no allocation.
 */
export function followIon(ion: IonState, target: TargetModel, random: RandomStream): FlightEnd {
  const { layers, localShare } = target;
  let layerIndex = ion.zCosine < 0 ? layers.length - 1 : 0;
  let layer = layers[layerIndex] as LayerModel;
  let { flightNm, stoppingEvPerNm, topNm, bottomNm } = layer;
  let table = layer.tables[0] as CollisionTable;
  let { xNm, yNm, zNm, xCosine, yCosine, zCosine, energyEv } = ion;
  let pathNm = -flightNm * Math.log(uniform(nextWord(random)));
  for (;;) {
    const row = energyRow(energyEv);
    const lossEvPerNm = stoppingEvPerNm[row] as number;
    const nextNm = zNm + zCosine * pathNm;
    if (nextNm < topNm || nextNm >= bottomNm) {
      layerIndex += zCosine < 0 ? -1 : 1;
      if (layerIndex < 0) return 'reflected';
      const boundaryNm = zCosine < 0 ? topNm : bottomNm;
      const shortNm = (boundaryNm - zNm) / zCosine;
      xNm += xCosine * shortNm;
      yNm += yCosine * shortNm;
      zNm = boundaryNm;
      energyEv = Math.max(1, energyEv - lossEvPerNm * shortNm);
      if (layerIndex === layers.length) {
        writeState(ion, [xNm, yNm, zNm, xCosine, yCosine, zCosine, energyEv]);
        return 'below';
      }
      layer = layers[layerIndex] as LayerModel;
      table = layer.tables[0] as CollisionTable;
      ({ flightNm, stoppingEvPerNm, topNm, bottomNm } = layer);
      pathNm = -flightNm * Math.log(uniform(nextWord(random)));
      continue;
    }
    xNm += xCosine * pathNm;
    yNm += yCosine * pathNm;
    zNm = nextNm;
    const impactWord = nextWord(random);
    const word = nextWord(random);
    if (layer.tables.length > 1) table = chooseAtom(layer, word >>> 16);
    const cell = (row * IMPACT_COLUMNS + impactColumn(impactWord)) * CELL_STRIDE;
    const pathLossEv = lossEvPerNm * pathNm * (1 - localShare + localShare * (table[cell + 3] as number));
    energyEv -= energyEv * (table[cell] as number) + pathLossEv;
    pathNm = -flightNm * Math.log(uniform(nextWord(random)));
    if (energyEv <= STOP_ENERGY_EV) break;
    const cosine = table[cell + 1] as number;
    const sine = table[cell + 2] as number;
    const azimuth = word & (AZIMUTHS - 1);
    const sineX = sine * (azimuthCosines[azimuth] as number);
    const sineY = sine * (azimuthCosines[(azimuth + AZIMUTHS / 4) & (AZIMUTHS - 1)] as number);
    const across = xCosine * xCosine + yCosine * yCosine;
    if (across > 1e-12) {
      const root = Math.sqrt(across);
      const along = (sineX * zCosine) / root;
      const side = sineY / root;
      const oldX = xCosine;
      xCosine = cosine * oldX + along * oldX - side * yCosine;
      yCosine = cosine * yCosine + along * yCosine + side * oldX;
      zCosine = cosine * zCosine - sineX * root;
    } else {
      xCosine = sineX;
      yCosine = sineY;
      zCosine = zCosine < 0 ? -cosine : cosine;
    }
  }
  writeState(ion, [xNm, yNm, zNm, xCosine, yCosine, zCosine, energyEv]);
  return 'stopped';
}

/** Row of the energy tables for an energy of 1 eV to 2¹⁸ eV: exponent and four bits of the mantissa. */
export function energyRow(energyEv: number): number {
  floatView[0] = energyEv;
  return ((wordView[0] as number) >> 19) - FIRST_ROW;
}

function writeState(
  ion: IonState,
  state: readonly [number, number, number, number, number, number, number],
): void {
  [ion.xNm, ion.yNm, ion.zNm, ion.xCosine, ion.yCosine, ion.zCosine, ion.energyEv] = state;
}

/** Column of the squared impact parameter u = word/2³²: exponent by leading zeros, then four bits. */
export function impactColumn(word: number): number {
  const zeros = Math.clz32(word);
  const mantissa = ((word << zeros) >>> 27) & 15;
  return Math.max(0, IMPACT_COLUMNS - 16 * (zeros + 1) + mantissa);
}

/** Number from 0 to 1 out of 32 random bits. */
export function uniform(word: number): number {
  return ((word >>> 0) + 0.5) / 4294967296;
}

/** The table of the atom hit: each atom as often as its share. */
function chooseAtom(layer: LayerModel, share: number): CollisionTable {
  let i = 0;
  while (share >= (layer.shareLimits[i] as number)) i += 1;
  return layer.tables[i] as CollisionTable;
}
