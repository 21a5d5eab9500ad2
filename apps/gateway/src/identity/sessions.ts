import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from '@spectra/database';
import { accept, refuse, type Result, type Role } from '@spectra/schemas';
import { traceIdOf, type Clock } from '@spectra/service-kit';
import { and, eq, isNull } from 'drizzle-orm';
import type { AuditTrail } from '../audit/audit-trail.ts';
import { refreshTokens, sessions, users } from '../store/tables.ts';
import { hashOf, newOpaqueToken, openChild, sealChild } from './opaque-tokens.ts';

/** A session with the refresh token that its holder gets now. */
export type OpenSession = {
  orgId: string;
  userId: string;
  role: Role;
  tokenVersion: number;
  sessionId: string;
  authenticatedAt: Date;
  refreshToken: string;
};

export type Sessions = {
  /** Begins a family of refresh tokens for a user who has just proved who they are. */
  open(user: { orgId: string; userId: string; role: Role; tokenVersion: number }): Promise<OpenSession>;
  /** Trades a refresh token for its child. Reuse of an old one revokes the whole family, and is audited. */
  refresh(token: string, from: { address: string; traceparent: string }): Promise<Result<OpenSession>>;
  revoke(session: { orgId: string; sessionId: string }, reason: string): Promise<void>;
  /** Revokes the family of a refresh token of this user; any other token changes nothing. */
  revokeByToken(owner: { orgId: string; userId: string }, token: string): Promise<string | null>;
};

const familyLifetimeMs = 30 * 24 * 3600 * 1000;
/** Parallel requests of one client all hold the same parent; they get the same child for this long. */
const sameChildWithinMs = 10_000;

/** What a trade came to; `thief` is set when somebody used a token that was used before. */
type Trade = { result: Result<OpenSession>; thief?: { orgId: string; userId: string; role: Role } };

/** Sessions and rotating refresh tokens, kept in Postgres by their SHA-256. */
export function createSessions(database: Database, clock: Clock, trail: AuditTrail): Sessions {
  const now = () => new Date(clock.nowMs());
  return {
    async open(user) {
      const session = {
        ...user,
        sessionId: randomUUID(),
        authenticatedAt: now(),
        refreshToken: newOpaqueToken(),
      };
      await database.withOrg(user.orgId, async (tx) => {
        await tx.insert(sessions).values({
          orgId: user.orgId,
          sessionId: session.sessionId,
          userId: user.userId,
          authenticatedAt: session.authenticatedAt,
          expiresAt: new Date(clock.nowMs() + familyLifetimeMs),
        });
        await insertToken(tx, session, session.refreshToken, session.authenticatedAt);
        await tx.update(users).set({ lastLoginAt: now() }).where(isUser(user));
      });
      return session;
    },
    async refresh(token, from) {
      // Across organisations: the token itself says whose it is.
      const { result, thief } = await database.withSystem((tx) => trade(tx, token, now()));
      if (thief !== undefined) {
        await trail.append({
          orgId: thief.orgId,
          at: now().toISOString(),
          actor: thief.userId,
          role: thief.role,
          action: 'refresh token reused',
          path: '/api/auth/refresh',
          outcome: 'session revoked',
          reason: null,
          traceId: traceIdOf(from.traceparent) ?? '',
          address: from.address,
          bodySha256: null,
        });
      }
      return result;
    },
    async revoke(session, reason) {
      await database.withOrg(session.orgId, (tx) => revokeFamily(tx, session, reason, now()));
    },
    revokeByToken: (owner, token) =>
      database.withOrg(owner.orgId, async (tx) => {
        const [found] = await tx
          .select({ sessionId: sessions.sessionId })
          .from(refreshTokens)
          .innerJoin(sessions, isSameSession())
          .where(and(eq(refreshTokens.tokenHash, hashOf(token)), eq(sessions.userId, owner.userId)));
        if (found === undefined) return null;
        await revokeFamily(tx, { orgId: owner.orgId, ...found }, 'logout', now());
        return found.sessionId;
      }),
  };
}

