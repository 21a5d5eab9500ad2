import {
  accept,
  dossierRpc,
  type Alert,
  type Result,
  type RunCompliance,
  type RunResults,
} from '@spectra/schemas';
import { askAs, type DossierReader } from './dossier-reader.ts';
import { resultsDocument } from './results-document.ts';
import { alertsOf, UnreadRecords } from './run-records.ts';

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

/** The alarms of a run as its stream tells them, each as it stood last: later runs of the tool do not change them. */
async function readAlarms(reader: DossierReader, runId: string): Promise<Result<Alert[]>> {
  const latest = new Map<string, Alert>();
  try {
    for await (const alert of alertsOf(reader, runId)) latest.set(alert.alarm_id, alert);
  } catch (error) {
    if (error instanceof UnreadRecords) return { ok: false, refusal: error.refusal };
    throw error;
  }
  return accept([...latest.values()]);
}
