import { accept, processRpc, type Result, type RunResults } from '@spectra/schemas';
import type { FileBytes } from './archive-writer.ts';
import { askAs, type DossierReader } from './dossier-reader.ts';
import { readResults } from './read-results.ts';
import { framesOf } from './run-records.ts';
import { parquetBytes } from './telemetry-parquet.ts';
import { csvText, ndjsonText, type FrameBlock, type TelemetryFacts } from './telemetry-text.ts';

type Format = {
  mediaType: string;
  bytes: (facts: TelemetryFacts, frames: AsyncIterable<FrameBlock>) => FileBytes;
};

/** The forms in which a run's telemetry is handed out whole. */
export const telemetryFormats = {
  ndjson: { mediaType: 'application/x-ndjson', bytes: ndjsonText },
  csv: { mediaType: 'text/csv; charset=utf-8', bytes: csvText },
  parquet: { mediaType: 'application/vnd.apache.parquet', bytes: parquetBytes },
} as const satisfies Record<string, Format>;
export type TelemetryFormat = keyof typeof telemetryFormats;

/** A run's telemetry as a file that is made while it is read; bytes that throw are not to be taken for whole. */
export async function readTelemetryFile(
  reader: DossierReader,
  wanted: { runId: string; format: TelemetryFormat },
): Promise<Result<{ name: string; mediaType: string; bytes: FileBytes }>> {
  const results = await readResults(reader, wanted.runId);
  if (!results.ok) return results;
  const facts = await telemetryFacts(reader, results.value);
  if (!facts.ok) return facts;
  const { mediaType, bytes } = telemetryFormats[wanted.format];
  const name = `${wanted.runId}_telemetry.${wanted.format}`;
  return accept({ name, mediaType, bytes: bytes(facts.value, framesOf(reader, wanted.runId)) });
}

/** What a table of this run's telemetry must say to be read without anything else. */
export async function telemetryFacts(
  reader: DossierReader,
  results: RunResults,
): Promise<Result<TelemetryFacts>> {
  const { run_id: runId, process } = results;
  const described = await askAs(reader, process, { contract: processRpc.describe, body: {} });
  if (!described.ok) return described;
  const { channels } = described.value;
  const calibrationIds = calibrationIdsOf(results);
  return accept({ runId, process, recipeHash: results.recipe.hash, calibrationIds, channels });
}

/** Calibrations of the tool that took the run; before it has one, of all that may. */
export function calibrationIdsOf(results: RunResults): string[] {
  const used = results.evidence?.tools.flatMap((tool) => tool.calibrations) ?? [];
  return used.length === 0
    ? results.gates.calibration_ids
    : used.map((calibration) => calibration.calibration_id);
}
