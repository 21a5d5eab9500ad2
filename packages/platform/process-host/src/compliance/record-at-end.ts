import type { AttemptEnding, ProcessTypes } from '@spectra/run-engine';
import { dossierRpc } from '@spectra/schemas';
import type { ComplianceReport, RunSpec } from '@spectra/schemas';
import { recipeReference } from '../gates/document-gate.ts';
import type { ServiceContext } from '../service-context.ts';
import type { StopReason } from '../worker/job-reporter.ts';
import { complianceReport } from './compliance-report.ts';
import { gateRecords } from './gate-records.ts';

const callTimeoutMs = 3_000;
const pauseMs = 1_000;
/** The end of the run cannot be told without the orchestrator either, so there is time; but not for ever. */
const triesMax = 300;

/** Judges an ended attempt and has the judgement stored, before the orchestrator hears that it ended. Never throws. */
export async function recordAtEnd<T extends ProcessTypes>(
  context: ServiceContext<T>,
  run: { spec: RunSpec; ending: AttemptEnding; stopReason: () => StopReason | null },
): Promise<void> {
  const { clock, logger } = context;
  for (let tries = 1; ; tries += 1) {
    const done = await tryOnce(context, run).catch((error: unknown) => {
      logger.warn({ err: error }, 'the run could not be judged');
      return false;
    });
    const stop = run.stopReason();
    if (done || stop === 'stale' || stop === 'service_stopping' || tries === triesMax) return;
    await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
  }
}

/** False when it is worth another try. */
async function tryOnce<T extends ProcessTypes>(
  context: ServiceContext<T>,
  run: { spec: RunSpec; ending: AttemptEnding },
): Promise<boolean> {
  const { spec, ending } = run;
  const report = await judgedAtEnd(context, run);
  const answer = await context.messaging.call('jobs', dossierRpc.recordCompliance, {
    traceparent: spec.traceparent,
    body: { job_id: spec.job_id, attempt: ending.attempt, report },
    timeoutMs: callTimeoutMs,
  });
  if (answer.ok) return true;
  context.logger.warn({ refusal: answer.refusal }, 'the judgement of the run is not recorded yet');
  return answer.refusal.code !== 'dependency_unavailable' && answer.refusal.code !== 'internal';
}

function judgedAtEnd<T extends ProcessTypes>(
  context: ServiceContext<T>,
  { spec, ending }: { spec: RunSpec; ending: AttemptEnding },
): Promise<ComplianceReport> {
  const { org_id: orgId, sop_id: sopId, equipment_id: equipmentId, recipe } = spec;
  return context.database.withOrg(orgId, async (tx) => {
    const records = await gateRecords(tx, context, {
      orgId,
      sopId,
      named: recipeReference(spec),
      equipmentIds: [equipmentId],
    });
    return complianceReport(context, { recipe, recipeHash: spec.recipe_hash, ending }, records);
  });
}
