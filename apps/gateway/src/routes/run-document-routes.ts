import { Readable } from 'node:stream';
import { defineRawRoute, defineRoute, type HttpRoute } from '@spectra/http-kit';
import type { Messaging } from '@spectra/messaging';
import { readCompliance, readResults, readTelemetryFile } from '@spectra/run-dossier';
import { accept, runComplianceSchema, runResultsSchema } from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { artifactView } from '../views/run-view.ts';
import { runParams, viewRuns, visibleRun } from '../visible-run.ts';

const ofOneRun = {
  method: 'GET',
  access: viewRuns,
  organisation: 'resource',
  tag: 'runs',
  params: runParams,
} as const;

/** What is known of a run, how it stands to its rules, and its telemetry as a file. */
export function runDocumentRoutes(ask: Ask, messaging: Pick<Messaging, 'call'>): HttpRoute[] {
  return [runResults(ask, messaging), runCompliance(ask, messaging), telemetryFile(ask, messaging)];
}

function runResults(ask: Ask, messaging: Pick<Messaging, 'call'>): HttpRoute {
  return defineRoute({
    ...ofOneRun,
    url: '/api/runs/:run_id/results',
    summary: 'Everything that is known of a run in one document, whatever state it is in',
    reply: { status: 200, schema: runResultsSchema },
    async handler(input) {
      const run = await visibleRun(ask, input, input.params.run_id);
      if (!run.ok) return run;
      const { run_id } = run.value;
      const reader = { messaging, caller: input.principal.caller, traceparent: input.traceparent };
      const found = await readResults(reader, run_id);
      if (!found.ok) return found;
      const artifacts = found.value.artifacts.map((artifact) => artifactView(artifact, run_id));
      return accept({ ...found.value, artifacts });
    },
  });
}

function runCompliance(ask: Ask, messaging: Pick<Messaging, 'call'>): HttpRoute {
  return defineRoute({
    ...ofOneRun,
    url: '/api/runs/:run_id/compliance',
    summary:
      'How a run stands to its rules: as judged at its creation and its end, and what has changed since',
    reply: { status: 200, schema: runComplianceSchema },
    async handler(input) {
      const run = await visibleRun(ask, input, input.params.run_id);
      if (!run.ok) return run;
      const { run_id: runId, process } = run.value;
      const reader = { messaging, caller: input.principal.caller, traceparent: input.traceparent };
      return readCompliance(reader, { runId, process });
    },
  });
}

function telemetryFile(ask: Ask, messaging: Pick<Messaging, 'call'>): HttpRoute {
  return defineRawRoute({
    ...ofOneRun,
    url: '/api/runs/:run_id/telemetry/file',
    summary:
      'All telemetry of a run as a file with units, recipe hash and calibration ids; an answer that is cut off is not whole',
    query: z.strictObject({ format: z.enum(['csv', 'ndjson', 'parquet']).default('csv') }),
    reply: { status: 200, mediaType: 'application/octet-stream' },
    async handler({ params, query, principal, traceparent }) {
      if (principal === null) throw new Error('telemetry was asked for without a principal');
      const run = await visibleRun(ask, { principal, traceparent }, params.run_id);
      if (!run.ok) return run;
      const reader = { messaging, caller: principal.caller, traceparent };
      const file = await readTelemetryFile(reader, { runId: run.value.run_id, format: query.format });
      if (!file.ok) return file;
      const { name, mediaType, bytes } = file.value;
      const headers = { 'content-type': mediaType, 'content-disposition': `attachment; filename="${name}"` };
      return accept({ kind: 'bytes', headers, body: Readable.from(bytes, { objectMode: false }) });
    },
  });
}
