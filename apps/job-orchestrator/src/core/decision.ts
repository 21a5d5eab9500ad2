import type {
  Artifact,
  JobLogLine,
  RunEventData,
  RunEventType,
  RunOutcome,
  ToolResult,
} from '@spectra/schemas';
import type { Job } from './job.ts';
import type { RetrySettings } from './retry-policy.ts';

/** Fencing state of one tool: its token grows with each grant; `jobId` is null while nobody holds it. */
export type Lease = { token: number; jobId: string | null };

/** Everything a decision may know beside the job itself. */
export type Situation = {
  nowMs: number;
  /** The lease of the job's present tool; null when the tool was never granted or the job has none. */
  lease: Lease | null;
  leaseTtlMs: number;
  retry: RetrySettings;
  chance: () => number;
};

/** What a decision asks to be stored with the job, in the same transaction. */
export type Effect =
  | { kind: 'event'; type: RunEventType; extra: EventExtra }
  | { kind: 'grant-lease'; token: number }
  | { kind: 'release-lease' }
  | { kind: 'end-attempt'; ending: string; error: string | null }
  | { kind: 'outcome'; outcome: RunOutcome }
  | { kind: 'tool-result'; result: ToolResult }
  | { kind: 'artifacts'; artifacts: readonly Artifact[] }
  | { kind: 'logs'; firstLine: number; lines: readonly JobLogLine[] }
  | { kind: 'dead-letter'; reason: string; code: string | null }
  | { kind: 'redriven'; deadLetterId: string }
  /** After the commit, and not kept: viewers see how far the run is. */
  | { kind: 'progressed' }
  /** After the commit: tells the worker at once, without waiting for its next heartbeat. */
  | { kind: 'notify-cancel' };

/** What an event says beyond the job's own fields. */
export type EventExtra = Partial<
  Pick<
    RunEventData,
    'error_message' | 'error_code' | 'retryable' | 'message' | 'safe_state_at' | 'outcome' | 'artifacts'
  >
>;

/** The job as it shall be, what else shall be stored, and the answer. The same job back means no change. */
export type Decision<Reply> = { job: Job; effects: readonly Effect[]; reply: Reply };

/** A decision that changes nothing. */
export function unchanged<Reply>(job: Job, reply: Reply): Decision<Reply> {
  return { job, effects: [], reply };
}
