import { defineRawRoute, defineRoute, queryInteger, queryNumber, type HttpRoute } from '@spectra/http-kit';
import { keyOfUri, type ObjectStore } from '@spectra/object-store';
import { accept, artifactSchema, jobsRpc, telemetryRpc } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { z } from 'zod';
import type { Ask } from '../ask.ts';
import { artifactAnswer } from '../file-answer.ts';
import { artifactView } from '../views/run-view.ts';
import { runParams, viewRuns, visibleRun } from '../visible-run.ts';

const binsMax = 5000;
/** How long a signed address of a file works. */
const signedForS = 300;
const historyTimeoutMs = 15_000;

/** What belongs to a run of any process: history, artifacts and their bytes. */
export function runRoutes(ask: Ask, objectStore: ObjectStore, clock: Clock): HttpRoute[] {
  return [
    runTelemetry(ask),
    runArtifacts(ask),
    artifactBytes(ask, objectStore),
    artifactUrl(ask, objectStore, clock),
  ];
}

function runTelemetry(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/runs/:run_id/telemetry',
    access: viewRuns,
    organisation: 'resource',
    summary: 'Recorded telemetry; last_seq joins it to the live stream, bins keep minimum and maximum',
    tag: 'runs',
    params: runParams,
    query: z.strictObject({
      channels: z
        .string()
        .max(2000)
        .transform((text) => text.split(','))
        .optional(),
      from: queryNumber.optional(),
      to: queryNumber.optional(),
      bins: queryInteger({ minimum: 1, maximum: binsMax, default: 1000 }).optional(),
    }),
    reply: { status: 200, schema: telemetryRpc.history.reply },
    async handler(input) {
      const run = await visibleRun(ask, input, input.params.run_id);
      if (!run.ok) return run;
      const { channels, from, to, bins } = input.query;
      return ask(input, {
        service: 'telemetry',
        contract: telemetryRpc.history,
        body: { run_id: run.value.run_id, channels, from_s: from, to_s: to, bins },
        timeoutMs: historyTimeoutMs,
      });
    },
  });
}

function runArtifacts(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/runs/:run_id/artifacts',
    access: viewRuns,
    organisation: 'resource',
    summary: 'The files of a run, each with its SHA-256 and its address',
    tag: 'runs',
    params: runParams,
    reply: {
      status: 200,
      schema: z.object({ run_id: z.string(), artifacts: z.array(artifactSchema), total: z.int() }),
    },
    async handler(input) {
      const run = await visibleRun(ask, input, input.params.run_id);
      if (!run.ok) return run;
      const { run_id, artifacts } = run.value;
      return accept({
        run_id,
        artifacts: artifacts.map((artifact) => artifactView(artifact, run_id)),
        total: artifacts.length,
      });
    },
  });
}

function artifactBytes(ask: Ask, objectStore: ObjectStore): HttpRoute {
  return defineRawRoute({
    method: 'GET',
    url: '/api/runs/:run_id/artifacts/:artifact_id',
    access: viewRuns,
    organisation: 'resource',
    summary: 'The bytes of one file of a run, or the range of them that is asked for',
    tag: 'runs',
    params: runParams.extend({ artifact_id: z.uuid() }),
    reply: { status: 200, mediaType: 'application/octet-stream' },
    async handler(input, exchange) {
      const { principal, traceparent } = input;
      if (principal === null) throw new Error('an artifact was asked for without a principal');
      const asker = { principal, traceparent };
      const run = await visibleRun(ask, asker, input.params.run_id);
      if (!run.ok) return run;
      const found = await ask(asker, { service: 'jobs', contract: jobsRpc.getArtifact, body: input.params });
      if (!found.ok) return found;
      return artifactAnswer(objectStore, found.value, exchange);
    },
  });
}

function artifactUrl(ask: Ask, objectStore: ObjectStore, clock: Clock): HttpRoute {
  return defineRoute({
    method: 'GET',
    url: '/api/runs/:run_id/artifacts/:artifact_id/url',
    access: viewRuns,
    organisation: 'resource',
    summary:
      'A signed address of one file of a run: it needs no credentials, and no longer works after five minutes',
    tag: 'runs',
    params: runParams.extend({ artifact_id: z.uuid() }),
    reply: {
      status: 200,
      schema: z.object({
        url: z.string(),
        expires_at: z.string(),
        size_bytes: z.int(),
        sha256: z.string(),
        media_type: z.string(),
      }),
    },
    async handler(input) {
      const run = await visibleRun(ask, input, input.params.run_id);
      if (!run.ok) return run;
      const found = await ask(input, { service: 'jobs', contract: jobsRpc.getArtifact, body: input.params });
      if (!found.ok) return found;
      const { uri, size_bytes, sha256, media_type } = found.value;
      const expires_at = new Date(clock.nowMs() + signedForS * 1000).toISOString();
      const url = await objectStore.presignGet(keyOfUri(uri), signedForS);
      return accept({ url, expires_at, size_bytes, sha256, media_type });
    },
  });
}
