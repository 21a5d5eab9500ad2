import { hash, verify } from '@node-rs/argon2';

export type PasswordHasher = {
  hash(password: string): Promise<string>;
  /** False also for an unknown user (null): after the same work, so that time tells nothing. */
  verify(passwordHash: string | null, password: string): Promise<boolean>;
};

/** Thrown when more sign-ins wait than may; the caller answers 503. */
export class HashingOverloaded extends Error {}

/**
 * Passwords by argon2id (19 MiB, 2 passes: the OWASP recommendation). Each hash takes memory and a core, so
 * only a few run at a time, a bounded queue waits, and the rest is refused.
 */
export async function createPasswordHasher(limits: {
  concurrent: number;
  waitingMax: number;
}): Promise<PasswordHasher> {
  const enter = createGate(limits);
  const decoy = await hash('a password that nobody has');
  return {
    hash: (password) => enter(() => hash(password)),
    async verify(passwordHash, password) {
      const matches = await enter(() => verify(passwordHash ?? decoy, password));
      return matches && passwordHash !== null;
    },
  };
}

function createGate(limits: { concurrent: number; waitingMax: number }) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (running >= limits.concurrent) {
      if (waiting.length >= limits.waitingMax) throw new HashingOverloaded('too many sign-ins wait');
      // Whoever leaves hands the place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
