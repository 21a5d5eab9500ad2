/**
 * Writes src/profile/range-tables.json: moments of the range distribution in amorphous silicon by ion,
 * energy and tilt, computed with this package's own Monte Carlo. Seeded: the same run gives the same file.
 *
 *   node scripts/generate-range-tables.ts [ionsNearNormal] [ionsTilted]
 */
import { writeFileSync } from 'node:fs';
import { followIon } from '../src/monte-carlo/follow-ion.ts';
import { randomStream } from '../src/monte-carlo/random-stream.ts';
import { targetModel } from '../src/monte-carlo/target-model.ts';
import type { Ion } from '../src/species.ts';

const IONS: readonly Ion[] = ['B', 'F', 'P', 'As', 'In', 'Sb'];
const TILTS_DEG = [0, 7, 15, 30, 45, 60, 75, 83, 90];
const ENERGIES_KEV = [0.04, 0.08, 0.2, 0.4, 0.7, 1, 2, 3.5, 5, 7, 10, 15, 20, 30, 50, 75, 100, 150, 200];
const SEED = 20;

const ionsNearNormal = Number(process.argv[2] ?? 100_000);
const ionsTilted = Number(process.argv[3] ?? 30_000);

function sample(ion: Ion, energyKeV: number, tiltDeg: number): number[] {
  const target = targets[ion];
  const random = randomStream(SEED, Math.round(energyKeV * 1000) * 128 + tiltDeg);
  const count = tiltDeg < 10 ? ionsNearNormal : ionsTilted;
  const tilt = (tiltDeg * Math.PI) / 180;
  const depths: number[] = [];
  let across = 0;
  for (let i = 0; i < count; i += 1) {
    const state = {
      xNm: 0,
      yNm: 0,
      zNm: 0,
      xCosine: Math.sin(tilt),
      yCosine: 0,
      zCosine: Math.cos(tilt),
      energyEv: energyKeV * 1000,
    };
    if (followIon(state, target, random) !== 'stopped') continue;
    depths.push(state.zNm);
    across += state.yNm ** 2;
  }
  const n = depths.length;
  const mean = depths.reduce((a, b) => a + b, 0) / n;
  const central = [2, 3, 4].map((power) => depths.reduce((a, z) => a + (z - mean) ** power, 0) / n);
  const sigma = Math.sqrt(central[0] as number);
  return [
    mean,
    sigma,
    Math.sqrt(across / n),
    (central[1] as number) / sigma ** 3,
    (central[2] as number) / sigma ** 4,
    1 - n / count,
  ];
}

const targets = Object.fromEntries(
  IONS.map((ion) => [ion, targetModel(ion, [], { localShare: 0, amorphous: true })]),
) as Record<Ion, ReturnType<typeof targetModel>>;
const digits = (value: number): number => Number(value.toPrecision(5));
const ions = Object.fromEntries(
  IONS.map((ion) => {
    const energiesKeV = ENERGIES_KEV.filter((energyKeV) =>
      ion === 'F' ? energyKeV <= 100 : ion === 'B' || energyKeV >= 0.2,
    );
    const rows = energiesKeV.map((energyKeV) => TILTS_DEG.map((tiltDeg) => sample(ion, energyKeV, tiltDeg)));
    const column = (k: number): number[][] =>
      rows.map((row) => row.map((moments) => digits(moments[k] as number)));
    return [
      ion,
      {
        energiesKeV,
        projectedRangeNm: column(0),
        straggleNm: column(1),
        lateralStraggleNm: column(2),
        skewness: column(3),
        kurtosis: column(4),
        backscatterFraction: column(5),
      },
    ];
  }),
);
const file = new URL('../src/profile/range-tables.json', import.meta.url);
writeFileSync(
  file,
  `${JSON.stringify({ generatedBy: 'scripts/generate-range-tables.ts', seed: SEED, ionsNearNormal, ionsTilted, tiltsDeg: TILTS_DEG, ions })}\n`,
);
