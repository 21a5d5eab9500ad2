import { serveToolThread } from '@spectra/process-host';

serveToolThread({});
