import type { Answered } from '@spectra/http-kit';
import { refuse, accept } from '@spectra/schemas';
import { traceIdOf, type Clock } from '@spectra/service-kit';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { AttemptCounter } from './attempt-counter.ts';
import { HashingOverloaded, type PasswordHasher } from './password-hasher.ts';
import type { OpenSession, Sessions } from './sessions.ts';
import type { Users } from './users.ts';

type Attempt = { email: string; password: string; address: string; traceparent: string };

const overloadRetryAfterS = 1;

/** Signs a person in. */
export type LogIn = (attempt: Attempt) => Promise<Answered<OpenSession>>;

/**
 * Signing in: throttled per account, and the same work and the same answer whether the user is unknown, disabled
 * or has another password. A success is audited before the session exists.
 */
export function createLogIn(parts: {
  users: Users;
  hasher: PasswordHasher;
  sessions: Sessions;
  attempts: AttemptCounter;
  trail: AuditTrail;
  clock: Clock;
}): LogIn {
  const { users, hasher, sessions, attempts, trail, clock } = parts;
  return async (attempt) => {
    const account = attempt.email.toLowerCase();
    const waitS = attempts.waitS(account);
    if (waitS > 0) {
      const refused = refuse('rate_limited', `Too many failed sign-ins; try again in ${waitS} s.`);
      return { ...refused, retryAfterS: waitS };
    }
    const user = await users.findForLogin(attempt.email);
    const matches = await verified(hasher, user?.passwordHash ?? null, attempt.password);
    if (matches === null) {
      return { ...refuse('overloaded', 'Too many sign-ins at once.'), retryAfterS: overloadRetryAfterS };
    }
    const passed = matches && user !== null && !user.disabled;
    if (!passed) attempts.failed(account);
    if (user !== null) {
      await trail.append({
        orgId: user.orgId,
        at: new Date(clock.nowMs()).toISOString(),
        actor: user.userId,
        role: user.role,
        action: 'sign in',
        path: '/api/auth/login',
        outcome: passed ? 'accepted' : 'refused',
        reason: null,
        traceId: traceIdOf(attempt.traceparent) ?? '',
        address: attempt.address,
        bodySha256: null,
      });
    }
    if (!passed) return refuse('invalid_credentials', 'Unknown user or wrong password.');
    attempts.succeeded(account);
    return accept(await sessions.open(user));
  };
}

/** Null when too many sign-ins wait already. */
async function verified(
  hasher: PasswordHasher,
  passwordHash: string | null,
  password: string,
): Promise<boolean | null> {
  try {
    return await hasher.verify(passwordHash, password);
  } catch (error) {
    if (error instanceof HashingOverloaded) return null;
    throw error;
  }
}
