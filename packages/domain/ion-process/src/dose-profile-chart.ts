import { depthChartSvg, shortNumber } from '@spectra/run-engine';
import type { DoseProfileAnswer, DoseProfileRequest } from '@spectra/schemas';
import { z } from 'zod';

/**
 * Draws the answer of the depth-profile calculator as SVG text: the dopant, the limits of its expanded uncertainty, and
 * the fluorine of BF2.
 */
export function doseProfileChart(request: DoseProfileRequest, answer: DoseProfileAnswer): string {
  const { species, target } = request;
  const { profile_1d: dopant, fluorine } = answer;
  const named = fluorine ? 'boron' : species;
  return depthChartSvg(titleOf(request, answer), [
    { name: `${named} on ${surfaceOf(target)}`, depthNm: dopant.depth_nm, perCm3: dopant.concentration_cm3 },
    ...(fluorine
      ? [
          {
            name: 'fluorine',
            depthNm: fluorine.depth_nm,
            perCm3: fluorine.concentration_cm3,
            dashed: true as const,
          },
        ]
      : []),
    ...uncertaintyLimits(answer),
  ]);
}

/**
 * Upper and lower limit of the concentration in the dopant's colour; one name for both in the legend. Drawn as factors
 * e^(±U/C), even on a log axis, and only where U is below C: beyond, the linear law behind U says nothing.
 */
function uncertaintyLimits({ profile_1d: dopant, uncertainty }: DoseProfileAnswer) {
  const { data } = uncertaintySchema.safeParse(uncertainty['concentration']);
  if (data === undefined) return [];
  const limit = (name: string, sign: 1 | -1) => ({
    name,
    colourOf: 0,
    dashed: true as const,
    depthNm: dopant.depth_nm,
    perCm3: dopant.concentration_cm3.map((value, i) => {
      const share = (data.expanded_cm3[i] ?? 0) / value;
      return share < 1 ? value * Math.exp(sign * share) : 0;
    }),
  });
  return [limit(`expanded uncertainty, k = ${data.coverage_factor}`, 1), limit('', -1)];
}

const uncertaintySchema = z.object({ coverage_factor: z.number(), expanded_cm3: z.array(z.number()) });

function titleOf(request: DoseProfileRequest, { profile_1d: dopant }: DoseProfileAnswer): string {
  const implant = `${request.species} ${request.energy_kev} keV, ${shortNumber(request.dose_atoms_cm2)} atoms/cm²`;
  const angles = `tilt ${request.tilt_deg}°, twist ${request.twist_deg}°`;
  return `${implant}, ${angles}: R_p ${dopant.projected_range_nm.toFixed(1)} nm, ΔR_p ${dopant.straggle_nm.toFixed(1)} nm`;
}

/** Depth counts from the top of the layers, so the chart says what they are. */
function surfaceOf(target: DoseProfileRequest['target']): string {
  const silicon = (target?.crystalline ?? true) ? 'crystalline Si (100)' : 'amorphous Si';
  const layers = (target?.layers ?? []).map(
    (layer) => `${shortNumber(layer.thickness_nm)} nm ${layer.material}`,
  );
  return [...layers, silicon].join(' on ');
}
