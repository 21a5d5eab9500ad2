import type { Checkpoint, JobStatus, JobType } from '@spectra/schemas';
import { isTerminal, nextStatus, type JobChange } from './transitions.ts';
import type { WaferState } from './retry-policy.ts';

/** What is fixed when a job is created. */
export type JobIdentity = {
  readonly jobId: string;
  readonly orgId: string;
  readonly runId: string | null;
  readonly process: string | null;
  readonly jobType: JobType;
  readonly queue: string;
  /** Only of a job without a run: the tool that it calls. */
  readonly toolName: string | null;
  readonly userId: string;
  readonly maxRetries: number;
  readonly traceparent: string;
};

/** What changes during a job's life; only the functions of this folder make a new one. */
export type JobState = {
  readonly status: JobStatus;
  readonly cancelRequested: boolean;
  readonly cancelReason: string | null;
  /** The soft time limit asked for the cancel, not a person: the end counts as a failure. */
  readonly timeLimitHit: boolean;
  /** 0–100, never goes back within an attempt. */
  readonly progress: number;
  readonly currentStep: string;
  readonly etaS: number | null;
  /** Raised by each claim; every write of a worker names it. */
  readonly attempt: number;
  /** True when the worker itself told how the present attempt ended. */
  readonly endedByWorker: boolean;
  readonly retryCount: number;
  /** Raised each time the job is handed to the workers. */
  readonly dispatch: number;
  /** Set from the hand-over until the attempt ends; while set, the job occupies its queue slot and tool. */
  readonly dispatchedAtMs: number | null;
  readonly equipmentIds: readonly string[];
  readonly equipmentId: string | null;
  /** Who has the present attempt, or had the last. */
  readonly workerId: string | null;
  readonly leaseExpiresAtMs: number | null;
  /** Not before this time; null means at once. */
  readonly runAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly attemptStartedAtMs: number | null;
  readonly completedAtMs: number | null;
  readonly errorMessage: string | null;
  readonly errorCode: string | null;
  readonly heldReason: string | null;
  readonly checkpoint: Checkpoint | null;
  readonly logLines: number;
  /** Those of the attempts before the present one. */
  readonly logLinesBefore: number;
};

/** A job as the decisions see it. */
export type Job = JobIdentity & JobState;

/** A job as it enters its queue. */
export function queuedJob(
  identity: JobIdentity,
  given: { equipmentIds: readonly string[]; checkpoint: Checkpoint | null },
): Job {
  return {
    ...identity,
    ...given,
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
    logLines: 0,
    logLinesBefore: 0,
  };
}

/** The job after a legal change; an illegal one is a mistake of the caller, who asks `nextStatus` first. */
export function changed(job: Job, change: JobChange, fields: Partial<JobState>): Job {
  const status = nextStatus(job.status, change);
  if (status === null) throw new Error(`job ${job.jobId}: ${change} is illegal while ${job.status}`);
  return { ...job, ...fields, status };
}

/** The job after its attempt ended: it occupies no slot or tool any more; who had it stays known until the next. */
export function attemptEnded(
  job: Job,
  change: JobChange,
  fields: Partial<JobState> & { endedByWorker: boolean },
  nowMs: number,
): Job {
  const left = changed(job, change, {
    dispatchedAtMs: null,
    leaseExpiresAtMs: null,
    etaS: null,
    ...fields,
  });
  return isTerminal(left.status) ? { ...left, completedAtMs: nowMs } : left;
}

/** What the last checkpoint says of the wafer. An exposed wafer without a clear word waits for a person. */
export function waferStateOf(job: Job): WaferState {
  if (job.checkpoint === null || !job.checkpoint.exposed) return 'unexposed';
  const { state } = job.checkpoint;
  const resumes =
    typeof state === 'object' &&
    state !== null &&
    'interruptedWafer' in state &&
    state.interruptedWafer === 'resume';
  return resumes ? 'resume' : 'hold';
}
