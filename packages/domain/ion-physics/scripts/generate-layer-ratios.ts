/**
 * Writes src/profile/layer-ratios.json: range and straggle in layer materials relative to amorphous silicon, by
 * ion and energy, computed with this package's own Monte Carlo at normal incidence. Seeded.
 *
 *   node scripts/generate-layer-ratios.ts [ions]
 */
import { writeFileSync } from 'node:fs';
import type { Material } from '../src/materials.ts';
import { followIon } from '../src/monte-carlo/follow-ion.ts';
import { randomStream } from '../src/monte-carlo/random-stream.ts';
import { targetModel } from '../src/monte-carlo/target-model.ts';
import type { Ion } from '../src/species.ts';

const IONS: readonly Ion[] = ['B', 'F', 'P', 'As', 'In', 'Sb'];
const MATERIALS: readonly Material[] = ['SiO2', 'Si3N4', 'resist'];
const ENERGIES_KEV = [0.2, 1, 5, 20, 60, 200];
const SEED = 21;
const ions = Number(process.argv[2] ?? 20_000);

function depths(ion: Ion, material: Material): { rangeNm: number; straggleNm: number }[] {
  const layers = material === 'Si' ? [] : [{ material, thicknessNm: 1e6 }];
  const target = targetModel(ion, layers, { localShare: 0, amorphous: true });
  return ENERGIES_KEV.map((energyKeV) => {
    const random = randomStream(SEED, Math.round(energyKeV * 10));
    let stopped = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < ions; i += 1) {
      const state = {
        xNm: 0,
        yNm: 0,
        zNm: 0,
        xCosine: 0,
        yCosine: 0,
        zCosine: 1,
        energyEv: energyKeV * 1000,
      };
      if (followIon(state, target, random) !== 'stopped') continue;
      stopped += 1;
      sum += state.zNm;
      squares += state.zNm ** 2;
    }
    const rangeNm = sum / stopped;
    return { rangeNm, straggleNm: Math.sqrt(squares / stopped - rangeNm ** 2) };
  });
}

const ratio = (a: number, b: number): number => Number((a / b).toFixed(4));
const materials: Record<string, Record<string, { range: number[]; straggle: number[] }>> = {};
for (const material of MATERIALS) materials[material] = {};
for (const ion of IONS) {
  const silicon = depths(ion, 'Si');
  for (const material of MATERIALS) {
    const layer = depths(ion, material);
    (materials[material] as Record<string, unknown>)[ion] = {
      range: layer.map((depth, i) => ratio(depth.rangeNm, silicon[i]?.rangeNm ?? Number.NaN)),
      straggle: layer.map((depth, i) => ratio(depth.straggleNm, silicon[i]?.straggleNm ?? Number.NaN)),
    };
  }
}
writeFileSync(
  new URL('../src/profile/layer-ratios.json', import.meta.url),
  `${JSON.stringify({ generatedBy: 'scripts/generate-layer-ratios.ts', seed: SEED, ions, energiesKeV: ENERGIES_KEV, materials })}\n`,
);
