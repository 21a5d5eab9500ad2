import { doseProfileRequestSchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { doseProfile, doseProfileChart } from './index.ts';

function chartOf(change: Record<string, unknown>): string {
  const request = doseProfileRequestSchema.parse({
    species: 'B',
    energy_kev: 20,
    dose_atoms_cm2: 5e14,
    ...change,
  });
  return doseProfileChart(request, doseProfile(request));
}

describe('the chart of a depth profile', () => {
  it('names both axes with units and tells the implant and its range', () => {
    const svg = chartOf({});
    expect(svg).toMatch(/^<svg [^]*<\/svg>$/);
    expect(svg).toContain('>Depth in nm<');
    expect(svg).toContain('>Concentration in atoms/cm³<');
    expect(svg).toMatch(/B 20 keV, 5e14 atoms\/cm², tilt 7°, twist 0°: R_p \d+\.\d nm, ΔR_p \d+\.\d nm/);
  });

  it('shows the limits of the expanded uncertainty beside the profile', () => {
    const svg = chartOf({});
    expect(svg).toContain('>expanded uncertainty, k = 2<');
    expect([...svg.matchAll(/<path d="M[\d.]+ [\d.]+L[^>]*stroke-dasharray/g)]).toHaveLength(2);
  });

  it('has a log axis: its ticks are powers of ten', () => {
    expect(chartOf({})).toMatch(/>10¹⁷<[^]*>10¹⁸<[^]*>10¹⁹</);
  });

  it('draws the fluorine of BF2 as a line of its own, and names the layers on the silicon', () => {
    const lines = (svg: string) => [...svg.matchAll(/<path d="M[\d.]+ [\d.]+L/g)].length;
    expect(lines(chartOf({ species: 'BF2' }))).toBe(lines(chartOf({})) + 1);
    expect(chartOf({ species: 'BF2' })).toContain('>fluorine<');
    const layered = chartOf({
      species: 'BF2',
      target: { crystalline: false, layers: [{ material: 'SiO2', thickness_nm: 10 }] },
    });
    expect(layered).toContain('>boron on 10 nm SiO2 on amorphous Si<');
  });
});
