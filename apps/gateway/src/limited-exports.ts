import type { ObjectStore } from '@spectra/object-store';
import { exportRun, type DossierReader, type RunExport } from '@spectra/run-dossier';
import { refuse, type Result } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';

/** Each compresses, and reads all that a run has; more than these at a time would slow everything else down. */
const exportsMax = 8;

/** Exports runs, a few at a time. */
export type LimitedExports = (reader: DossierReader, runId: string) => Promise<Result<RunExport>>;

/** An export counts until its last byte was read, or its reader went away. */
export function limitedExports(parts: { objectStore: ObjectStore; clock: Clock }): LimitedExports {
  const { objectStore, clock } = parts;
  let underWay = 0;
  return async (reader, runId) => {
    if (underWay >= exportsMax) {
      return refuse('overloaded', `${exportsMax} exports are under way; try again when one has ended.`);
    }
    underWay += 1;
    let goesOn = false;
    try {
      const made = await exportRun(reader, { objectStore, runId, nowMs: clock.nowMs() });
      if (!made.ok) return made;
      made.value.stream.once('close', () => {
        underWay -= 1;
      });
      goesOn = true;
      return made;
    } finally {
      if (!goesOn) underWay -= 1;
    }
  };
}
