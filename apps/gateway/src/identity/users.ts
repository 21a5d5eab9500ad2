import { randomUUID } from 'node:crypto';
import type { Database } from '@spectra/database';
import { accept, refuse, type Result, type Role, type SignerStanding } from '@spectra/schemas';
import { and, asc, count, eq, inArray, isNull, sql } from 'drizzle-orm';
import { z } from 'zod';
import { sessions, users } from '../store/tables.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** A user as others may see them. */
type UserView = {
  user_id: string;
  email: string;
  name: string;
  role: Role;
  disabled: boolean;
  created_at: string;
  last_login_at: string | null;
};

type UserRow = typeof users.$inferSelect;
export type UserChange = {
  name?: string | undefined;
  role?: Role | undefined;
  disabled?: boolean | undefined;
  password?: string | undefined;
};

export type Users = {
  /** By address, across organisations: only for signing in. */
  findForLogin(email: string): Promise<UserRow | null>;
  find(orgId: string, userId: string): Promise<UserRow | null>;
  create(
    orgId: string,
    user: { email: string; name: string; role: Role; password: string },
  ): Promise<Result<UserView>>;
  /** Of each of these: active, disabled, or nobody of the organisation. */
  standings(orgId: string, userIds: readonly string[]): Promise<Record<string, SignerStanding>>;
  list(orgId: string, page: { limit: number; offset: number }): Promise<{ items: UserView[]; total: number }>;
  /** A new role, password or a disabling ends what was signed before. */
  change(orgId: string, userId: string, change: UserChange): Promise<Result<UserView>>;
};

/** The people of an organisation. */
export function createUsers(database: Database, hasher: PasswordHasher): Users {
  return {
    findForLogin: (email) =>
      database.withSystem(async (tx) => {
        const [row] = await tx.select().from(users).where(sql`lower(${users.email}) = lower(${email})`);
        return row ?? null;
      }),
    find: (orgId, userId) =>
      database.withOrg(orgId, async (tx) => {
        const [row] = await tx.select().from(users).where(isUser(orgId, userId));
        return row ?? null;
      }),
    async create(orgId, user) {
      const { password, ...facts } = user;
      const passwordHash = await hasher.hash(password);
      const [row] = await database.withOrg(orgId, (tx) =>
        tx
          .insert(users)
          .values({ orgId, userId: randomUUID(), ...facts, passwordHash })
          .onConflictDoNothing()
          .returning(),
      );
      return row === undefined
        ? refuse('conflict', 'A user with this email exists already.')
        : accept(userView(row));
    },
    standings: (orgId, userIds) => readStandings(database, orgId, userIds),
    list: (orgId, page) =>
      database.withOrg(orgId, async (tx) => {
        const where = eq(users.orgId, orgId);
        const rows = await tx
          .select()
          .from(users)
          .where(where)
          .orderBy(asc(users.createdAt), asc(users.userId))
          .limit(page.limit)
          .offset(page.offset);
        const [counted] = await tx.select({ total: count() }).from(users).where(where);
        return { items: rows.map(userView), total: counted?.total ?? 0 };
      }),
    change: (orgId, userId, change) => changeUser(database, hasher, { orgId, userId, change }),
  };
}

async function readStandings(
  database: Database,
  orgId: string,
  userIds: readonly string[],
): Promise<Record<string, SignerStanding>> {
  const possible = userIds.filter((userId) => z.uuid().safeParse(userId).success);
  const rows = await database.withOrg(orgId, (tx) =>
    tx
      .select({ userId: users.userId, disabled: users.disabled })
      .from(users)
      .where(and(eq(users.orgId, orgId), inArray(users.userId, possible))),
  );
  const known = new Map(rows.map((row) => [row.userId, row.disabled ? 'disabled' : 'active'] as const));
  return Object.fromEntries(userIds.map((userId) => [userId, known.get(userId) ?? 'unknown']));
}

async function changeUser(
  database: Database,
  hasher: PasswordHasher,
  command: { orgId: string; userId: string; change: UserChange },
): Promise<Result<UserView>> {
  const { orgId, userId, change } = command;
  const { password, ...facts } = change;
  const passwordHash = password === undefined ? undefined : await hasher.hash(password);
  const endsTokens = change.role !== undefined || change.disabled === true || password !== undefined;
  return database.withOrg(orgId, async (tx) => {
    const set = {
      ...Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)),
      ...(passwordHash === undefined ? {} : { passwordHash }),
      ...(endsTokens ? { tokenVersion: sql`${users.tokenVersion} + 1` } : {}),
    };
    const [row] = await tx.update(users).set(set).where(isUser(orgId, userId)).returning();
    if (row === undefined) return refuse('not_found', 'There is nothing with this id.');
    if (change.disabled === true || password !== undefined) {
      await tx
        .update(sessions)
        .set({ revokedAt: sql`now()`, revokedReason: 'the account changed' })
        .where(and(eq(sessions.orgId, orgId), eq(sessions.userId, userId), isNull(sessions.revokedAt)));
    }
    return accept(userView(row));
  });
}

/** What may be told about a user. */
function userView(row: UserRow): UserView {
  return {
    user_id: row.userId,
    email: row.email,
    name: row.name,
    role: row.role,
    disabled: row.disabled,
    created_at: row.createdAt.toISOString(),
    last_login_at: row.lastLoginAt?.toISOString() ?? null,
  };
}

function isUser(orgId: string, userId: string) {
  return and(eq(users.orgId, orgId), eq(users.userId, userId));
}
