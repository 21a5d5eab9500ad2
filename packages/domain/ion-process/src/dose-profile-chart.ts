import { depthChartSvg, shortNumber } from '@spectra/run-engine';
import type { DoseProfileAnswer, DoseProfileRequest } from '@spectra/schemas';

/** Draws the answer of the depth-profile calculator as SVG text: the dopant, and the fluorine of BF2. */
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
  ]);
}

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
