import { describe, expect, it } from 'vitest';
import type { ImplantInput } from '../profile/implant-input.ts';
import { implantProfile } from '../profile/implant-profile.ts';
import { QUARTER_NM, SITES_NEAR } from './diamond-lattice.ts';
import { type MonteCarloResult, runMonteCarlo } from './monte-carlo.ts';

const boron: ImplantInput = { species: 'B', energyKeV: 20, dosePerCm2: 1e12, tiltDeg: 0, twistDeg: 0 };

function run(change: Partial<ImplantInput>): MonteCarloResult {
  const result = runMonteCarlo({ ...boron, ...change }, { ions: 2000, seed: 11 });
  if (result === undefined) throw new Error('The run was cancelled.');
  return result;
}

function shareBeyond({ depthNm, concentrationPerCm3 }: MonteCarloResult, nm: number): number {
  const total = concentrationPerCm3.reduce((sum, c) => sum + c, 0);
  return concentrationPerCm3.reduce((sum, c, i) => sum + ((depthNm[i] as number) > nm ? c : 0), 0) / total;
}

describe('crystalline silicon', () => {
  it('has the density of silicon: 8 atoms in a cell of 4³ small cubes', () => {
    const inOwnCube = SITES_NEAR.map((sites) => {
      let count = 0;
      for (let i = 0; i < sites.length; i += 3) {
        if (sites[i] === 0 && sites[i + 1] === 0 && sites[i + 2] === 0) count += 1;
      }
      return count;
    });
    expect(inOwnCube.reduce((a, b) => a + b, 0)).toBe(8);
    expect(8 / (4 * QUARTER_NM * 1e-7) ** 3 / 4.994e22).toBeCloseTo(1, 2);
  });

  it('every atom has four neighbours at √3/4 of the cell edge', () => {
    const sites = SITES_NEAR[0] as Int8Array;
    const distances: number[] = [];
    for (let i = 0; i < sites.length; i += 3)
      distances.push(Math.hypot(sites[i] as number, sites[i + 1] as number, sites[i + 2] as number));
    expect(distances.filter((distance) => Math.abs(distance - Math.sqrt(3)) < 1e-9)).toHaveLength(4);
    expect(Math.min(...distances.filter((distance) => distance > 0))).toBeCloseTo(Math.sqrt(3), 9);
  });

  it('channels B 20 keV at 0°; 7°/22°, dose and a screen oxide weaken the tail', () => {
    const beyondNm = 180;
    const amorphous = shareBeyond(run({ target: { crystalline: false, layers: [] } }), beyondNm);
    const onAxis = shareBeyond(run({}), beyondNm);
    const tilted = shareBeyond(run({ tiltDeg: 7, twistDeg: 22 }), beyondNm);
    const dosed = shareBeyond(run({ dosePerCm2: 2e15 }), beyondNm);
    const screened = shareBeyond(
      run({ target: { crystalline: true, layers: [{ material: 'SiO2', thicknessNm: 10 }] } }),
      beyondNm,
    );
    expect(amorphous).toBeLessThan(0.001);
    expect(onAxis).toBeGreaterThan(0.4);
    expect(tilted).toBeGreaterThan(amorphous);
    expect(tilted).toBeLessThan(0.1 * onAxis);
    expect(dosed).toBeLessThan(0.7 * onAxis);
    expect(screened).toBeLessThan(0.5 * onAxis);
  });

  it('in a random direction the range is that of amorphous silicon', () => {
    const crystal = run({ tiltDeg: 25, twistDeg: 25 });
    const amorphous = run({ tiltDeg: 25, twistDeg: 25, target: { crystalline: false, layers: [] } });
    expect(crystal.moments.projectedRangeNm / amorphous.moments.projectedRangeNm).toBeGreaterThan(0.95);
    expect(crystal.moments.projectedRangeNm / amorphous.moments.projectedRangeNm).toBeLessThan(1.08);
  });

  it('silicon that the implant makes amorphous behaves like amorphous silicon', () => {
    const arsenic = { species: 'As' as const, energyKeV: 40, dosePerCm2: 1e16 };
    const crystal = run(arsenic);
    const amorphous = run({ ...arsenic, target: { crystalline: false, layers: [] } });
    expect(crystal.moments.projectedRangeNm / amorphous.moments.projectedRangeNm).toBeGreaterThan(0.93);
    expect(crystal.moments.projectedRangeNm / amorphous.moments.projectedRangeNm).toBeLessThan(1.15);
  });

  it('the fast profile puts the channelled tail where the Monte Carlo does', () => {
    for (const change of [{}, { tiltDeg: 7, twistDeg: 0 }, { tiltDeg: 7, twistDeg: 22 }]) {
      const fast = implantProfile({ ...boron, ...change });
      const total = fast.concentrationPerCm3.reduce((sum, c) => sum + c, 0);
      const beyond = fast.concentrationPerCm3.reduce(
        (sum, c, i) => sum + ((fast.depthNm[i] as number) > 150 ? c : 0),
        0,
      );
      expect(Math.abs(beyond / total - shareBeyond(run(change), 150))).toBeLessThan(0.08);
    }
  });
});
