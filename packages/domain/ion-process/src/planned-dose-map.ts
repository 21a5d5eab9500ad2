import type { DoseProfileAnswer } from '@spectra/schemas';
import { scanSettings, tiltCosine } from './beam-plan.ts';
import { depositStrips } from './dose-recorder.ts';
import { columnsMm, stripsMm } from './tool.ts';
import type { IonRecipe } from './types.ts';

/** Parallelism of the scanned beam from edge to edge of the wafer. */
const PARALLELISM_DEG = 0.2;

/**
 * Dose map that a noiseless scan leaves: whole strokes of a Gaussian beam with overscan along y, and along x the
 * change of incidence that imperfect parallelism makes on a tilted wafer, D ∝ cos(tilt + δ x/R)/cos(tilt).
 */
export function plannedDoseMap(recipe: IonRecipe): DoseProfileAnswer['profile_2d'] {
  const settings = scanSettings(recipe);
  const radiusMm = recipe.waferDiameterMm / 2;
  const stroke = depositStrips(
    Array.from({ length: settings.stripCount }, () => 0),
    { strokeMm: settings.strokeMm, fromMm: 0, toMm: settings.strokeMm, dosePerCm2: recipe.dosePerCm2 },
  );
  const xMm = columnsMm(recipe.waferDiameterMm);
  const incidence = xMm.map(
    (x) => tiltCosine(recipe.tiltDeg + (PARALLELISM_DEG * x) / radiusMm) / tiltCosine(recipe.tiltDeg),
  );
  const rows = stripsMm(settings.stripCount, settings.strokeMm)
    .map((y, strip) => ({ y, dose: stroke.strips[strip] ?? 0 }))
    .filter(({ y }) => Math.abs(y) <= radiusMm);
  return {
    x_mm: xMm,
    y_mm: rows.map(({ y }) => y),
    dose_atoms_cm2: rows.map(({ y, dose }) =>
      xMm.map((x, column) => (Math.hypot(x, y) <= radiusMm ? dose * (incidence[column] ?? 1) : null)),
    ),
  };
}
