import type { AttemptOutcome } from '@spectra/schemas';
import { startSpan, type TraceSpan } from '@spectra/service-kit';

/** The span of an attempt, below whatever created its job. */
export function attemptSpan(
  name: string,
  claim: { spec: { job_id: string; traceparent: string }; attempt: number },
): TraceSpan {
  return startSpan({
    name,
    kind: 'consumer',
    under: claim.spec,
    attributes: { 'spectra.job_id': claim.spec.job_id, 'spectra.attempt': claim.attempt },
  });
}

/** Ends the span of an attempt with how the attempt ended. */
export function endAttemptSpan(span: TraceSpan, outcome: AttemptOutcome): void {
  span.set({ 'spectra.outcome': outcome.kind });
  if (outcome.kind === 'failed') span.end(`${outcome.error.code}: ${outcome.error.message}`);
  span.end();
}
