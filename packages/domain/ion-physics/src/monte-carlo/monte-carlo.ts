import { AMORPHOUS_DEFECTS_PER_CM3 } from '../constants.ts';
import { requireWithin } from '../out-of-range.ts';
import { type DamageSource, damageSource, defectsPerCm3, defectsPerIon } from '../profile/damage.ts';
import { type ImplantInput, implantedAtoms, requireImplantInput } from '../profile/implant-input.ts';
import { implantProfile } from '../profile/implant-profile.ts';
import type { Moments } from '../profile/range-moments.ts';
import { type ScaledLayer, scaledLayers } from '../profile/range-scaling.ts';
import { dopantEnergyKeV, dopantOf } from '../species.ts';
import { emptySums, momentsWithErrors, type PowerSums } from './depth-statistics.ts';
import { type CrystalModel, crystalModel } from './crystal-model.ts';
import type { IonState } from './follow-ion.ts';
import { type DamagedCrystal, followThroughStack } from './follow-through-stack.ts';
import { randomStream } from './random-stream.ts';
import { type TargetModel, targetModel } from './target-model.ts';

/** Size and randomness of a Monte Carlo run. The same options give the same result on any number of threads. */
export type MonteCarloOptions = {
  ions: number;
  seed: number;
  depthBins?: number;
  lateralBins?: number;
};

/** Everything a thread needs to run batches; each thread builds its own from the same input and options. */
export type MonteCarloPlan = {
  input: ImplantInput;
  options: Required<MonteCarloOptions>;
  batchCount: number;
  target: TargetModel;
  /** Only for a crystalline target. */
  crystal?: { model: CrystalModel; damage: DamageSource; stackSiliconNm: number };
  energyEv: number;
  depthBinNm: number;
  lateralBinNm: number;
};

/** Result of one batch: plain numbers and typed arrays that can be sent between threads. */
export type MonteCarloBatch = {
  batchIndex: number;
  sums: PowerSums;
  /** Stopped ions by depth bin; deeper ones count in the last bin. */
  depthCounts: Uint32Array;
  /** Stopped ions by depth bin (rows) and lateral bin (columns, centred on the point of entry). */
  mapCounts: Uint32Array;
};

/** Result of a run: moments with standard errors, and profiles in 1/cm³. */
export type MonteCarloResult = {
  ions: number;
  moments: Moments;
  standardErrors: Moments;
  retainedDosePerCm2: number;
  /** Centres of the depth bins, concentration there and its standard error. */
  depthNm: number[];
  concentrationPerCm3: number[];
  concentrationErrorPerCm3: number[];
  /** Share of the stopped ions by depth (rows) and lateral distance (columns). */
  map: { depthBinNm: number; lateralBinNm: number; rows: number; columns: number; shares: number[] };
  model: string;
  sources: readonly string[];
};

/** Ions of one batch; the last batch of a run may be smaller. */
export const BATCH_IONS = 500;

const LIMITS = {
  ions: { min: 2 * BATCH_IONS, max: 10_000_000, unit: 'ions' },
  seed: { min: 0, max: 4_294_967_295, unit: '' },
  depthBins: { min: 10, max: 1000, unit: 'bins' },
  lateralBins: { min: 2, max: 400, unit: 'bins' },
} as const;

const AMORPHOUS_MODEL =
  'binary collisions in amorphous layers, universal potential, SRIM-2013 electronic stopping';
const CRYSTALLINE_MODEL = `${AMORPHOUS_MODEL}; Si (100) crystal with thermal vibration and damage build-up`;
const DAMAGE_BINS = 100;

