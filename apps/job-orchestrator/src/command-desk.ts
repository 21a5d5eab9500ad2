import type { Database, Transaction } from '@spectra/database';
import { createGroupCommit, type GroupCommit } from './core/group-commit.ts';
import {
  runCommands,
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
  done: (after: AfterCommit) => void;
}): CommandDesk {
  const { database, settings, done } = options;
  type Within = (work: (tx: Transaction) => Promise<Written>) => Promise<Written>;
  type Written = Awaited<ReturnType<typeof runCommands>>;
  const groupWithin = (within: Within): GroupCommit<JobCommand<unknown>, unknown> =>
    createGroupCommit({
      itemsMax: commandsMax,
      waitingMax,
      write: async (commands) => {
        const written = await within((tx) => runCommands(tx, commands, settings));
        done(written.after);
        return written.replies;
      },
    });
  const system = groupWithin((work) => database.withSystem(work));
  const organisations = new Map<string, GroupCommit<JobCommand<unknown>, unknown>>();
  const groupOf = (orgId: string): GroupCommit<JobCommand<unknown>, unknown> => {
    const group = organisations.get(orgId) ?? groupWithin((work) => database.withOrg(orgId, work));
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
