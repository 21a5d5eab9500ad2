import { createMetrics } from '@spectra/service-kit';
import { expect, it } from 'vitest';
import { measureSpool } from './measure-spool.ts';

it('uploads are counters that tell what the spool counted, however often somebody looks', async () => {
  const registry = createMetrics();
  const state = { files: 2, bytes: 30, uploaded: 5, failures: 1, damaged: 0 };
  measureSpool(registry, { state: () => state });
  await registry.metrics();
  state.uploaded = 6;
  state.files = 1;
  const text = await registry.metrics();
  expect(text).toContain('# TYPE spectra_uploads_done_total counter\nspectra_uploads_done_total 6');
  expect(text).toContain('spectra_uploads_failed_total 1');
  expect(text).toContain('# TYPE spectra_upload_spool_damaged_total counter');
  expect(text).toContain('# TYPE spectra_upload_spool_files gauge\nspectra_upload_spool_files 1');
});
