import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import type { Messaging } from '@spectra/messaging';
import { readCompliance, readResults } from '@spectra/run-dossier';
import { accept, runComplianceSchema, runResultsSchema } from '@spectra/schemas';
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

/** What is known of a run, and how it stands to its rules. */
export function runDocumentRoutes(ask: Ask, messaging: Pick<Messaging, 'call'>): HttpRoute[] {
  return [runResults(ask, messaging), runCompliance(ask, messaging)];
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
