import type { Transaction } from '@spectra/database';
import { can, mayUseTool, permissionNamed } from '@spectra/policy';
import {
  accept,
  identityRpc,
  processRpc,
  refuse,
  toolEntry,
  type Caller,
  type PreparedRun,
  type Refusal,
  type Result,
  type WorkOrder,
} from '@spectra/schemas';
import { newTraceparent } from '@spectra/service-kit';
import type { Foundation } from '../context.ts';
import { cronTimes } from '../core/cron.ts';
import { planFiring, type FiringPlan } from '../core/plan-firing.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';
import { insertRuns, type CreateSettings } from '../store/run-rows.ts';
import {
  dueSchedules,
  lockDue,
  recordFiring,
  wasKept,
  type DueSchedule,
  type NewFiring,
} from '../store/schedule-rows.ts';
import { insertToolJobs } from '../store/tool-rows.ts';

/** What a firing came to, for the figures; `later`: somebody who has to be asked does not answer now. */
export type FiringOutcome = NewFiring['outcome'] | 'later';

type Firer = {
  foundation: Foundation;
  settings: CreateSettings;
  /** A job was made in this queue. */
  created: (queue: string) => void;
  told: (outcome: FiringOutcome) => void;
};

/**
 * Carries out what schedules ask for when they are due, in the name of who made them: their standing and every gate
 * are asked anew each time, and a refusal is written down where they see it. The due time is the key of the firing
 * and is written with the job in one transaction, so that any number of instances, restarts and repeats make one.
 */
export function createScheduleLoop(firer: Firer): WakeLoop {
  const { database, clock, logger, settings } = firer.foundation;
  const loop = createWakeLoop({
    clock,
    pollMs: settings.pollMs,
    round: async () => {
      const { due, nowMs, nextDueMs } = await database.withSystem((tx) => dueSchedules(tx));
      for (const schedule of due) {
        const outcome = await keep(firer, schedule, nowMs);
        if (outcome === null) continue;
        firer.told(outcome);
        logger.info({ scheduleId: schedule.scheduleId, outcome }, 'a schedule was due');
      }
      if (nextDueMs !== null) loop.wakeAfter(nextDueMs - nowMs);
    },
    onError: (error) => logger.error({ err: error }, 'keeping the schedules failed; it tries again'),
  });
  return loop;
}

/** Null when somebody else kept this time. */
async function keep(firer: Firer, schedule: DueSchedule, nowMs: number): Promise<FiringOutcome | null> {
  const times = cronTimes(schedule.cron, schedule.timeZone);
  const plan = planFiring({ ...schedule, times }, nowMs);
  if (plan === null) return null;
  if (!plan.fires) return write(firer, schedule, async () => ({ ...plan, outcome: 'skipped' }));
  const order = await orderOf(firer.foundation, schedule);
  if (!order.ok) {
    // Whoever could not be asked is asked again with the next look, for as long as this time is not missed.
    if (isPassing(order.refusal)) return 'later';
    const { code, detail, errors } = order.refusal;
    const problem = { code, detail, ...(errors === undefined ? {} : { errors }) };
    return write(firer, schedule, async () => ({ ...plan, outcome: 'refused', problem }));
  }
  const outcome = await write(firer, schedule, (tx) =>
    create(tx, { firer, schedule, plan, prepared: order.value }),
  );
  const { work } = schedule;
  if (outcome === 'created')
    firer.created(work.kind === 'run' ? work.process : toolEntry(work.order.tool).queue);
  return outcome;
}

/** Writes a firing, unless this time was kept meanwhile; what `make` creates is part of the same transaction. */
async function write(
  { foundation }: Firer,
  schedule: DueSchedule,
  make: (tx: Transaction) => Promise<NewFiring>,
): Promise<NewFiring['outcome'] | null> {
  return foundation.database.withOrg(schedule.orgId, async (tx) => {
    if (!(await lockDue(tx, schedule))) return null;
    const firing = await make(tx);
    await recordFiring(tx, schedule, firing);
    return firing.outcome;
  });
}

function isPassing({ code }: Refusal): boolean {
  return code === 'dependency_unavailable' || code === 'overloaded';
}

/** Who the work is done for, as they stand now, and the gates of a run; refused as they would be themselves. */
async function orderOf(
  { messaging }: Foundation,
  { orgId, createdBy, work }: DueSchedule,
): Promise<Result<PreparedRun | null>> {
  const body = { org_id: orgId, user_id: createdBy };
  const standing = await messaging.call('gateway', identityRpc.callerStanding, { body });
  if (!standing.ok) return standing;
  const { caller } = standing.value;
  if (caller === null)
    return refuse('permission_denied', `${createdBy} is not known, or may do nothing any more`);
  const allowed = mayOrder(caller, work);
  if (!allowed.ok || work.kind === 'job') return allowed;
  const { recipe, options } = work;
  return messaging.call(work.process, processRpc.prepareRun, { caller, body: { recipe, options } });
}

function mayOrder(caller: Caller, work: WorkOrder): Result<null> {
  if (work.kind === 'job') return mayUseTool(caller, work.order.tool);
  const permission = permissionNamed(work.permission);
  if (permission !== null && can(caller, permission)) return accept(null);
  return refuse('permission_denied', `Permission denied: ${work.permission}`);
}

async function create(
  tx: Transaction,
  parts: { firer: Firer; schedule: DueSchedule; plan: FiringPlan; prepared: PreparedRun | null },
): Promise<NewFiring> {
  const { firer, schedule, plan, prepared } = parts;
  // Set back to a time that was kept already: it is not kept again.
  if (await wasKept(tx, schedule.scheduleId, plan.dueMs)) return { ...plan, outcome: 'skipped' };
  const made = await insertWork(tx, { firer, schedule, prepared });
  return { ...plan, outcome: 'created', ...made };
}

async function insertWork(
  tx: Transaction,
  parts: { firer: Firer; schedule: DueSchedule; prepared: PreparedRun | null },
): Promise<{ jobId: string; runId: string | null }> {
  // What the schedule keeps of it follows.
  const settings = { ...parts.firer.settings, isLast: false };
  const { orgId, createdBy: userId, work } = parts.schedule;
  const common = { orgId, userId, retryOf: null, traceparent: newTraceparent() };
  if (work.kind === 'job') {
    const { tool, params, priority, ttl_hours: ttlHours } = work.order;
    const [job] = await insertToolJobs(
      tx,
      [{ ...common, tool, params, priority, ttlHours, ended: null }],
      settings,
    );
    if (job === undefined) throw new Error('a scheduled job was not stored');
    return { jobId: job.jobId, runId: null };
  }
  if (parts.prepared === null) throw new Error('a scheduled run was not prepared');
  const { process, job_type: jobType, options } = work;
  const run = { ...common, process, jobType, options, prepared: parts.prepared, checkpoint: null };
  const [queued] = await insertRuns(tx, [run], settings);
  if (queued === undefined) throw new Error('a scheduled run was not stored');
  return { jobId: queued.jobId, runId: queued.runId };
}
