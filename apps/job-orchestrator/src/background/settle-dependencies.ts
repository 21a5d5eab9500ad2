import type { CommandDesk } from '../command-desk.ts';
import type { Foundation } from '../context.ts';
import { cancelJob } from '../core/cancel-job.ts';
import { settleDependencies } from '../core/settle-dependencies.ts';
import { createWakeLoop, type WakeLoop } from '../core/wake-loop.ts';
import {
  isAwaited,
  orphanedJobs,
  settleableJobs,
  settledMax,
  type Settleable,
} from '../store/dependencies.ts';

/** Tells jobs what became of those they depend on. */
export type DependencyLoop = WakeLoop & {
  /** These jobs ended, or somebody new waits for them: whoever waits for them is looked at next. */
  lookBehind: (jobIds: readonly string[]) => void;
};

/** Between two looks at everything that is blocked, whoever ended. */
const wholeLookMs = 5_000;
const rememberedMax = 10_000;
/** Jobs that end within this time are looked behind together. */
const gatheredMs = 20;

/**
 * Releases, holds or cancels blocked jobs by what Postgres says of their dependencies, and cancels what a
 * cancelled job had asked for. It compares states rather than following messages, so a crash in between costs
 * nothing; the ids of jobs that just ended only make it look at fewer rows.
 */
export function createDependencyLoop(foundation: Foundation, commands: CommandDesk): DependencyLoop {
  const { database, clock, logger, settings } = foundation;
  const remembered = new Set<string>();
  let lookedMs = -Infinity;
  /** Somebody cancelled a job since the last round: what it asked for goes with it. */
  let cancelled = true;
  /** The ended jobs to look behind; null for a look at everything. */
  const nextLook = (): string[] | null => {
    const whole = clock.monotonicMs() - lookedMs >= wholeLookMs || remembered.size > rememberedMax;
    const ended = whole ? null : [...remembered];
    remembered.clear();
    if (whole) lookedMs = clock.monotonicMs();
    return ended;
  };

  const round = async (): Promise<void> => {
    const ended = nextLook();
    const looksForOrphans = cancelled || ended === null;
    cancelled = false;
    const found = await database.withSystem(async (tx) => ({
      settleable: ended === null || (await isAwaited(tx, ended)) ? await settleableJobs(tx, ended) : [],
      orphaned: looksForOrphans ? await orphanedJobs(tx) : [],
    }));
    await Promise.all([
      ...found.settleable.map((job) => settle(commands, job)),
      ...found.orphaned.map((job) => stop(commands, job)),
    ]);
    if (found.settleable.length === settledMax || found.orphaned.length === settledMax) look();
  };
  const look = (): void => {
    cancelled = true;
    loop.wake();
  };
  const loop = createWakeLoop({
    clock,
    pollMs: settings.pollMs,
    round,
    onError: (error) => logger.error({ err: error }, 'settling dependencies failed; it tries again'),
  });
  return {
    ...loop,
    lookBehind: (jobIds) => {
      for (const jobId of jobIds) remembered.add(jobId);
      if (jobIds.length > 0) loop.wakeAfter(gatheredMs);
    },
    wake: look,
  };
}

function settle(commands: CommandDesk, { jobId, ...upstream }: Settleable): Promise<unknown> {
  return commands.asSystem({
    jobId,
    decide: (job, situation) => settleDependencies(job, upstream, situation),
  });
}

function stop(commands: CommandDesk, { jobId, reason }: { jobId: string; reason: string }): Promise<unknown> {
  return commands.asSystem({
    jobId,
    decide: (job, situation) => cancelJob(job, { reason, userId: job.userId, ownOnly: false }, situation),
  });
}
