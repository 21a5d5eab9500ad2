import { isDatabaseAway, type Database, type Transaction } from '@spectra/database';
import type { Result } from '@spectra/schemas';
import { createGroupCommit, type GroupCommit } from './core/group-commit.ts';
import { createOnce, type Creation } from './store/create-once.ts';

/** Creates things; those of one organisation that come together are stored together. */
export type CreationDesk<New, Answer> = {
  create(creation: Creation<New>): Promise<Result<Answer>>;
  drain(): Promise<void>;
};

const creationsMaxDefault = 100;
const waitingMax = 10_000;

/** Opens a desk. `created` is called after each commit. */
export function createCreationDesk<New, Answer>(options: {
  database: Database;
  /** Told when nothing follows it in its transaction. */
  insert: (tx: Transaction, wanted: readonly New[], isLast: boolean) => Promise<Answer[]>;
  created: (wanted: readonly New[]) => void;
  /** Another way to create them, which is tried first; null when it cannot be gone now. */
  startAtOnce?: (creations: readonly Creation<New>[]) => Promise<Result<Answer>[] | null>;
  /** Creations that one transaction may hold. */
  creationsMax?: number;
}): CreationDesk<New, Answer> {
  const { database, insert, created, creationsMax = creationsMaxDefault } = options;
  const organisations = new Map<string, GroupCommit<Creation<New>, Result<Answer>>>();
  const groupOf = (orgId: string): GroupCommit<Creation<New>, Result<Answer>> => {
    const group =
      organisations.get(orgId) ??
      createGroupCommit({
        itemsMax: creationsMax,
        waitingMax,
        isAway: isDatabaseAway,
        write: async (creations: readonly Creation<New>[]) => {
          const started = (await options.startAtOnce?.(creations)) ?? null;
          if (started !== null) return started;
          const answers = await database.withOrg(orgId, (tx) =>
            createOnce(tx, creations, (wanted, isLast) => insert(tx, wanted, isLast)),
          );
          created(creations.map(({ wanted }) => wanted));
          return answers;
        },
      });
    organisations.set(orgId, group);
    return group;
  };
  return {
    create: (creation) => groupOf(creation.orgId).submit(creation),
    drain: async () => {
      await Promise.all([...organisations.values()].map((group) => group.drain()));
    },
  };
}
