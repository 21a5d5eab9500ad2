import { serveToolThread } from '@spectra/process-host';
import { anneal, tuneController } from '@spectra/rtp-process';
import type { AnnealRequest, TuneRequest } from '@spectra/schemas';
import type { RecordedRun } from './recorded-runs.ts';

serveToolThread({
  anneal: ({ request, source }: { request: AnnealRequest; source?: Record<string, unknown> }) =>
    anneal(request, source),
  tune: ({ request, recordings }: { request: TuneRequest; recordings?: RecordedRun[] }) =>
    tuneController(request, recordings),
});
