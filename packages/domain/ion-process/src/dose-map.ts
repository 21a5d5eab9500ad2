import type { Picture } from '@spectra/run-engine';
import { columnsMm, stripsMm } from './tool.ts';
import type { IonPlanned } from './types.ts';

type DoseMap = readonly (readonly number[])[];
type Scanned = Pick<IonPlanned, 'recipe' | 'scan'>;

/** Rows of the map that cross the wafer, with their place. */
export function waferRows(map: DoseMap, planned: Scanned): { yMm: number; dose: readonly number[] }[] {
  const radiusMm = planned.recipe.waferDiameterMm / 2;
  return stripsMm(map.length, planned.scan.strokeMm)
    .map((yMm, strip) => ({ yMm, dose: map[strip] ?? [] }))
    .filter(({ yMm }) => Math.abs(yMm) <= radiusMm);
}

/** Mean dose over the points on the wafer. */
export function meanOnWafer(map: DoseMap, planned: Scanned): number {
  const doses = dosesOnWafer(map, planned);
  return doses.length === 0 ? 0 : doses.reduce((sum, dose) => sum + dose, 0) / doses.length;
}

/** Points of the map that lie on the wafer. */
export function sitesOnWafer(map: DoseMap, planned: Scanned): number {
  return dosesOnWafer(map, planned).length;
}

/** One standard deviation of the dose over the wafer, in per cent of its mean. */
export function mapUniformityPct(map: DoseMap, planned: Scanned): number {
  const doses = dosesOnWafer(map, planned);
  const mean = meanOnWafer(map, planned);
  if (!(mean > 0) || doses.length < 2) return 0;
  const squares = doses.reduce((sum, dose) => sum + (dose - mean) ** 2, 0);
  return (100 * Math.sqrt(squares / (doses.length - 1))) / mean;
}

/** The wafer's dose map as a picture; null outside the wafer. */
export function thumbnail(map: DoseMap, planned: Scanned): Picture {
  const radiusMm = planned.recipe.waferDiameterMm / 2;
  const xMm = columnsMm(planned.recipe.waferDiameterMm);
  const rows = waferRows(map, planned);
  return {
    name: 'Dose map',
    unit: 'atoms/cm²',
    xMm,
    yMm: rows.map(({ yMm }) => yMm),
    values: rows.map(({ yMm, dose }) =>
      xMm.map((x, column) => (Math.hypot(x, yMm) <= radiusMm ? (dose[column] ?? null) : null)),
    ),
  };
}

function dosesOnWafer(map: DoseMap, planned: Scanned): number[] {
  return thumbnail(map, planned).values.flatMap((row) =>
    Array.isArray(row) ? row.filter((dose): dose is number => dose !== null) : [],
  );
}
