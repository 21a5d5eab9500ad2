import { BATCH_IONS, monteCarloPlan } from '@spectra/ion-physics';
import type { MonteCarloPlan, MonteCarloResult } from '@spectra/ion-physics';
import type { IonMonteCarloParams, IonMonteCarloResult } from '@spectra/schemas';
import { momentsAnswer } from './dose-profile.ts';

/** How many batches a Monte Carlo run has; they may be done in any order and on any thread. */
export function monteCarloBatchCount(params: IonMonteCarloParams): number {
  return Math.ceil(params.ions / BATCH_IONS);
}

/** The plan of a run in the words of the wire. Throws a RangeError for what the physics does not cover. */
export function planMonteCarlo(params: IonMonteCarloParams): MonteCarloPlan {
  const { target } = params;
  const layers = target?.layers.map((layer) => ({
    material: layer.material,
    thicknessNm: layer.thickness_nm,
  }));
  return monteCarloPlan(
    {
      species: params.species,
      energyKeV: params.energy_kev,
      dosePerCm2: params.dose_atoms_cm2,
      tiltDeg: params.tilt_deg,
      twistDeg: params.twist_deg,
      ...(target === undefined ? {} : { target: { crystalline: target.crystalline, layers: layers ?? [] } }),
    },
    {
      ions: params.ions,
      seed: params.seed,
      depthBins: params.depth_bins,
      lateralBins: params.lateral_bins,
    },
  );
}

/** The result of a run in the words of the wire. */
export function monteCarloAnswer(params: IonMonteCarloParams, result: MonteCarloResult): IonMonteCarloResult {
  const { map } = result;
  return {
    ions: result.ions,
    moments: momentsAnswer({ moments: result.moments }),
    standard_errors: momentsAnswer({ moments: result.standardErrors }),
    retained_dose_cm2: result.retainedDosePerCm2,
    profile_1d: {
      depth_nm: result.depthNm,
      concentration_cm3: result.concentrationPerCm3,
      concentration_error_cm3: result.concentrationErrorPerCm3,
    },
    profile_2d: {
      depth_bin_nm: map.depthBinNm,
      lateral_bin_nm: map.lateralBinNm,
      rows: map.rows,
      columns: map.columns,
      shares: map.shares,
    },
    metadata: { model: result.model, sources: result.sources, seed: params.seed },
  };
}
