import rateLimit from '@fastify/rate-limit';
import type { Gates, RateClass } from '@spectra/http-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SharedCounts } from './limits/shared-counts.ts';

type Limited = Exclude<RateClass, 'none'>;

/**
 * Limits per window of the counts: for a known caller per user or key and organisation, else per network address. Each
 * class of request has one count over all its routes and all gateways.
 */
export async function registerRateLimits(
  app: FastifyInstance,
  limits: { perWindow: Readonly<Record<Limited, number>>; windowMs: number; counts: SharedCounts },
): Promise<NonNullable<Gates['throttle']>> {
  const { perWindow, windowMs, counts } = limits;
  await app.register(rateLimit, { global: false, store: storeOf(counts) });
  const limiterOf = (rate: Limited) =>
    app.createRateLimit({
      max: perWindow[rate],
      timeWindow: windowMs,
      keyGenerator: (request) => `${rate} ${callerOf(request)}`,
    });
  const limiters = { read: limiterOf('read'), create: limiterOf('create'), login: limiterOf('login') };
  return async (request, route) => {
    if (route.rate === 'none') return null;
    const answer = await limiters[route.rate](request);
    return !answer.isAllowed && answer.isExceeded ? { retryAfterS: Math.max(1, answer.ttlInSeconds) } : null;
  };
}

/** The library makes its stores itself; all of them are the same counts, for each key names its class. */
function storeOf(counts: SharedCounts): NonNullable<rateLimit.RateLimitPluginOptions['store']> {
  return class SharedStore implements rateLimit.FastifyRateLimitStore {
    incr(...[key, callback]: Parameters<rateLimit.FastifyRateLimitStore['incr']>): void {
      callback(null, counts.add(key));
    }
    child(): SharedStore {
      return this;
    }
  };
}

function callerOf(request: FastifyRequest): string {
  const caller = request.principal?.caller;
  return caller === undefined ? `address ${request.ip}` : `${caller.orgId} ${caller.userId}`;
}
