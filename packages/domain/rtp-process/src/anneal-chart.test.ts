import { annealRequestSchema } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { anneal, annealChart } from './index.ts';

const request = annealRequestSchema.parse({
  implant: { species: 'B', energy_kev: 20, dose_atoms_cm2: 1e15 },
  thermal: { temp_c: 1000, time_s: 10 },
});
const answered = anneal(request);
if (!answered.ok) throw new Error(answered.refusal.detail);
const svg = annealChart(request, answered.value);

describe('the chart of an anneal', () => {
  it('draws the dopant before and after, the active part and the substrate, on a log axis with units', () => {
    for (const text of [
      'as implanted',
      'annealed, total',
      'annealed, active',
      'substrate',
      'Depth in nm',
      'Concentration in atoms/cm³',
      '10¹⁸',
    ]) {
      expect(svg).toContain(`>${text}<`);
    }
    expect([...svg.matchAll(/<path d="M[\d.]+ [\d.]+L/g)]).toHaveLength(4);
  });

  it('tells junction and sheet resistance of the answer', () => {
    const junctionUm = answered.value.junction_depth_um.at_background?.toFixed(3);
    expect(svg).toContain(`junction at ${junctionUm} µm`);
    expect(svg).toContain(`sheet resistance ${answered.value.sheet_resistance_ohm_sq?.toPrecision(4)} Ω/sq`);
  });

  it('ends where the dopant ends, not where the grid does', () => {
    const depths = answered.value.profile.depth_nm;
    const ticks = [...svg.matchAll(/text-anchor="middle">(\d+)</g)].map((match) => Number(match[1]));
    expect(Math.max(...ticks)).toBeLessThan(depths.at(-1) ?? 0);
  });
});