async function trade(tx: Transaction, token: string, now: Date): Promise<Trade> {
  const invalid = { result: refuse('unauthenticated', 'The refresh token is not valid or has expired.') };
  const tokenHash = hashOf(token);
  const [found] = await tx
    .select({ session: sessions, user: users })
    .from(refreshTokens)
    .innerJoin(sessions, isSameSession())
    .innerJoin(users, and(eq(users.orgId, sessions.orgId), eq(users.userId, sessions.userId)))
    .where(eq(refreshTokens.tokenHash, tokenHash))
    // One trade at a time in a family: fifty parallel ones make one child.
    .for('update', { of: sessions });
  if (found === undefined) return invalid;
  const { session, user } = found;
  // Read again under the lock: another trade may have used the token in between.
  const [held] = await tx.select().from(refreshTokens).where(eq(refreshTokens.tokenHash, tokenHash));
  if (held === undefined || session.revokedAt !== null || session.expiresAt <= now || user.disabled) {
    return invalid;
  }
  const open = (refreshToken: string): Trade => ({
    result: accept({
      orgId: user.orgId,
      userId: user.userId,
      role: user.role,
      tokenVersion: user.tokenVersion,
      sessionId: session.sessionId,
      authenticatedAt: session.authenticatedAt,
      refreshToken,
    }),
  });
  if (held.usedAt === null) return open(await addChild(tx, session, token, now));
  const child = await sameChild(tx, held, token, now);
  if (child !== null) return open(child);
  await revokeFamily(tx, session, 'refresh token reused', now);
  const { orgId, userId, role } = user;
  return {
    result: refuse('refresh_reused', 'This refresh token was used before. Sign in again.'),
    thief: { orgId, userId, role },
  };
}

async function addChild(
  tx: Transaction,
  session: { orgId: string; sessionId: string },
  parent: string,
  now: Date,
): Promise<string> {
  const child = newOpaqueToken();
  await insertToken(tx, session, child, now);
  await tx
    .update(refreshTokens)
    .set({ usedAt: now, childHash: hashOf(child), sealedChild: sealChild(parent, child) })
    .where(and(eq(refreshTokens.orgId, session.orgId), eq(refreshTokens.tokenHash, hashOf(parent))));
  return child;
}

/** The child again for the immediate parent within the grace time, as long as nobody used the child. */
async function sameChild(
  tx: Transaction,
  parent: typeof refreshTokens.$inferSelect,
  token: string,
  now: Date,
): Promise<string | null> {
  const { usedAt, childHash, sealedChild } = parent;
  if (usedAt === null || childHash === null || sealedChild === null) return null;
  if (now.getTime() - usedAt.getTime() > sameChildWithinMs) return null;
  const [child] = await tx
    .select({ usedAt: refreshTokens.usedAt })
    .from(refreshTokens)
    .where(and(eq(refreshTokens.orgId, parent.orgId), eq(refreshTokens.tokenHash, childHash)));
  return child?.usedAt === null ? openChild(token, sealedChild) : null;
}

async function insertToken(
  tx: Transaction,
  session: { orgId: string; sessionId: string },
  token: string,
  now: Date,
): Promise<void> {
  const { orgId, sessionId } = session;
  await tx.insert(refreshTokens).values({ orgId, sessionId, tokenHash: hashOf(token), createdAt: now });
}

async function revokeFamily(
  tx: Transaction,
  session: { orgId: string; sessionId: string },
  reason: string,
  now: Date,
): Promise<void> {
  await tx
    .update(sessions)
    .set({ revokedAt: now, revokedReason: reason })
    .where(
      and(
        eq(sessions.orgId, session.orgId),
        eq(sessions.sessionId, session.sessionId),
        isNull(sessions.revokedAt),
      ),
    );
}

function isSameSession() {
  return and(eq(sessions.orgId, refreshTokens.orgId), eq(sessions.sessionId, refreshTokens.sessionId));
}

function isUser(user: { orgId: string; userId: string }) {
  return and(eq(users.orgId, user.orgId), eq(users.userId, user.userId));
}
