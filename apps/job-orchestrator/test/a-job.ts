import type { Situation } from '../src/core/decision.ts';
import type { Job } from '../src/core/job.ts';

/** A queued job with whatever a test changes. */
export function aJob(fields: Partial<Job>): Job {
  return {
    jobId: 'job',
    orgId: 'org',
    runId: 'ION-20260122-00000001',
    process: 'ion',
    jobType: 'ion_implant',
    queue: 'ion',
    toolName: null,
    userId: 'u',
    maxRetries: 3,
    traceparent: '00-trace',
    status: 'queued',
    cancelRequested: false,
    cancelReason: null,
    timeLimitHit: false,
    progress: 0,
    currentStep: 'Queued',
    etaS: null,
    attempt: 0,
    endedByWorker: false,
    retryCount: 0,
    dispatch: 0,
    dispatchedAtMs: null,
    equipmentIds: ['T1'],
    equipmentId: null,
    workerId: null,
    leaseExpiresAtMs: null,
    runAtMs: null,
    startedAtMs: null,
    attemptStartedAtMs: null,
    completedAtMs: null,
    errorMessage: null,
    errorCode: null,
    heldReason: null,
    checkpoint: null,
    logLines: 0,
    logLinesBefore: 0,
    ...fields,
  };
}

/** A moment at which a decision is made. */
export function situation(fields: Partial<Situation> = {}): Situation {
  return {
    nowMs: 0,
    lease: null,
    leaseTtlMs: 15_000,
    retry: { baseMs: 60_000, capMs: 600_000 },
    chance: () => 0.5,
    ...fields,
  };
}
