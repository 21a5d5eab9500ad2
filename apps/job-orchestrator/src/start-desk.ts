import { isOvertaken, type Database, type Transaction } from '@spectra/database';
import { estimateToolS, toolEntry, type Result, type TakenJob } from '@spectra/schemas';
import type { DispatchLimits } from './core/dispatcher.ts';
import type { Place, StandingWorkers } from './core/standing-workers.ts';
import { createOnce, type Creation } from './store/create-once.ts';
import type { KnownJobs } from './store/known-jobs.ts';
import type { CommandSettings } from './store/run-commands.ts';
import { startToolJobs, type StartedJob } from './store/start-tool-jobs.ts';
import { hasAllToStart, type NewToolJob } from './store/tool-rows.ts';
import { takenJobOf } from './take-desk.ts';
import type { ToolJobAnswer } from './tool-desk.ts';

type StartDeskOptions = {
  database: Database;
  settings: CommandSettings & { limits: DispatchLimits };
  /** Jobs at work, as this process wrote them last. */
  known: KnownJobs;
  standing: StandingWorkers;
  /** Called after each commit: the jobs that started, by the worker that shall begin them. */
  begun: (queue: string, jobsOf: ReadonlyMap<string, TakenJob[]>) => void;
};

/** Jobs of tools that are created together, when they start in the transaction that creates them; null when they cannot. */
type StartAtOnce = (creations: readonly Creation<NewToolJob>[]) => Promise<Result<ToolJobAnswer>[] | null>;

/**
 * A job before which nobody stands needs no line: it starts with a worker that stands by, in the commit that creates it.
 * That is the platform's business, not the organisation's, so it is done as the platform.
 */
export function createStartDesk(options: StartDeskOptions): StartAtOnce {
  const { database, settings, standing, known } = options;
  const start = async (
    tx: Transaction,
    creations: readonly Creation<NewToolJob>[],
    places: readonly Place[],
  ): Promise<{ answers: Result<ToolJobAnswer>[]; started: StartedJob[] }> => {
    let started: StartedJob[] = [];
    const answers = await createOnce(tx, creations, async (wanted: readonly NewToolJob[], isLast) => {
      started = await startToolJobs(tx, wanted, places, { ...settings, isLast });
      return answersOf(started);
    });
    return { answers, started };
  };
  return async (creations) => {
    const queue = queueOfAll(creations.map(({ wanted }) => wanted));
    const places = queue === null ? null : standing.places(queue, creations.length);
    if (queue === null || places === null) return null;
    try {
      const { answers, started } = await database.withSystem((tx) => start(tx, creations, places));
      known.keep(
        started.map(({ job }) => job),
        started[0]?.version ?? null,
      );
      options.begun(queue, byWorker(started, settings.leaseTtlMs));
      return answers;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      standing.lineSeen(queue);
      return null;
    }
  };
}

/** The queue of jobs that may all start at once; null when one of them ended already, waits for others, or has another queue. */
function queueOfAll(wanted: readonly NewToolJob[]): string | null {
  const queues = new Set(wanted.map(({ tool }) => toolEntry(tool).queue));
  const [queue] = queues;
  if (queue === undefined || queues.size > 1) return null;
  return wanted.every(hasAllToStart) ? queue : null;
}

/** As they were accepted: each the next of its line, which is due now. All were created in one moment. */
function answersOf(started: readonly StartedJob[]): ToolJobAnswer[] {
  const createdAt = new Date(started[0]?.createdAtMs ?? 0).toISOString();
  return started.map(({ newJob, job }) => ({
    job_id: job.jobId,
    status: 'queued',
    created_at: createdAt,
    estimated_duration_s: estimateToolS(newJob.tool, newJob.params),
    position_in_queue: 1,
    estimated_start: createdAt,
  }));
}

function byWorker(started: readonly StartedJob[], leaseTtlMs: number): Map<string, TakenJob[]> {
  const groups = Map.groupBy(started, ({ job }) => job.workerId ?? '');
  const takenOf = ({ newJob, job }: StartedJob): TakenJob =>
    takenJobOf({ job: { job, parameters: newJob.params, run: null }, leaseToken: 0 }, leaseTtlMs);
  return new Map([...groups].map(([workerId, own]) => [workerId, own.map(takenOf)]));
}
