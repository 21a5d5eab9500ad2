import type { Checkpoint, JobLogLine } from '@spectra/schemas';
import { unchanged, type Decision, type Effect, type Situation } from './decision.ts';
import type { Job } from './job.ts';

/** What a worker tells twice a second. */
export type HeartbeatCommand = {
  attempt: number;
  progress: number;
  currentStep: string;
  etaS: number | null;
  checkpoint: Checkpoint | null;
  logs: readonly JobLogLine[];
  /** Lines of this attempt that came before these; absent from workers that do not count them. */
  logsBefore?: number | undefined;
};

export type HeartbeatReply = { stale: boolean; cancelRequested: boolean };

/**
 * Renews the attempt's lease and keeps its progress and checkpoint. A stale attempt changes nothing. A
 * heartbeat that was overtaken by a later one renews, but takes neither progress nor checkpoint back.
 */
export function recordHeartbeat(
  job: Job,
  command: HeartbeatCommand,
  situation: Situation,
): Decision<HeartbeatReply> {
  if (isStale(job, command.attempt)) return unchanged(job, { stale: true, cancelRequested: false });
  const renewed = { ...job, leaseExpiresAtMs: situation.nowMs + situation.leaseTtlMs };
  const overtaken = command.progress < job.progress;
  const told = overtaken
    ? renewed
    : {
        ...renewed,
        progress: command.progress,
        currentStep: command.currentStep,
        etaS: command.etaS,
        checkpoint: laterCheckpoint(job.checkpoint, command.checkpoint),
      };
  const logged = appendLogs(told, command);
  return {
    job: logged.job,
    effects: [...logged.effects, { kind: 'progressed' }],
    reply: { stale: false, cancelRequested: job.cancelRequested },
  };
}

/** True when a worker's write comes from an attempt that is over. */
export function isStale(job: Job, attempt: number): boolean {
  return job.status !== 'running' || job.attempt !== attempt;
}

/** Numbers the lines on from those before, over all attempts; what came already, when its answer was lost, is left out. */
export function appendLogs(
  job: Job,
  { logs, logsBefore }: Pick<HeartbeatCommand, 'logs' | 'logsBefore'>,
): { job: Job; effects: Effect[] } {
  const have = job.logLines - job.logLinesBefore;
  const lines = logs.slice(Math.max(0, have - (logsBefore ?? have)));
  if (lines.length === 0) return { job, effects: [] };
  return {
    job: { ...job, logLines: job.logLines + lines.length },
    effects: [{ kind: 'logs', firstLine: job.logLines + 1, lines }],
  };
}

/** Energy that a wafer saw cannot be taken back by a later word. */
function laterCheckpoint(before: Checkpoint | null, now: Checkpoint | null): Checkpoint | null {
  if (now === null) return before;
  return { ...now, exposed: now.exposed || (before?.exposed ?? false) };
}
