import { createHash } from 'node:crypto';
import type { AuditFact, Evidence, JournalLine } from '../evidence/evidence.ts';

export const orgId = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
export const otherOrgId = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
export const runId = 'ION-1';
export const jobId = 'job-1';
const setpoint = 5e13;
const atMs = Date.parse('2026-01-01T00:00:00.000Z');
const at = (ms: number) => new Date(atMs + ms).toISOString();

/**
 * What a round leaves behind when everything was right: an implant whose worker was killed once and that went on to its
 * remaining dose, and a job of a tool.
 */
export function healthyEvidence(): Evidence {
  return {
    experiment: 'F3',
    seed: 1,
    startedMs: atMs,
    healedMs: atMs + 9_000,
    accepted: [
      { orgId, kind: 'ion', jobId, runId, idempotencyKey: 'k1', dosePerCm2: setpoint, wafers: 1 },
      { orgId, kind: 'tool', jobId: 'job-2', runId: null, idempotencyKey: 'k2', dosePerCm2: null, wafers: 0 },
    ],
    refused: [],
    calls: [call('/api/ion/runs', 'trace-1'), call('/v1/jobs', 'trace-2')],
    jobs: [job({ jobId, runId, process: 'ion', attempt: 2 }), job({ jobId: 'job-2', equipmentId: null })],
    runs: [{ runId, orgId, hasOutcome: true }],
    attempts: [
      attempt({
        jobId,
        attempt: 1,
        leaseToken: 1,
        startedMs: atMs + 1_000,
        endedMs: atMs + 7_000,
        ending: 'retry',
      }),
      attempt({ jobId, attempt: 2, leaseToken: 2, startedMs: atMs + 8_000, endedMs: atMs + 12_000 }),
      attempt({ jobId: 'job-2', attempt: 1, equipmentId: null, leaseToken: 1, endedMs: atMs + 900 }),
    ],
    events: (['queued', 'started', 'retrying', 'started', 'completed'] as const).map((name, index) => ({
      sequence: index + 1,
      orgId,
      subject: `fab.${orgId}.ion.${runId}.event`,
      runId,
      type: `spectra.run.${name}`,
      status: name === 'started' ? 'running' : name,
      attempt: index < 2 ? 1 : 2,
    })),
    stream: (['progress', 'telemetry', 'telemetry', 'completed'] as const).map((type, index) => ({
      orgId,
      runId,
      seq: index + 1,
      messageId: `m${index}`,
      type,
    })),
    deadLetters: [],
    artifacts: [
      { orgId, jobId, runId, key: `org/${orgId}/runs/${runId}/logs/a.log`, sizeBytes: 3, sha256: 'abc' },
    ],
    objects: [{ key: `org/${orgId}/runs/${runId}/logs/a.log`, sizeBytes: 3, sha256: 'abc' }],
    audit: chain(['trace-1', 'trace-2']),
    journals: [{ orgId, equipmentId: 'IMP-01', lines: journal() }],
    viewers: [
      {
        orgId,
        runId,
        closeCodes: [1006],
        messages: [1, 2, 2, 3, 4].map((seq, index) => ({
          type: index === 2 ? 'progress' : index === 4 ? 'completed' : 'telemetry',
          seq,
          fromSeq: null,
          toSeq: null,
          reset: false,
          atMs: atMs + index,
        })),
      },
    ],
    silences: [{ process: 'ion-service', fromMs: atMs + 2_000, toMs: atMs + 7_500 }],
    foreignLooks: [{ orgId: otherOrgId, path: `/api/ion/runs/${runId}`, status: 404 }],
    listed: [
      { orgId, runIds: [runId] },
      { orgId: otherOrgId, runIds: [] },
    ],
    outbox: { waiting: 0, emptyAfterMs: 800 },
    pendingAcks: 0,
    footprints: [
      { service: 'gateway', base: { rssMb: 200, descriptors: 30 }, now: { rssMb: 260, descriptors: 34 } },
    ],
    databaseConnections: { base: 12, now: 20 },
    notes: {},
  };
}

function journal(): JournalLine[] {
  const dose = (value: number) => ({ true_dose_atoms_cm2: value });
  const line = (ms: number, event: string, token: number, counted: number): JournalLine => ({
    at: at(ms),
    event,
    token,
    run_id: runId,
    wafer_index: 0,
    tool_time_s: ms / 1000,
    counted: dose(counted),
  });
  return [
    { ...line(1_000, 'lease', 1, 0), run_id: null, wafer_index: null },
    line(1_100, 'loaded', 1, 0),
    line(1_200, 'energised', 1, 0),
    line(4_100, 'de_energised', 1, 2e13),
    line(4_100, 'watchdog_trip', 1, 2e13),
    line(8_000, 'lease', 2, 2e13),
    line(8_200, 'energised', 2, 2e13),
    { ...line(8_300, 'refused', 1, 2e13), detail: 'stale_token' },
    line(11_000, 'de_energised', 2, setpoint),
    line(11_100, 'detached', 2, setpoint),
  ];
}

function call(path: string, traceId: string): Evidence['calls'][number] {
  const times = { startedMs: atMs, endedMs: atMs + 20 };
  return {
    orgId,
    method: 'POST',
    path,
    traceId,
    idempotencyKey: 'k',
    ...times,
    status: 202,
    code: null,
    retryAfter: false,
  };
}

function job(fields: Partial<Evidence['jobs'][number]>): Evidence['jobs'][number] {
  return {
    jobId: '',
    orgId,
    runId: null,
    process: null,
    status: 'completed',
    attempt: 1,
    dispatch: 1,
    equipmentId: 'IMP-01',
    cancelRequested: false,
    heldReason: null,
    errorMessage: null,
    createdMs: atMs,
    completedMs: atMs + 12_000,
    ...fields,
  };
}

function attempt(fields: Partial<Evidence['attempts'][number]>): Evidence['attempts'][number] {
  return {
    jobId: '',
    orgId,
    attempt: 1,
    workerId: 'ion-service-1',
    equipmentId: 'IMP-01',
    leaseToken: 1,
    startedMs: atMs,
    endedMs: null,
    ending: 'completed',
    error: null,
    ...fields,
  };
}

function chain(traceIds: readonly string[]): AuditFact[] {
  const entries: AuditFact[] = [];
  for (const traceId of traceIds) {
    const previousHash = entries.at(-1)?.hash ?? '0'.repeat(64);
    const facts = {
      orgId,
      seq: entries.length + 1,
      at: at(0),
      actor: 'u',
      role: 'engineer',
      action: 'POST /api/ion/runs',
      path: '/api/ion/runs',
      outcome: 'requested',
      traceId,
      address: '127.0.0.1',
      bodySha256: null,
      previousHash,
    };
    const text = [
      orgId,
      facts.seq,
      facts.at,
      'u',
      'engineer',
      facts.action,
      facts.path,
      'requested',
      traceId,
    ];
    const hash = createHash('sha256')
      .update(JSON.stringify([...text, '127.0.0.1', null, previousHash]))
      .digest('hex');
    entries.push({ ...facts, hash });
  }
  return entries;
}
