import type { Database } from '@spectra/database';
import { accept, type Caller, type identityRpc, type Result } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { apiKeys, users } from '../store/tables.ts';

type Asked = z.output<(typeof identityRpc)['callerStanding']['request']>;

type Answer = Result<{ caller: Caller | null }>;

/** Answers what somebody may do now. */
export type Standing = (asked: Asked) => Promise<Answer>;

/**
 * What a user or an API key may do at this moment, for work that goes on in their name when they are not there. Read
 * anew each time: a schedule must not outlive the right of who made it.
 */
export function createStanding(database: Database, clock: Clock): Standing {
  return async ({ org_id: orgId, user_id: userId }) => {
    const keyId = /^key:(.+)$/.exec(userId)?.[1];
    const caller =
      keyId === undefined
        ? await ofUser(database, orgId, userId)
        : await ofKey({ database, clock }, orgId, keyId);
    return accept({ caller });
  };
}

async function ofUser(database: Database, orgId: string, userId: string): Promise<Caller | null> {
  if (!z.uuid().safeParse(userId).success) return null;
  const [user] = await database.withOrg(orgId, (tx) =>
    tx
      .select({ role: users.role, disabled: users.disabled })
      .from(users)
      .where(and(eq(users.orgId, orgId), eq(users.userId, userId))),
  );
  return user === undefined || user.disabled ? null : { orgId, userId, role: user.role };
}

async function ofKey(
  { database, clock }: { database: Database; clock: Clock },
  orgId: string,
  keyId: string,
): Promise<Caller | null> {
  if (!z.uuid().safeParse(keyId).success) return null;
  const [key] = await database.withOrg(orgId, (tx) =>
    tx
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.orgId, orgId), eq(apiKeys.apiKeyId, keyId))),
  );
  if (key === undefined || key.revokedAt !== null || key.expiresAt.getTime() <= clock.nowMs()) return null;
  return { orgId, userId: `key:${keyId}`, role: key.role, scopes: key.scopes };
}
