import type { Readable } from 'node:stream';
import type { ObjectStore } from '@spectra/object-store';
import {
  accept,
  type ExportEntry,
  type ExportManifest,
  type Result,
  type RunResults,
} from '@spectra/schemas';
import { ArchiveClosed, openArchive, type ArchiveFile, type ArchiveWriter } from './archive-writer.ts';
import type { DossierReader } from './dossier-reader.ts';
import { documentOf, exportFiles } from './export-files.ts';
import { readResults } from './read-results.ts';
import { calibrationIdsOf } from './telemetry-files.ts';

/** How an export ended: what its manifest says, and by which hash one knows that manifest. */
export type ExportEnd = { complete: boolean; faults: number; files: number; manifestSha256: string };

/** A run as a ZIP that is made while it is read. */
export type RunExport = {
  fileName: string;
  stream: Readable;
  /** Known once the last byte was written; rejects when the reader went away. */
  ended: Promise<ExportEnd>;
};

/**
 * Exports a run in whatever state it is: documents, recipe, telemetry, events, log and files, and last a manifest with
 * size and SHA-256 of each. A file that is broken or missing is told there, and never keeps the others from coming.
 */
export async function exportRun(
  reader: DossierReader,
  from: { objectStore: ObjectStore; runId: string; nowMs: number; progress?: (share: number) => void },
): Promise<Result<RunExport>> {
  const results = await readResults(reader, from.runId);
  if (!results.ok) return results;
  const archive = openArchive(new Date(from.nowMs));
  const ended = writeAll(archive, reader, { ...from, results: results.value });
  // Whoever only reads the stream sees there that it was cut off.
  ended.catch(() => undefined);
  return accept({ fileName: `${from.runId}.zip`, stream: archive.stream, ended });
}

async function writeAll(
  archive: ArchiveWriter,
  reader: DossierReader,
  from: {
    objectStore: ObjectStore;
    nowMs: number;
    results: RunResults;
    progress?: (share: number) => void;
  },
): Promise<ExportEnd> {
  const files = exportFiles(reader, from.objectStore, from.results);
  const entries: ExportEntry[] = [];
  try {
    for (const file of files) {
      entries.push(await archive.add(file));
      from.progress?.(entries.length / (files.length + 1));
    }
    const manifest = manifestOf(reader, from, entries);
    const { sha256 } = await archive.add(manifestFile(manifest));
    if (sha256 === null) throw new Error('a manifest without a hash');
    archive.finish();
    const faults = entries.filter((entry) => entry.status !== 'kept').length;
    return { complete: manifest.complete, faults, files: entries.length, manifestSha256: sha256 };
  } catch (error) {
    if (!(error instanceof ArchiveClosed))
      archive.fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

function manifestOf(
  reader: DossierReader,
  from: { nowMs: number; results: RunResults },
  files: ExportEntry[],
): ExportManifest {
  const { results } = from;
  return {
    format: 'spectra-run-export/1',
    run_id: results.run_id,
    process: results.process,
    run_status: results.status,
    recipe_hash: results.recipe.hash,
    calibration_ids: calibrationIdsOf(results),
    exported_at: new Date(from.nowMs).toISOString(),
    exported_by: reader.caller.userId,
    incomplete: results.incomplete,
    complete: results.incomplete.length === 0 && files.every((file) => file.status === 'kept'),
    files,
  };
}

function manifestFile(manifest: ExportManifest): ArchiveFile {
  return {
    name: 'manifest.json',
    mediaType: 'application/json',
    source: 'export',
    open: async () => documentOf(manifest),
  };
}
