import type { Database } from '@spectra/database';
import type { AccessTokenClaims } from '@spectra/schemas';
import type { Clock } from '@spectra/service-kit';
import { and, eq } from 'drizzle-orm';
import { z } from 'zod';
import { sessions, users } from '../store/tables.ts';
import { createExpiringCache } from './expiring-cache.ts';

export type Accounts = {
  /** Whether the token's user, version and session still stand; an answer may be a quarter minute old. */
  isLive(claims: AccessTokenClaims): Promise<boolean>;
  /** Forgets what is remembered, so that a change counts at once in this process. */
  changed(): void;
};

type Standing = { tokenVersion: number; disabled: boolean; sessionLive: boolean };

/** Revoked tokens must be dead within a minute everywhere; this leaves room for other delays. */
const rememberedMs = 15_000;
const rememberedMax = 10_000;

/** Looks up whether a verified token was revoked since it was signed. */
export function createAccounts(database: Database, clock: Clock): Accounts {
  const standings = createExpiringCache<Standing | null>({
    lifetimeMs: rememberedMs,
    sizeMax: rememberedMax,
    clock,
  });
  return {
    async isLive(claims) {
      // A genuine token of another kind of subject (no user of ours) is nobody here.
      if (!z.uuid().safeParse(claims.sub).success) return false;
      const key = `${claims.org}/${claims.sub}/${claims.sid ?? ''}`;
      const standing = await standings.get(key, () => read(database, claims, new Date(clock.nowMs())));
      return (
        standing !== null && !standing.disabled && standing.sessionLive && standing.tokenVersion === claims.tv
      );
    },
    changed: () => standings.clear(),
  };
}

async function read(database: Database, claims: AccessTokenClaims, now: Date): Promise<Standing | null> {
  return database.withOrg(claims.org, async (tx) => {
    const [found] = await tx
      .select({
        tokenVersion: users.tokenVersion,
        disabled: users.disabled,
        sessionId: sessions.sessionId,
        revokedAt: sessions.revokedAt,
        expiresAt: sessions.expiresAt,
      })
      .from(users)
      .leftJoin(
        sessions,
        and(
          eq(sessions.orgId, users.orgId),
          eq(sessions.userId, users.userId),
          eq(sessions.sessionId, claims.sid ?? noSession),
        ),
      )
      .where(and(eq(users.orgId, claims.org), eq(users.userId, claims.sub)));
    if (found === undefined) return null;
    const sessionLive =
      claims.sid === undefined ||
      (found.sessionId !== null &&
        found.revokedAt === null &&
        found.expiresAt !== null &&
        found.expiresAt > now);
    return { tokenVersion: found.tokenVersion, disabled: found.disabled, sessionLive };
  });
}

const noSession = '00000000-0000-0000-0000-000000000000';
