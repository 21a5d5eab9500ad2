import { randomUUID } from 'node:crypto';
import type { ArtifactDraft, ProcessDefinition, ProcessTypes, RunTelemetry } from '@spectra/run-engine';
import type { Artifact, RunSpec } from '@spectra/schemas';
import { runArtifactKey } from '@spectra/object-store';
import type { ObjectStore } from '@spectra/object-store';

/**
 * Stores a run's files and answers their records, with the size and SHA-256 of what was stored. A file that cannot be
 * kept is told to `lost` and left out: a run does not fail for a file. Each attempt has names of its own: one that was
 * fenced and comes late must not write over the files of its successor.
 */
export async function storeArtifacts<T extends ProcessTypes>(run: {
  objectStore: ObjectStore;
  definition: ProcessDefinition<T>;
  spec: RunSpec;
  attempt: number;
  telemetry: RunTelemetry;
  drafts: readonly ArtifactDraft[];
  logText: () => string;
  lost: (message: string) => void;
  nowMs: number;
  completed: boolean;
}): Promise<Artifact[]> {
  const stamp = new Date(run.nowMs).toISOString().replaceAll(/[-:]/g, '').replace(/\.\d+/, '');
  const stem = `${run.spec.process}_${run.spec.run_id}_${stamp}`;
  const telemetry: ArtifactDraft = {
    kind: 'telemetry',
    name: `${stem}.json`,
    mediaType: 'application/json',
    content: telemetryText(run),
  };
  const files = run.telemetry.timeS.length > 0 ? [telemetry, ...run.drafts] : run.drafts;
  const stored: Artifact[] = [];
  for (const file of files) stored.push(...(await storeOrTell(run, file)));
  // Last, so that it tells what happened to the others.
  const log = { kind: 'logs', name: `${stem}.log`, mediaType: 'text/plain', content: run.logText() };
  stored.push(...(await storeOrTell(run, log)));
  return stored;
}

async function storeOrTell(
  run: { objectStore: ObjectStore; spec: RunSpec; attempt: number; lost: (message: string) => void },
  file: ArtifactDraft,
): Promise<Artifact[]> {
  try {
    return [await store(run, file)];
  } catch (error) {
    run.lost(`The file ${file.name} could not be kept: ${String(error)}`);
    return [];
  }
}

async function store(
  run: { objectStore: ObjectStore; spec: RunSpec; attempt: number },
  file: ArtifactDraft,
): Promise<Artifact> {
  const { org_id: orgId, run_id: runId } = run.spec;
  const name = run.attempt === 1 ? file.name : nameOfAttempt(file.name, run.attempt);
  const key = runArtifactKey({ orgId, runId, kind: file.kind, name });
  const { sizeBytes, sha256 } = await run.objectStore.put(key, Buffer.from(file.content, 'utf8'), {
    mediaType: file.mediaType,
  });
  return {
    artifact_id: randomUUID(),
    kind: file.kind,
    name,
    media_type: file.mediaType,
    size_bytes: sizeBytes,
    sha256,
    uri: run.objectStore.uriOf(key),
  };
}

/** `log.txt` of the second attempt is `log_attempt2.txt`. */
function nameOfAttempt(name: string, attempt: number): string {
  const dot = name.lastIndexOf('.');
  const end = dot <= 0 ? name.length : dot;
  return `${name.slice(0, end)}_attempt${attempt}${name.slice(end)}`;
}

/**
 * The telemetry file. It holds what determines the run and what was measured, and neither run id nor wall-clock time:
 * the same recipe and seed give the same bytes.
 */
function telemetryText<T extends ProcessTypes>(run: {
  definition: ProcessDefinition<T>;
  spec: RunSpec;
  telemetry: RunTelemetry;
}): string {
  const { definition, spec, telemetry } = run;
  const file = {
    process: definition.id,
    recipe: spec.recipe,
    recipe_hash: spec.recipe_hash,
    seed: spec.seed,
    sampling_s: definition.samplingS,
    wafers: spec.wafers,
    channels: definition.channels,
    time_s: telemetry.timeS,
    wafer_index: telemetry.waferIndex,
    telemetry: telemetry.channels,
  };
  return `${JSON.stringify(file)}\n`;
}
