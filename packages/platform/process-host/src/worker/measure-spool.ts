import { Counter, Gauge } from '@spectra/service-kit';
import type { Registry } from '@spectra/service-kit';
import type { SpoolingObjectStore, SpoolState } from '@spectra/object-store';

type Figure = { name: string; help: string; of: keyof SpoolState };

const gauges: readonly Figure[] = [
  { name: 'spectra_upload_spool_files', help: 'Files of runs that wait for the object store', of: 'files' },
  { name: 'spectra_upload_spool_bytes', help: 'Bytes of the files that wait', of: 'bytes' },
];

const counters: readonly Figure[] = [
  { name: 'spectra_uploads_done_total', help: 'Files uploaded', of: 'uploaded' },
  {
    name: 'spectra_uploads_failed_total',
    help: 'Uploads that failed; each is tried again',
    of: 'failures',
  },
  {
    name: 'spectra_upload_spool_damaged_total',
    help: 'Files set aside because their bytes had changed on the disk',
    of: 'damaged',
  },
];

/** Shows what waits for the object store, and how its uploads went. */
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
  for (const { name, help, of } of counters) {
    new Counter({
      name,
      help,
      registers: [registry],
      // The spool counts itself; only what it counted is told.
      collect() {
        this.reset();
        this.inc(spooling.state()[of]);
      },
    });
  }
}