/** Checks the input and builds the target's tables (about 0.1 s for each kind of atom pair). */
export function monteCarloPlan(input: ImplantInput, given: MonteCarloOptions): MonteCarloPlan {
  requireImplantInput(input);
  const options = { depthBins: 100, lateralBins: 60, ...given };
  for (const field of ['ions', 'seed', 'depthBins', 'lateralBins'] as const) {
    requireWithin({ field, value: options[field], ...LIMITS[field] });
    if (!Number.isInteger(options[field]))
      throw new RangeError(`${field} is ${options[field]}; it must be a whole number`);
  }
  const ion = dopantOf(input.species);
  const fast = implantProfile(input);
  const layers = input.target?.layers ?? [];
  const crystalline = input.target?.crystalline ?? true;
  return {
    input,
    options,
    batchCount: Math.ceil(options.ions / BATCH_IONS),
    target: targetModel(ion, layers, { localShare: 0, amorphous: !crystalline }),
    ...(crystalline ? { crystal: crystalPlan(input, fast.moments) } : {}),
    energyEv: dopantEnergyKeV(input.species, input.energyKeV) * 1000,
    depthBinNm: (fast.depthNm.at(-1) as number) / options.depthBins,
    lateralBinNm:
      (8 * Math.max(fast.moments.lateralStraggleNm, fast.moments.straggleNm)) / options.lateralBins,
  };
}

/**
 * Runs one batch. Its random stream depends on (seed, batchIndex) alone, so batches may run anywhere and in
 * any order.
 */
export function runMonteCarloBatch(plan: MonteCarloPlan, batchIndex: number): MonteCarloBatch {
  requireWithin({ field: 'batchIndex', value: batchIndex, min: 0, max: plan.batchCount - 1, unit: '' });
  const random = randomStream(plan.options.seed, batchIndex);
  const ions = Math.min(BATCH_IONS, plan.options.ions - batchIndex * BATCH_IONS);
  const batch: MonteCarloBatch = {
    batchIndex,
    sums: { ...emptySums(), ions },
    depthCounts: new Uint32Array(plan.options.depthBins),
    mapCounts: new Uint32Array(plan.options.depthBins * plan.options.lateralBins),
  };
  const tilt = (plan.input.tiltDeg * Math.PI) / 180;
  const start = { xNm: 0, yNm: 0, zNm: 0, xCosine: Math.sin(tilt), yCosine: 0, zCosine: Math.cos(tilt) };
  const below = damagedCrystal(plan, batchIndex);
  const ion: IonState = { ...start, energyEv: plan.energyEv };
  for (let i = 0; i < ions; i += 1) {
    Object.assign(ion, start);
    ion.energyEv = plan.energyEv;
    if (followThroughStack(ion, plan.target, below, random)) countStop(batch, plan, ion);
  }
  return batch;
}

/** Adds batches up in the order of their index, whatever the order they come in. All must be there. */
export function summarizeMonteCarlo(
  plan: MonteCarloPlan,
  batches: readonly MonteCarloBatch[],
): MonteCarloResult {
  if (batches.length !== plan.batchCount) {
    throw new RangeError(`batches.length is ${batches.length}; it must be ${plan.batchCount}`);
  }
  const ordered = batches.toSorted((a, b) => a.batchIndex - b.batchIndex);
  const { depthBins, lateralBins, ions } = plan.options;
  const depthCounts = addCounts(
    ordered.map((batch) => batch.depthCounts),
    depthBins,
  );
  const mapCounts = addCounts(
    ordered.map((batch) => batch.mapCounts),
    depthBins * lateralBins,
  );
  const { moments, standardErrors } = momentsWithErrors(
    ordered.map((batch) => batch.sums),
    scaleNm(plan),
  );
  const perCount = plan.input.dosePerCm2 / (ions * plan.depthBinNm * 1e-7);
  const stopped = Math.max(
    1,
    depthCounts.reduce((sum, count) => sum + count, 0),
  );
  return {
    ions,
    moments,
    standardErrors,
    retainedDosePerCm2: plan.input.dosePerCm2 * (1 - moments.backscatterFraction),
    depthNm: depthCounts.map((_, i) => (i + 0.5) * plan.depthBinNm),
    concentrationPerCm3: depthCounts.map((count) => count * perCount),
    concentrationErrorPerCm3: depthCounts.map((count) => Math.sqrt(count) * perCount),
    map: {
      depthBinNm: plan.depthBinNm,
      lateralBinNm: plan.lateralBinNm,
      rows: depthBins,
      columns: lateralBins,
      shares: mapCounts.map((count) => count / stopped),
    },
    model: plan.crystal ? CRYSTALLINE_MODEL : AMORPHOUS_MODEL,
    sources: [
      'Ziegler, Biersack & Littmark (1985)',
      'Ziegler, Ziegler & Biersack, Nucl. Instrum. Methods B 268 (2010) 1818',
    ],
  };
}

