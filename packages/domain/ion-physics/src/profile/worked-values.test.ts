import { describe, expect, it } from 'vitest';
import { SILICON_LATTICE_NM } from '../constants.ts';
import { beamMassU, dopantEnergyKeV } from '../species.ts';
import { axialCriticalAngleDeg, planarCriticalAngleDeg } from './critical-angle.ts';
import { axesNear, beamInCrystal, planesNear } from './crystal-direction.ts';
import { defectsPerIon } from './damage.ts';
import { rangeMoments } from './range-moments.ts';
import { scaledLayers, stackDepthNm } from './range-scaling.ts';

describe('worked values of the profile', () => {
  it('BF2 weighs 49 u and gives boron 11/49 of its energy', () => {
    expect(beamMassU('BF2')).toBeCloseTo(49.005, 3);
    expect(dopantEnergyKeV('BF2', 49)).toBe(11);
    expect(dopantEnergyKeV('As', 49)).toBe(49);
  });

  it('critical angles of B 20 keV: 3.79° along <100>, 2.53° along {110}; both fall with energy', () => {
    const spacingNm = (SILICON_LATTICE_NM * Math.SQRT2) / 4;
    expect(axialCriticalAngleDeg('B', 20)).toBeCloseTo(3.79, 2);
    expect(planarCriticalAngleDeg('B', 20, spacingNm)).toBeCloseTo(2.53, 2);
    expect(axialCriticalAngleDeg('B', 200)).toBeLessThan(axialCriticalAngleDeg('B', 20));
    expect(planarCriticalAngleDeg('B', 200, spacingNm)).toBeLessThan(2.53);
    expect(() => axialCriticalAngleDeg('B', 0)).toThrow(/energyKeV is 0 keV/);
  });

  it('tilt at twist 0° stays in a {110} plane, at 45° in {100}; 45°/45° is the <110> axis', () => {
    const planeAngle = (twistDeg: number, name: string): number | undefined =>
      planesNear(beamInCrystal(7, twistDeg)).find((plane) => plane.name === name)?.angleDeg;
    expect(planeAngle(0, '{110}')).toBeCloseTo(0, 6);
    expect(planeAngle(45, '{100}')).toBeCloseTo(0, 6);
    expect(planeAngle(22, '{110}')).toBeCloseTo(2.6, 1);
    expect(axesNear(beamInCrystal(45, 45)).find((axis) => axis.name === '<110>')?.angleDeg).toBeCloseTo(0, 4);
  });

  it('B 20 keV leaves 79 defects', () => {
    expect(defectsPerIon('B', [{ ion: 'B', energyKeV: 20 }])).toBeCloseTo(79, 0);
  });

  it('As 100 keV stops at 71.2 ± 25.8 nm', () => {
    const { projectedRangeNm, straggleNm } = rangeMoments('As', 100, 0);
    expect(Math.abs(projectedRangeNm / 71.2 - 1)).toBeLessThan(0.01);
    expect(Math.abs(straggleNm / 25.8 - 1)).toBeLessThan(0.01);
  });

  it('oxide stops B 20 keV in 0.94 of the length in silicon, and depths run through the stack without a gap', () => {
    const layers = scaledLayers('B', 20, [{ material: 'SiO2', thicknessNm: 10 }]);
    expect(1 / (layers[0]?.siliconPerNm ?? 0)).toBeCloseTo(0.94, 1);
    const boundary = layers[1]?.siliconTopNm ?? Number.NaN;
    expect(stackDepthNm(layers, boundary)).toBeCloseTo(10, 9);
    expect(stackDepthNm(layers, boundary + 5)).toBeCloseTo(15, 9);
  });
});
