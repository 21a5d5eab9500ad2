import type { OutcomeDraft } from '@spectra/run-engine';
import type { RunOutcome, RunSpec } from '@spectra/schemas';

/** The finished draft as the run record keeps it. */
export function runOutcome(spec: RunSpec, draft: OutcomeDraft): RunOutcome {
  return {
    metrics: draft.metrics,
    vm_prediction: draft.virtualMetrology,
    spc_alerts_count: draft.spcAlertsCount,
    spc: draft.spc.map((point) => ({ ...point })),
    advice: [...draft.advice],
    uncertainty: { ...draft.uncertainty },
    wafers: spec.wafers.map((wafer, index) => ({ ...wafer, metrics: draft.waferMetrics[index] ?? {} })),
  };
}
