/** Every NATS subject of the platform is made here, so that readers' permissions can be cut from one list. */

export type RunSubjectKind = 'event' | 'telemetry' | 'alert';

/** `fab.<org>.<process>.<run_id>.<kind>`: the organisation stands first so that credentials can be cut to it. */
export function runSubject(
  address: { orgId: string; process: string; runId: string },
  kind: RunSubjectKind,
): string {
  return `fab.${address.orgId}.${address.process}.${address.runId}.${kind}`;
}

/** The parts of a run subject, or null for any other subject. */
export function parseRunSubject(
  subject: string,
): { orgId: string; process: string; runId: string; kind: RunSubjectKind } | null {
  const [root, orgId, process, runId, kind, ...rest] = subject.split('.');
  if (root !== 'fab' || !orgId || !process || !runId || rest.length > 0) return null;
  if (kind !== 'event' && kind !== 'telemetry' && kind !== 'alert') return null;
  return { orgId, process, runId, kind };
}

/** Core NATS, not stored: jobs of this queue may start, so whoever has free slots may ask for them. */
export function readySubject(queue: string): string {
  return `jobs.ready.${queue}`;
}

/** Core NATS, not stored, heard by every orchestrator: a worker stands by for jobs, or does so no more. */
export function offersSubject(): string {
  return 'jobs.offers';
}

/** Core NATS, not stored: tells the worker of a job at once that a cancel was asked for. */
export function cancelSubject(jobId: string): string {
  return `jobs.cancel.${jobId}`;
}

/** Core NATS, not stored: gateways tell each other what they counted, so that a limit holds over all of them. */
export function countsSubject(what: string): string {
  return `gateway.counts.${what}`;
}

/** Request and reply between services; `service` is the owner, `verb` the ability. */
export function rpcSubject(service: string, verb: string): string {
  return `rpc.${service}.${verb}`;
}

/** The JetStream streams: what each stores and how. */
export const streams = {
  runs: { name: 'RUNS', subjects: ['fab.*.*.*.event', 'fab.*.*.*.telemetry', 'fab.*.*.*.alert'] },
} as const;
