import {
  accept,
  dossierRpc,
  telemetryRpc,
  type Alert,
  type Result,
  type RunCompliance,
  type RunResults,
} from '@spectra/schemas';
import { askAs, type DossierReader } from './dossier-reader.ts';
import { resultsDocument } from './results-document.ts';

const alarmsPerPage = 100;
/** A run with more is a run that nobody reads alarm by alarm. */
const alarmsMax = 2_000;

/**
 * Everything that is known of a run. Without the orchestrator there is no answer; what other services do not tell at
 * the moment is named in `incomplete` with the reason.
 */
export async function readResults(reader: DossierReader, runId: string): Promise<Result<RunResults>> {
  const dossier = await askAs(reader, 'jobs', {
    contract: dossierRpc.getDossier,
    body: { run_id: runId },
  });
  if (!dossier.ok) return dossier;
  const [compliance, alarms] = await Promise.all([
    readCompliance(reader, { runId, process: dossier.value.run.process }),
    readAlarms(reader, runId),
  ]);
  return accept(resultsDocument({ dossier: dossier.value, compliance, alarms }));
}

/** How a run stands to its rules, as the service of its process tells it. */
export function readCompliance(
  reader: DossierReader,
  run: { runId: string; process: string },
): Promise<Result<RunCompliance>> {
  return askAs(reader, run.process, {
    contract: dossierRpc.runCompliance,
    body: { run_id: run.runId },
  });
}

async function readAlarms(
  reader: DossierReader,
  runId: string,
): Promise<Result<{ items: Alert[]; total: number }>> {
  const items: Alert[] = [];
  for (;;) {
    const page = await askAs(reader, 'telemetry', {
      contract: telemetryRpc.listAlarms,
      body: { run_id: runId, limit: alarmsPerPage, offset: items.length },
    });
    if (!page.ok) return page;
    items.push(...page.value.items);
    const { total } = page.value;
    if (page.value.items.length === 0 || items.length >= Math.min(total, alarmsMax)) {
      return accept({ items, total });
    }
  }
}
