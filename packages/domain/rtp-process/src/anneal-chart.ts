import { depthChartSvg } from '@spectra/run-engine';
import type { AnnealAnswer, AnnealRequest } from '@spectra/schemas';

/** Draws the answer of the anneal calculator as SVG text: the dopant before and after, and the substrate's doping. */
export function annealChart(request: AnnealRequest, answer: AnnealAnswer): string {
  const { profile } = answer;
  const depthNm = profile.depth_nm;
  const background = depthNm.map(() => request.background_cm3);
  const shownNm = visibleDepths(answer, request.background_cm3);
  const within = (values: readonly number[]) => values.slice(0, shownNm);
  return depthChartSvg(titleOf(answer), [
    { name: 'as implanted', depthNm, perCm3: within(profile.initial_cm3) },
    { name: 'annealed, total', depthNm, perCm3: within(profile.total_cm3) },
    { name: 'annealed, active', depthNm, perCm3: within(profile.active_cm3), dashed: true },
    { name: 'substrate', depthNm, perCm3: within(background), dashed: true },
  ]);
}

/** How many depths to show: the grid goes far into the substrate, where nothing happens. */
function visibleDepths({ profile }: AnnealAnswer, backgroundPerCm3: number): number {
  const levelPerCm3 = backgroundPerCm3 / 10;
  const last = profile.depth_nm.findLastIndex(
    (_, i) => Math.max(profile.initial_cm3[i] ?? 0, profile.total_cm3[i] ?? 0) > levelPerCm3,
  );
  return last < 1 ? profile.depth_nm.length : last + 1;
}

function titleOf(answer: AnnealAnswer): string {
  const { junction_depth_um: junctions, sheet_resistance_ohm_sq: sheet, metadata } = answer;
  const parts = [`Anneal of ${String(metadata['species'])}`];
  if (junctions.at_background !== null) parts.push(`junction at ${junctions.at_background.toFixed(3)} µm`);
  if (sheet !== null) parts.push(`sheet resistance ${sheet.toPrecision(4)} Ω/sq`);
  return parts.join(', ');
}
