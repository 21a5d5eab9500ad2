import { checkPrediction, initialVmWatch, VM_WAFERS_MIN } from '@spectra/spc';
import type { VmWatch } from '@spectra/spc';
import { learnModel, predictWith } from './learnt-model.ts';
import type { LearningWafer, LearntModel } from './learnt-model.ts';

/** What the models of one family and parameter remember between measurements; plain data. */
export interface LineageMemory {
  /** Wafers that arrived before this one were measured on a tool that is not the same any more. */
  readonly learnFrom: number;
  /** A new model is learnt when this many wafers are known since then. */
  readonly nextTraining: number;
  /** The last wafer whose prediction was checked. */
  readonly seen: number;
  readonly checks: VmWatch;
}

/** The lineage before its next measurements. */
export interface Lineage {
  /** The model that counts, or null while physics counts alone. */
  readonly active: LearntModel | null;
  readonly memory: LineageMemory;
}

/** What new measurements did to a lineage, in this order. */
export interface LineageStep {
  readonly memory: LineageMemory;
  /** The active model went back to shadow, and by which wafer. */
  readonly demoted: { readonly reason: string; readonly wafer: LearningWafer; readonly z: number } | null;
  readonly trained: {
    readonly model: LearntModel;
    readonly stage: 'shadow' | 'active';
    readonly reason: string;
  } | null;
}

export const firstMemory: LineageMemory = {
  learnFrom: 0,
  nextTraining: VM_WAFERS_MIN,
  seen: 0,
  checks: initialVmWatch,
};

/** Older wafers than the last of this many are forgotten: tools age. */
export const LEARNING_WAFERS_MAX = 200;

/**
 * Takes up measurements: checks the active model's predictions of the new wafers, sends it back to shadow when they
 * drift or are worse than physics, and learns a new version when enough wafers came (each one at first, then every
 * tenth part more). A new version counts when held-back wafers prove it; one that follows an active model, when it is
 * not worse than physics. The same wafers in the same order give the same lineage.
 */
export function advanceLineage(
  lineage: Lineage,
  wafers: readonly LearningWafer[],
  featureNames: readonly string[],
): LineageStep {
  const usable = wafers.filter((wafer) =>
    featureNames.every((name) => Number.isFinite(wafer.features[name])),
  );
  const checked = checkNew(lineage, usable);
  const since = usable.filter((wafer) => wafer.arrival >= checked.memory.learnFrom);
  if (since.length < checked.memory.nextTraining) return { ...checked, trained: null };
  const model = learnModel(since.slice(-LEARNING_WAFERS_MAX), featureNames);
  if (!model) return { ...checked, trained: null };
  const nextTraining = since.length + Math.max(1, Math.floor(since.length / 10));
  const follows = lineage.active !== null && checked.demoted === null;
  return {
    demoted: checked.demoted,
    memory: { ...checked.memory, nextTraining },
    trained: { model, ...stageOf(model, follows) },
  };
}

function checkNew(
  { active, memory }: Lineage,
  wafers: readonly LearningWafer[],
): Pick<LineageStep, 'memory' | 'demoted'> {
  let now = memory;
  for (const [place, wafer] of wafers.entries()) {
    if (wafer.arrival <= memory.seen) continue;
    now = { ...now, seen: wafer.arrival };
    if (!active) continue;
    const { value, sigma } = predictWith(active, wafer);
    const checkedWafer = { measured: wafer.measured, physics: wafer.physics, corrected: value, sigma };
    const { watch, verdict } = checkPrediction(now.checks, checkedWafer);
    now = { ...now, checks: watch };
    if (verdict.kind === 'good') continue;
    // The wafers since the change show the tool as it is now; what was learnt before holds no more.
    const first = wafers[Math.max(0, place - verdict.since + 1)] ?? wafer;
    const seen = wafers.at(-1)?.arrival ?? wafer.arrival;
    return {
      memory: { learnFrom: first.arrival, nextTraining: VM_WAFERS_MIN, seen, checks: initialVmWatch },
      demoted: {
        reason:
          verdict.kind === 'drift' ? `drift: ${verdict.detail}` : `worse than physics: ${verdict.detail}`,
        wafer,
        z: (wafer.measured - value) / sigma,
      },
    };
  }
  return { memory: now, demoted: null };
}

function stageOf(model: LearntModel, follows: boolean): { stage: 'shadow' | 'active'; reason: string } {
  const { evidence } = model;
  const errors = `error on ${evidence.wafers} held-back wafers ${short(evidence.correctedRmse)}, physics alone ${short(evidence.physicsRmse)}, t ${short(evidence.t)} (needed ${short(evidence.tNeeded)})`;
  if (evidence.proven) return { stage: 'active', reason: `proven better than physics: ${errors}` };
  if (follows && evidence.tenable) {
    return { stage: 'active', reason: `follows the active model and is not worse than physics: ${errors}` };
  }
  return { stage: 'shadow', reason: `not proven better than physics: ${errors}` };
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
