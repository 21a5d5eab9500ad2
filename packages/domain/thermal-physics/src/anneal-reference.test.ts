import { describe, expect, it } from 'vitest';
import { deviationPct, numberIn, readReference } from '../test/read-reference.ts';
import { type AnnealInput, type AnnealOutcome, annealProfile, type DopantSpecies } from './index.ts';

const SPECIES: Record<string, DopantSpecies> = { boron: 'B', arsenic: 'As', phosphorus: 'P', antimony: 'Sb' };

/** The reference row as an anneal of its own as-implanted profile. */
function inputOf(row: Record<string, string>): AnnealInput {
  const file = `${row.dopant}_${row['dose_cm-2']}_${row.energy_keV}keV_${row.temp_C}C_${row.time_s}s.csv`;
  const points = readReference(`anneal_profiles/${file}`);
  const temperatureK = numberIn(row, 'temp_C') + 273.15;
  return {
    profile: {
      species: SPECIES[row.dopant ?? ''] ?? 'B',
      depthNm: points.map((point) => 1000 * numberIn(point, 'depth_um')),
      concentrationPerCm3: points.map((point) => numberIn(point, 'as_implanted_cm3')),
    },
    backgroundPerCm3: 1e15,
    history: [
      { timeS: 0, temperatureK },
      { timeS: numberIn(row, 'time_s'), temperatureK },
    ],
    surface: 'bare',
    damage: false,
  };
}

function quantities(outcome: AnnealOutcome): Record<string, number> {
  return {
    xj_bg1e15_um: outcome.junctionDepthUm.atBackground ?? Number.NaN,
    xj_1e17_um: outcome.junctionDepthUm.at1e17 ?? Number.NaN,
    xj_1e18_um: outcome.junctionDepthUm.at1e18 ?? Number.NaN,
    'retained_dose_cm-2': outcome.retainedDosePerCm2,
    'active_dose_cm-2': outcome.activeDosePerCm2,
    Rs_ohm_sq_Masetti_active: outcome.sheetResistanceOhmSq,
  };
}

const TOLERANCE_PCT: Record<string, number> = {
  xj_bg1e15_um: 3,
  xj_1e17_um: 3,
  xj_1e18_um: 3,
  'retained_dose_cm-2': 3,
  'active_dose_cm-2': 3,
  Rs_ohm_sq_Masetti_active: 5,
};

const rows = readReference('anneal.csv');

describe('anneals of the reference as-implanted profiles', () => {
  it('reads all thirteen reference rows', () => {
    expect(rows).toHaveLength(13);
  });

  it.each(
    rows.map(
      (row) =>
        [
          `${row.dopant} ${row['dose_cm-2']} ${row.energy_keV} keV ${row.temp_C} degC ${row.time_s} s`,
          row,
        ] as const,
    ),
  )('%s agrees in junctions, doses and sheet resistance, and on a halved grid and step', (_, row) => {
    const input = inputOf(row);
    const found = quantities(annealProfile(input));
    const finer = quantities(
      annealProfile({ ...input, resolution: { gridRefinement: 2, timeTolerance: 0.25 } }),
    );
    for (const [name, tolerancePct] of Object.entries(TOLERANCE_PCT)) {
      const value = found[name] ?? Number.NaN;
      expect(Math.abs(deviationPct(value, numberIn(row, name))), name).toBeLessThan(tolerancePct);
      expect(Math.abs(deviationPct(value, finer[name] ?? Number.NaN)), `${name} halved`).toBeLessThan(0.5);
    }
  });

  it('agrees point by point with a concentration-enhanced arsenic profile', () => {
    const row = rows.find((each) => each.dopant === 'arsenic' && each.time_s === '30') ?? {};
    const outcome = annealProfile(inputOf(row));
    const points = readReference('anneal_profiles/arsenic_2e+15_60keV_1000C_30s.csv');
    for (const point of points) {
      const depthNm = 1000 * numberIn(point, 'depth_um');
      const reference = numberIn(point, 'active_cm3');
      if (reference < 1e18 || depthNm < 2) continue;
      const i = outcome.depthNm.findIndex((depth) => depth >= depthNm);
      const [x0, x1] = [outcome.depthNm[i - 1] ?? 0, outcome.depthNm[i] ?? 1];
      const [c0, c1] = [outcome.activePerCm3[i - 1] ?? 1, outcome.activePerCm3[i] ?? 1];
      const value = c0 * (c1 / c0) ** ((depthNm - x0) / (x1 - x0));
      expect(Math.abs(deviationPct(value, reference)), `at ${depthNm} nm`).toBeLessThan(3);
    }
  });
});
