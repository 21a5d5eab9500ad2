import { Gauge } from '@spectra/service-kit';
import type { Registry } from '@spectra/service-kit';
import type { SpoolingObjectStore, SpoolState } from '@spectra/object-store';

const gauges: readonly { name: string; help: string; of: keyof SpoolState }[] = [
  { name: 'spectra_upload_spool_files', help: 'Files of runs that wait for the object store', of: 'files' },
  { name: 'spectra_upload_spool_bytes', help: 'Bytes of the files that wait', of: 'bytes' },
  { name: 'spectra_uploads_done', help: 'Files uploaded since the start', of: 'uploaded' },
  {
    name: 'spectra_uploads_failed',
    help: 'Uploads that failed since the start; each is tried again',
    of: 'failures',
  },
  {
    name: 'spectra_upload_spool_damaged',
    help: 'Files set aside since the start because their bytes had changed on the disk',
    of: 'damaged',
  },
];

/** Shows what waits for the object store. */
export function measureSpool(registry: Registry, spooling: Pick<SpoolingObjectStore, 'state'>): void {
  for (const { name, help, of } of gauges) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(spooling.state()[of]);
      },
    });
  }
}
