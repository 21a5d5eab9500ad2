import type { OutcomeDraft } from '@spectra/run-engine';
import type { RunOutcome, RunSpec, RunSteering, VmPrediction } from '@spectra/schemas';
import { meanPrediction } from '../virtual-metrology/predict-wafers.ts';

/** The finished draft as the run record keeps it. */
export function runOutcome(
  spec: RunSpec,
  draft: OutcomeDraft,
  learnt: { predictions: readonly VmPrediction[][]; steering: RunSteering },
): RunOutcome {
  return {
    metrics: draft.metrics,
    vm_prediction: draft.virtualMetrology,
    virtual_metrology: meanPrediction(learnt.predictions),
    spc_alerts_count: draft.spcAlertsCount,
    spc: draft.spc.map((point) => ({ ...point })),
    advice: [...draft.advice],
    run_to_run: learnt.steering,
    uncertainty: { ...draft.uncertainty },
    wafers: spec.wafers.map((wafer, index) => ({ ...wafer, metrics: draft.waferMetrics[index] ?? {} })),
  };
}
