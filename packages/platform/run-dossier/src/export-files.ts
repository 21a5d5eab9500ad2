import { keyOfUri, type ObjectStore } from '@spectra/object-store';
import type { Artifact, RunResults } from '@spectra/schemas';
import type { ArchiveFile, FileBytes } from './archive-writer.ts';
import type { DossierReader } from './dossier-reader.ts';
import { readCompliance } from './read-results.ts';
import { eventsOf, framesOf, logLinesOf, UnreadRecords } from './run-records.ts';
import { telemetryFacts, telemetryFormats } from './telemetry-files.ts';

const json = 'application/json';
const ndjson = 'application/x-ndjson';

/** Every file of a run's export but the manifest, in the order of the archive. */
export function exportFiles(reader: DossierReader, store: ObjectStore, results: RunResults): ArchiveFile[] {
  const { run_id: runId, process } = results;
  return [
    {
      name: 'results.json',
      mediaType: json,
      source: 'all services',
      open: async () => documentOf(results),
    },
    {
      name: 'compliance.json',
      mediaType: json,
      source: `${process}-service`,
      open: () => complianceOf(reader, { runId, process }),
    },
    {
      name: 'recipe.json',
      mediaType: json,
      source: 'job-orchestrator',
      open: async () =>
        documentOf({ process, recipe_hash: results.recipe.hash, recipe: results.recipe.body }),
    },
    ...telemetryFiles(reader, results),
    {
      name: 'events.ndjson',
      mediaType: ndjson,
      source: 'telemetry-hub',
      open: async () => linesOf(eventsOf(reader, runId)),
    },
    {
      name: 'log.ndjson',
      mediaType: ndjson,
      source: 'job-orchestrator',
      open: async () => linesOf(logLinesOf(reader, results.job_id)),
    },
    ...artifactFiles(store, results.artifacts),
  ];
}

function telemetryFiles(reader: DossierReader, results: RunResults): ArchiveFile[] {
  return Object.entries(telemetryFormats).map(([format, { mediaType, bytes }]) => ({
    name: `telemetry.${format}`,
    mediaType,
    source: 'telemetry-hub',
    open: async () => {
      const facts = await telemetryFacts(reader, results);
      if (!facts.ok) throw new UnreadRecords(facts.refusal);
      return bytes(facts.value, framesOf(reader, results.run_id));
    },
  }));
}

/** Two files of an archive may not share a name; attempts may store files that do. */
function artifactFiles(store: ObjectStore, artifacts: readonly Artifact[]): ArchiveFile[] {
  const taken = new Map<string, number>();
  return artifacts.map((artifact) => {
    const plain = `artifacts/${artifact.kind}/${artifact.name}`;
    const before = taken.get(plain) ?? 0;
    taken.set(plain, before + 1);
    return {
      name: before === 0 ? plain : `artifacts/${artifact.kind}/${before + 1}_${artifact.name}`,
      mediaType: artifact.media_type,
      source: artifact.uri,
      recorded: { size_bytes: artifact.size_bytes, sha256: artifact.sha256 },
      open: () => objectBytes(store, artifact.uri),
    };
  });
}

async function objectBytes(store: ObjectStore, uri: string): Promise<FileBytes> {
  const found = await store.get(keyOfUri(uri));
  if (found === null) throw new Error('the object is not in the store');
  return found.stream as AsyncIterable<Uint8Array>;
}

/** A JSON document for people and programs. */
export async function* documentOf(document: unknown): AsyncGenerator<string> {
  yield `${JSON.stringify(document, null, 2)}\n`;
}

async function complianceOf(
  reader: DossierReader,
  run: { runId: string; process: string },
): Promise<FileBytes> {
  const found = await readCompliance(reader, run);
  if (!found.ok) throw new UnreadRecords(found.refusal);
  return documentOf(found.value);
}

async function* linesOf(records: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const record of records) yield `${JSON.stringify(record)}\n`;
}
