import { isDatabaseAway, isOvertaken, type Database, type Transaction } from '@spectra/database';
import { createDatabaseClock } from './store/database-clock.ts';
import type { KnownJobs } from './store/known-jobs.ts';
import { createGroupCommit, type GroupCommit } from './core/group-commit.ts';
import {
  runCommands,
  runKnownCommands,
  type AfterCommit,
  type CommandSettings,
  type JobCommand,
} from './store/run-commands.ts';

/** The one door through which a job is changed; commands that come together are stored together. */
export type CommandDesk = {
  /** For workers and background work. Null when there is no such job. */
  asSystem<Reply>(command: JobCommand<Reply>): Promise<Reply | null>;
  /** For a caller's request, bound to the organisation. Null when it has no such job. */
  asOrg<Reply>(orgId: string, command: JobCommand<Reply>): Promise<Reply | null>;
  /** Settles when everything submitted is stored. */
  drain(): Promise<void>;
};

const commandsMax = 200;
const waitingMax = 20_000;

/** Opens the desk. `done` learns after each commit what there is to publish, dispatch and tell. */
export function createCommandDesk(options: {
  database: Database;
  settings: CommandSettings;
  /** Jobs at work, as this process wrote them last. */
  known: KnownJobs;
  monotonicMs: () => number;
  done: (after: AfterCommit) => void;
}): CommandDesk {
  const { database, settings, known, done } = options;
  const clock = createDatabaseClock(options.monotonicMs);
  type Within = (work: (tx: Transaction) => Promise<Written>) => Promise<Written>;
  type Written = Awaited<ReturnType<typeof runCommands>>;
  const groupWithin = (
    within: Within,
    writeFirst: (commands: readonly JobCommand<unknown>[]) => Promise<Written | null>,
  ): GroupCommit<JobCommand<unknown>, unknown> =>
    createGroupCommit({
      itemsMax: commandsMax,
      waitingMax,
      isAway: isDatabaseAway,
      write: async (commands) => {
        const written =
          (await writeFirst(commands)) ?? (await within((tx) => runCommands(tx, commands, settings)));
        known.keep(written.jobs, written.version);
        done(written.after);
        return written.replies;
      },
    });
  /** Null when somebody else may have changed one of the jobs: then they have to be locked and read. */
  const writeAsKnown = async (commands: readonly JobCommand<unknown>[]): Promise<Written | null> => {
    const jobIds = commands.map(({ jobId }) => jobId);
    const found = known.find(jobIds);
    if (found === null) return null;
    try {
      return await database.withReserved((tx) =>
        runKnownCommands(tx, { commands, known: found, clock }, settings),
      );
    } catch (error) {
      known.forget(jobIds);
      if (!isOvertaken(error)) throw error;
      return null;
    }
  };
  // Heartbeats and ends of attempts: a database that is slow must not let leases run out behind other work.
  const system = groupWithin((work) => database.withReserved(work), writeAsKnown);
  const organisations = new Map<string, GroupCommit<JobCommand<unknown>, unknown>>();
  const groupOf = (orgId: string): GroupCommit<JobCommand<unknown>, unknown> => {
    const group =
      organisations.get(orgId) ??
      groupWithin(
        (work) => database.withOrg(orgId, work),
        async () => null,
      );
    organisations.set(orgId, group);
    return group;
  };
  return {
    asSystem: (command) => submit(system, command),
    asOrg: (orgId, command) => submit(groupOf(orgId), command),
    drain: async () => {
      await Promise.all([system, ...organisations.values()].map((group) => group.drain()));
    },
  };
}

async function submit<Reply>(
  group: GroupCommit<JobCommand<unknown>, unknown>,
  command: JobCommand<Reply>,
): Promise<Reply | null> {
  // The group answers each command in its place with what its own decision replied.
  return (await group.submit(command)) as Reply | null;
}