/** Runs all batches in this thread. `onBatch` hears of progress; it ends the run early by returning false. */
export function runMonteCarlo(
  input: ImplantInput,
  options: MonteCarloOptions,
  onBatch: (done: number, total: number) => boolean = () => true,
): MonteCarloResult | undefined {
  const plan = monteCarloPlan(input, options);
  const batches: MonteCarloBatch[] = [];
  for (let i = 0; i < plan.batchCount; i += 1) {
    batches.push(runMonteCarloBatch(plan, i));
    if (!onBatch(i + 1, plan.batchCount)) return undefined;
  }
  return summarizeMonteCarlo(plan, batches);
}

function crystalPlan(input: ImplantInput, moments: Moments): NonNullable<MonteCarloPlan['crystal']> {
  const ion = dopantOf(input.species);
  const energyKeV = dopantEnergyKeV(input.species, input.energyKeV);
  const substrate = scaledLayers(ion, energyKeV, input.target?.layers ?? []).at(-1) as ScaledLayer;
  return {
    model: crystalModel(ion, input.twistDeg, substrate.topNm),
    damage: damageSource(defectsPerIon(input.species, implantedAtoms(input)), input.dosePerCm2, moments),
    stackSiliconNm: substrate.siliconTopNm,
  };
}

/**
 * The crystal as the ions of one batch find it: damaged by the share of the dose that came before the middle of
 * the batch. It depends on the batch's index alone, so batches stay independent of each other.
 */
function damagedCrystal(plan: MonteCarloPlan, batchIndex: number): DamagedCrystal | undefined {
  if (plan.crystal === undefined) return undefined;
  const { model, damage, stackSiliconNm } = plan.crystal;
  const doseShare = (batchIndex + 0.5) / plan.batchCount;
  const source = { ...damage, defectsPerCm2: damage.defectsPerCm2 * doseShare };
  const binNm = (damage.depthNm + 5 * damage.sigmaNm) / DAMAGE_BINS;
  const shares = Float64Array.from({ length: DAMAGE_BINS }, (_, i) =>
    Math.min(1, defectsPerCm3(source, stackSiliconNm + (i + 0.5) * binNm) / AMORPHOUS_DEFECTS_PER_CM3),
  );
  return { crystal: model, damage: { binNm, shares } };
}

/** Unit of length of the power sums; fixed by the plan so that all threads agree. */
function scaleNm(plan: MonteCarloPlan): number {
  return plan.depthBinNm * plan.options.depthBins;
}

function countStop(batch: MonteCarloBatch, plan: MonteCarloPlan, ion: IonState): void {
  const { depthBins, lateralBins } = plan.options;
  const z = ion.zNm / scaleNm(plan);
  const { sums } = batch;
  sums.stopped += 1;
  sums.depth[0] += z;
  sums.depth[1] += z * z;
  sums.depth[2] += z * z * z;
  sums.depth[3] += z * z * z * z;
  sums.lateral2 += (ion.yNm / scaleNm(plan)) ** 2;
  const row = Math.min(depthBins - 1, Math.floor(ion.zNm / plan.depthBinNm));
  const column = Math.floor(ion.yNm / plan.lateralBinNm + lateralBins / 2);
  batch.depthCounts[row] = (batch.depthCounts[row] as number) + 1;
  const cell = row * lateralBins + Math.min(lateralBins - 1, Math.max(0, column));
  batch.mapCounts[cell] = (batch.mapCounts[cell] as number) + 1;
}

function addCounts(parts: readonly Uint32Array[], length: number): number[] {
  const total = Array.from({ length }, () => 0);
  for (const part of parts)
    for (let i = 0; i < length; i += 1) total[i] = (total[i] as number) + (part[i] as number);
  return total;
}
