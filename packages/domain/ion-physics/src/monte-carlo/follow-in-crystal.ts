import { CELL_STRIDE, IMPACT_COLUMNS } from './collision-table.ts';
import type { CrystalModel, DisplacedShare } from './crystal-model.ts';
import { QUARTER_NM, SITES_NEAR } from './diamond-lattice.ts';
import { energyRow, impactColumn, type IonState, STOP_ENERGY_EV, uniform } from './follow-ion.ts';
import { nextWord, type RandomStream } from './random-stream.ts';

/** Rms vibration in one direction at 300 K in nm, Debye temperature 519 K. */
const VIBRATION_NM = 0.0083;
/** Partners are looked for this far ahead; without any the ion flies on by `FREE_NM`. */
const AHEAD_NM = 0.32;
const FREE_NM = 0.25;
/** Atoms met within this length act together. */
const TOGETHER_NM = 0.02;
const MARGIN_NM = 0.03;
const HITS_MAX = 48;

const gauss = gaussianQuantiles(1024);

/** Atoms ahead: distance along the flight, vector from flight line to atom, squared impact parameter. */
const hits = {
  count: 0,
  aheadNm: new Float64Array(HITS_MAX),
  xNm: new Float64Array(HITS_MAX),
  yNm: new Float64Array(HITS_MAX),
  zNm: new Float64Array(HITS_MAX),
  impactSquared: new Float64Array(HITS_MAX),
  site: new Int32Array(3 * HITS_MAX),
};
const lastSites = new Int32Array(3 * HITS_MAX);

/** Ion in the frame of the cube axes: x is the depth in the crystal. */
type Flight = { x: number; y: number; z: number; ux: number; uy: number; uz: number; energyEv: number };

/**
 * Follows an ion through crystalline silicon until it stops (true) or comes back to the top (false).
 * At each step the nearest lattice atoms ahead, displaced by Gaussian thermal vibration or, with the damage's
 * share, to a random place, scatter the ion; atoms met together add their deflections.
 * Source: method of Robinson & Torrens, Phys. Rev. B 9 (1974) 5008 (MARLOWE); damage as Posselt, Radiat. Eff.
 * Defects Solids 130 (1994) 87, with displaced single atoms.
 */
export function followInCrystal(
  ion: IonState,
  crystal: CrystalModel,
  damage: DisplacedShare,
  random: RandomStream,
): boolean {
  const offset = {
    y: uniform(nextWord(random)) * 4 * QUARTER_NM,
    z: uniform(nextWord(random)) * 4 * QUARTER_NM,
  };
  const flight = toCrystal(ion, crystal, offset);
  let lastCount = 0;
  for (;;) {
    const row = energyRow(flight.energyEv);
    const lossEvPerNm = crystal.stoppingEvPerNm[row] as number;
    findHits(flight, crystal, { damage, random, lastCount });
    let nearest = AHEAD_NM;
    for (let i = 0; i < hits.count; i += 1) nearest = Math.min(nearest, hits.aheadNm[i] as number);
    const stepNm = nearest < AHEAD_NM ? nearest : FREE_NM;
    flight.x += flight.ux * stepNm;
    flight.y += flight.uy * stepNm;
    flight.z += flight.uz * stepNm;
    flight.energyEv -= (1 - crystal.localShare) * lossEvPerNm * stepNm;
    if (flight.x < 0) {
      flight.energyEv = Math.max(1, flight.energyEv);
      fromCrystal(flight, ion, crystal, offset);
      return false;
    }
    if (nearest < AHEAD_NM) lastCount = collide(flight, crystal, row, nearest + TOGETHER_NM);
    if (flight.energyEv <= STOP_ENERGY_EV) {
      fromCrystal(flight, ion, crystal, offset);
      return true;
    }
  }
}

/** Fills `hits` with the displaced atoms ahead, without those just met. */
function findHits(
  flight: Flight,
  crystal: CrystalModel,
  scene: { damage: DisplacedShare; random: RandomStream; lastCount: number },
): void {
  const { x, y, z, ux, uy, uz } = flight;
  const baseX = Math.floor(x / QUARTER_NM);
  const baseY = Math.floor(y / QUARTER_NM);
  const baseZ = Math.floor(z / QUARTER_NM);
  const sites = SITES_NEAR[((baseX & 3) << 4) | ((baseY & 3) << 2) | (baseZ & 3)] as Int8Array;
  const displaced = scene.damage.shares[Math.floor(x / scene.damage.binNm)] ?? 0;
  const widest = (crystal.impactNmMax + MARGIN_NM) ** 2;
  const impactMaxSquared = crystal.impactNmMax ** 2;
  hits.count = 0;
  for (let k = 0; k < sites.length; k += 3) {
    const siteX = baseX + (sites[k] as number);
    const siteY = baseY + (sites[k + 1] as number);
    const siteZ = baseZ + (sites[k + 2] as number);
    let dx = siteX * QUARTER_NM - x;
    let dy = siteY * QUARTER_NM - y;
    let dz = siteZ * QUARTER_NM - z;
    const roughNm = dx * ux + dy * uy + dz * uz;
    if (roughNm < -MARGIN_NM || roughNm > AHEAD_NM + MARGIN_NM) continue;
    if (dx * dx + dy * dy + dz * dz - roughNm * roughNm > widest) continue;
    if (wasJustMet(siteX, siteY, siteZ, scene.lastCount)) continue;
    const word = nextWord(scene.random);
    if (displaced > 0 && uniform(nextWord(scene.random)) < displaced) {
      dx += ((word & 1023) / 511.5 - 1) * QUARTER_NM;
      dy += (((word >> 10) & 1023) / 511.5 - 1) * QUARTER_NM;
      dz += (((word >> 20) & 1023) / 511.5 - 1) * QUARTER_NM;
    } else {
      dx += gauss[word & 1023] as number;
      dy += gauss[(word >> 10) & 1023] as number;
      dz += gauss[(word >> 20) & 1023] as number;
    }
    const aheadNm = dx * ux + dy * uy + dz * uz;
    const impactSquared = dx * dx + dy * dy + dz * dz - aheadNm * aheadNm;
    if (aheadNm <= 0 || aheadNm >= AHEAD_NM || impactSquared >= impactMaxSquared || hits.count >= HITS_MAX)
      continue;
    const i = hits.count;
    hits.count = i + 1;
    hits.aheadNm[i] = aheadNm;
    hits.xNm[i] = dx - aheadNm * ux;
    hits.yNm[i] = dy - aheadNm * uy;
    hits.zNm[i] = dz - aheadNm * uz;
    hits.impactSquared[i] = impactSquared;
    hits.site[3 * i] = siteX;
    hits.site[3 * i + 1] = siteY;
    hits.site[3 * i + 2] = siteZ;
  }
}

