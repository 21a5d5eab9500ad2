import type { Messaging } from '@spectra/messaging';
import type { ObjectStore } from '@spectra/object-store';
import { exportRun } from '@spectra/run-dossier';
import { accept, refuse } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { serviceTool } from './service-tool.ts';
import type { ServiceTool } from './service-tool.ts';

/** `run.export`: the file goes straight from the services and the store into the store; nothing is held whole. */
export function runExportTool(parts: {
  messaging: Pick<Messaging, 'call'>;
  objectStore: ObjectStore;
  clock: Clock;
}): ServiceTool {
  const { messaging, objectStore, clock } = parts;
  return serviceTool('run.export', async ({ params, caller, traceparent }, work) => {
    const { run_id: runId } = params;
    const progress = (share: number) => work.report(share, `Exporting ${runId}`);
    const reader = { messaging, caller, traceparent };
    const made = await exportRun(reader, { objectStore, runId, nowMs: clock.nowMs(), progress });
    if (!made.ok) return made;
    const { stream, ended, fileName: name } = made.value;
    const stop = (): void => void stream.destroy(new Error('the export was stopped'));
    work.signal.addEventListener('abort', stop, { once: true });
    try {
      const artifact = await work.storeFile({
        kind: 'run_export',
        name,
        mediaType: 'application/zip',
        body: stream,
      });
      const { complete, faults, files, manifestSha256 } = await ended;
      return accept({ run_id: runId, complete, faults, files, manifest_sha256: manifestSha256, artifact });
    } catch (error) {
      stream.destroy();
      // Mostly a store that is away: worth another attempt.
      return refuse('dependency_unavailable', `The export could not be kept: ${String(error)}`);
    } finally {
      work.signal.removeEventListener('abort', stop);
    }
  });
}
