import { defineRawRoute, type HttpRoute } from '@spectra/http-kit';
import type { Messaging } from '@spectra/messaging';
import type { RunExport } from '@spectra/run-dossier';
import { accept } from '@spectra/schemas';
import type { FastifyReply } from 'fastify';
import type { Ask } from '../ask.ts';
import type { LimitedExports } from '../limited-exports.ts';
import { runParams, viewRuns, visibleRun } from '../visible-run.ts';

const summary =
  'Everything that is kept of a run as a ZIP. Its last file, manifest.json, has the SHA-256 of each file and tells what is broken or missing; the trailer x-export-complete tells it in short';

/** What stands behind an export. */
type ExportParts = { ask: Ask; messaging: Pick<Messaging, 'call'>; exports: LimitedExports };

/** A run with everything that is kept of it, as one file that is made while it is sent. */
export function runExportRoutes({ ask, messaging, exports }: ExportParts): HttpRoute[] {
  const route = defineRawRoute({
    method: 'GET',
    url: '/api/runs/:run_id/export',
    access: viewRuns,
    organisation: 'resource',
    summary,
    tag: 'runs',
    params: runParams,
    reply: { status: 200, mediaType: 'application/zip' },
    async handler(input, { request, reply }) {
      const { principal, traceparent } = input;
      if (principal === null) throw new Error('an export was asked for without a principal');
      const run = await visibleRun(ask, { principal, traceparent }, input.params.run_id);
      if (!run.ok) return run;
      const headers = headersOf(run.value.run_id);
      if (request.method === 'HEAD') return accept({ kind: 'bytes', headers, body: '' });
      const made = await exports({ messaging, caller: principal.caller, traceparent }, run.value.run_id);
      if (!made.ok) return made;
      tellEnd(reply, made.value);
      return accept({ kind: 'bytes', headers, body: made.value.stream });
    },
  });
  return [route];
}

function headersOf(runId: string): Record<string, string> {
  return {
    'content-disposition': `attachment; filename="${runId}.zip"`,
    'cache-control': 'private, no-store',
  };
}

/** What only the end knows goes behind the last byte. */
function tellEnd(reply: FastifyReply, { ended }: RunExport): void {
  reply.trailer('x-export-complete', async () => String((await ended).complete));
  reply.trailer('x-export-faults', async () => String((await ended).faults));
  reply.trailer('x-manifest-sha256', async () => (await ended).manifestSha256);
}