/** Scatters the ion at all hits up to `untilNm` and remembers them; answers how many. */
function collide(flight: Flight, crystal: CrystalModel, row: number, untilNm: number): number {
  const { table, impactNmMax } = crystal;
  const lossEvPerNm = crystal.stoppingEvPerNm[row] as number;
  let along = 1;
  let x = 0;
  let y = 0;
  let z = 0;
  let lossEv = 0;
  let met = 0;
  for (let i = 0; i < hits.count; i += 1) {
    if ((hits.aheadNm[i] as number) > untilNm) continue;
    const squared = Math.max(1e-16, hits.impactSquared[i] as number);
    const share = squared / (impactNmMax * impactNmMax);
    const cell = (row * IMPACT_COLUMNS + impactColumn((share * 4294967296) >>> 0)) * CELL_STRIDE;
    const push = (table[cell + 2] as number) / Math.sqrt(squared);
    lossEv +=
      flight.energyEv * (table[cell] as number) + lossEvPerNm * crystal.localNm * (table[cell + 3] as number);
    along += (table[cell + 1] as number) - 1;
    x -= push * (hits.xNm[i] as number);
    y -= push * (hits.yNm[i] as number);
    z -= push * (hits.zNm[i] as number);
    lastSites[3 * met] = hits.site[3 * i] as number;
    lastSites[3 * met + 1] = hits.site[3 * i + 1] as number;
    lastSites[3 * met + 2] = hits.site[3 * i + 2] as number;
    met += 1;
  }
  const ux = along * flight.ux + x;
  const uy = along * flight.uy + y;
  const uz = along * flight.uz + z;
  const norm = 1 / Math.sqrt(ux * ux + uy * uy + uz * uz);
  flight.ux = ux * norm;
  flight.uy = uy * norm;
  flight.uz = uz * norm;
  flight.energyEv -= Math.min(lossEv, flight.energyEv);
  return met;
}

function wasJustMet(x: number, y: number, z: number, count: number): boolean {
  for (let i = 0; i < 3 * count; i += 3) {
    if (lastSites[i] === x && lastSites[i + 1] === y && lastSites[i + 2] === z) return true;
  }
  return false;
}

function toCrystal(ion: IonState, crystal: CrystalModel, offset: { y: number; z: number }): Flight {
  const { azimuthCosine: c, azimuthSine: s } = crystal;
  return {
    x: ion.zNm - crystal.topNm,
    y: ion.xNm * c - ion.yNm * s + offset.y,
    z: ion.xNm * s + ion.yNm * c + offset.z,
    ux: ion.zCosine,
    uy: ion.xCosine * c - ion.yCosine * s,
    uz: ion.xCosine * s + ion.yCosine * c,
    energyEv: ion.energyEv,
  };
}

function fromCrystal(
  flight: Flight,
  ion: IonState,
  crystal: CrystalModel,
  offset: { y: number; z: number },
): void {
  const { azimuthCosine: c, azimuthSine: s } = crystal;
  const y = flight.y - offset.y;
  const z = flight.z - offset.z;
  ion.zNm = crystal.topNm + Math.max(0, flight.x);
  ion.xNm = y * c + z * s;
  ion.yNm = -y * s + z * c;
  ion.zCosine = flight.ux;
  ion.xCosine = flight.uy * c + flight.uz * s;
  ion.yCosine = -flight.uy * s + flight.uz * c;
  ion.energyEv = flight.energyEv;
}

/** Equally likely displacements in nm: quantiles of a Gaussian, scaled to the exact rms. */
function gaussianQuantiles(count: number): Float64Array {
  const raw = Float64Array.from({ length: count }, (_, i) => normalQuantile((i + 0.5) / count));
  const rms = Math.sqrt(raw.reduce((sum, x) => sum + x * x, 0) / count);
  return raw.map((x) => (x / rms) * VIBRATION_NM);
}

/** Quantile of the standard normal (Abramowitz & Stegun 26.2.23, error below 4.5·10⁻⁴). */
function normalQuantile(share: number): number {
  const t = Math.sqrt(-2 * Math.log(Math.min(share, 1 - share)));
  const x =
    t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return share < 0.5 ? -x : x;
}
