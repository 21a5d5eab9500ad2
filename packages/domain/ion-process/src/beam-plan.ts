import { planScan } from '@spectra/control';
import type { ScanPlan, ScanSettings } from '@spectra/control';
import { waferAreaCm2 } from '@spectra/ion-physics';
import { TOOL } from './tool.ts';
import type { IonRecipe } from './types.ts';

/** Current, passes and speed with which the tool will make a recipe, and why they differ from what was asked. */
export interface BeamPlan {
  readonly beamCurrentMa: number;
  readonly settings: ScanSettings;
  readonly scan: ScanPlan;
  readonly currentLimit: 'recipe' | 'source' | 'wafer_heating' | 'dose';
}

/** A dose in fewer strokes than this would carry the beam's noise into the wafer. */
const PASSES_PLANNED_MIN = 4;
/** Speed to which strokes are planned, as in `planScan`, with a little room for rounding. */
const SPEED_PLANNED_SHARE = 0.895;

/**
 * Plans an implant: the recipe's beam current, lowered where the source, the wafer's cooling or a small dose ask
 * for it, and a whole number of strokes near the recipe's scan speed. Every legal recipe has a plan.
 */
export function planBeam(recipe: IonRecipe): BeamPlan {
  const settings = scanSettings(recipe);
  const limits = [
    { limit: 'recipe', beamCurrentMa: recipe.beamCurrentMa },
    { limit: 'source', beamCurrentMa: TOOL.beamCurrentMaMax },
    { limit: 'wafer_heating', beamCurrentMa: heatingLimitMa(recipe, settings) },
    { limit: 'dose', beamCurrentMa: doseLimitMa(settings) },
  ] as const;
  const lowest = limits.reduce((low, next) => (next.beamCurrentMa < low.beamCurrentMa ? next : low));
  const beamCurrentMa = Math.max(TOOL.beamCurrentMaMin, lowest.beamCurrentMa);
  const plan = planScan(settings, { beamCurrentMa, speedMmPerS: recipe.scanSpeedMmPerS });
  if (!plan.ok) throw new Error(`no scan plan for a legal recipe: ${plan.detail}`);
  return { beamCurrentMa, settings, scan: plan.value, currentLimit: lowest.limit };
}

/** What the scan controller is told for a recipe. A tilted wafer sees the beam spread over 1/cos(tilt). */
export function scanSettings(recipe: IonRecipe): ScanSettings {
  const strokeMm = recipe.waferDiameterMm + 2 * TOOL.overscanYMm;
  return {
    setpointDosePerCm2: recipe.dosePerCm2,
    chargeState: TOOL.chargeState,
    beamWidthCm: (recipe.waferDiameterMm + 2 * TOOL.overscanXMm) / 10 / tiltCosine(recipe.tiltDeg),
    strokeMm,
    speedMinMmPerS: TOOL.stageSpeedMmPerSMin,
    speedMaxMmPerS: TOOL.stageSpeedMmPerSMax,
    stripCount: Math.round(strokeMm / TOOL.stripLengthMm),
    currentFilterS: 0.15,
  };
}

/** Projection of the wafer on the beam, held at a small value for grazing beams. */
export function tiltCosine(tiltDeg: number): number {
  return Math.cos((Math.min(tiltDeg, TOOL.compensatedTiltDegMax) * Math.PI) / 180);
}

/** Area that the beam is spread over, in cm² of wafer surface. */
export function scannedAreaCm2(settings: ScanSettings): number {
  return settings.beamWidthCm * (settings.strokeMm / 10);
}

/** Share of the scanned beam that meets the wafer. */
export function waferShare(recipe: IonRecipe, settings: ScanSettings): number {
  return waferAreaCm2(recipe.waferDiameterMm) / scannedAreaCm2(settings);
}

/** Beam current at which the cooled wafer stays at its planned temperature: I = h A ΔT / (E share). */
function heatingLimitMa(recipe: IonRecipe, settings: ScanSettings): number {
  const cooledW =
    TOOL.coolingWPerCm2K *
    waferAreaCm2(recipe.waferDiameterMm) *
    (TOOL.waferTempCPlanned - TOOL.coolantTempC);
  return cooledW / recipe.energyKeV / waferShare(recipe, settings);
}

/** Beam current at which the smallest number of strokes at top speed just makes the dose. */
function doseLimitMa(settings: ScanSettings): number {
  const dosePerPass = settings.setpointDosePerCm2 / PASSES_PLANNED_MIN;
  const speedCmPerS = (SPEED_PLANNED_SHARE * settings.speedMaxMmPerS) / 10;
  return dosePerPass * speedCmPerS * settings.beamWidthCm * settings.chargeState * 1.602176634e-16;
}
