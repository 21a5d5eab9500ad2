import { claimJob, type ClaimReply } from './claim-job.ts';
import type { Decision, Situation } from './decision.ts';
import type { Job } from './job.ts';

/**
 * Gives a picked job to the worker that asked for it: it is handed out and claimed in one step, so that no job
 * is ever on its way between the two. The tool is the one that the dispatcher reserved.
 */
export function takeJob(
  job: Job,
  command: { workerId: string; equipmentId: string | null },
  situation: Situation,
): Decision<ClaimReply> {
  const handedOut = {
    ...job,
    dispatch: job.dispatch + 1,
    dispatchedAtMs: situation.nowMs,
    equipmentId: command.equipmentId,
  };
  const claimed = claimJob(
    handedOut,
    { dispatch: handedOut.dispatch, workerId: command.workerId },
    situation,
  );
  return claimed.reply.granted ? claimed : { ...claimed, job };
}
