import { serveToolThread } from '@spectra/process-host';
import { anneal, tuneController } from '@spectra/rtp-process';
import type { AnnealRequest, TuneRequest } from '@spectra/schemas';
import type { TuningSource } from './tuning-source.ts';

serveToolThread({
  anneal: ({ request, source }: { request: AnnealRequest; source?: Record<string, unknown> }) =>
    anneal(request, source),
  tune: ({ request, source }: { request: TuneRequest; source: TuningSource }) =>
    tuneController(request, source),
});
