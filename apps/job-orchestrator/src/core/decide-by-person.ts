import { accept, refuse, type Result } from '@spectra/schemas';
import { unchanged, type Decision, type Situation } from './decision.ts';
import { attemptEnded, changed, waferStateOf, type Job } from './job.ts';
import { nextStatus } from './transitions.ts';

type Reply = Result<'done'>;

/**
 * A held job goes on with a new attempt, from its checkpoint. `tools` are those that its gates found at its creation: one
 * that could not take it then may be able to now. Null for a job that needs none.
 */
export function resumeHeldJob(job: Job, tools: readonly string[] | null): Decision<Reply> {
  if (nextStatus(job.status, 'resume') === null) return illegal(job, 'Only a held job can be resumed');
  return backInQueue(changed(job, 'resume', { heldReason: null, ...cleanSlate, ...anewOn(job, tools) }), []);
}

/** A held job is given up; its wafers are not touched again by this run. */
export function scrapHeldJob(job: Job, comment: string, { nowMs }: Situation): Decision<Reply> {
  if (job.status !== 'held') return illegal(job, 'Only a held job can be scrapped');
  return {
    job: attemptEnded(job, 'cancel', { endedByWorker: false, cancelReason: comment }, nowMs),
    effects: [
      { kind: 'event', type: 'spectra.run.cancelled', extra: { message: comment, safe_state_at: null } },
    ],
    reply: accept('done'),
  };
}

/** A finally failed job gets another round of attempts, from its checkpoint. */
export function redriveJob(job: Job, deadLetterId: string, tools: readonly string[] | null): Decision<Reply> {
  if (nextStatus(job.status, 'redrive') === null) return illegal(job, 'Only a failed job can be redriven');
  return backInQueue(changed(job, 'redrive', { completedAtMs: null, ...cleanSlate, ...anewOn(job, tools) }), [
    deadLetterId,
  ]);
}

const cleanSlate = {
  retryCount: 0,
  runAtMs: null,
  cancelRequested: false,
  cancelReason: null,
  timeLimitHit: false,
  errorMessage: null,
  errorCode: null,
  progress: 0,
  currentStep: 'Queued',
} as const;

/** An exposed wafer stays in its tool; any other may go to each of its tools again. */
function anewOn(job: Job, tools: readonly string[] | null): { equipmentIds?: readonly string[] } {
  return tools === null || waferStateOf(job) !== 'unexposed' ? {} : { equipmentIds: tools };
}

function backInQueue(job: Job, deadLetterIds: readonly string[]): Decision<Reply> {
  return {
    job,
    effects: [
      ...deadLetterIds.map((deadLetterId) => ({ kind: 'redriven', deadLetterId }) as const),
      { kind: 'event', type: 'spectra.run.queued', extra: {} },
    ],
    reply: accept('done'),
  };
}

function illegal(job: Job, rule: string): Decision<Reply> {
  return unchanged(job, refuse('illegal_transition', `${rule}; this one is ${job.status}`));
}
