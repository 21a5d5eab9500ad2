import rateLimit from '@fastify/rate-limit';
import type { Gates, RateClass } from '@spectra/http-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const windowMs = 60_000;

/**
 * Limits per minute: for a known caller per user or key and organisation, else per network address. Each class
 * of request has one count over all its routes.
 */
export async function registerRateLimits(
  app: FastifyInstance,
  perMinute: Readonly<Record<Exclude<RateClass, 'none'>, number>>,
): Promise<NonNullable<Gates['throttle']>> {
  await app.register(rateLimit, { global: false });
  const limiterOf = (max: number) => app.createRateLimit({ max, timeWindow: windowMs, keyGenerator });
  const limiters = {
    read: limiterOf(perMinute.read),
    create: limiterOf(perMinute.create),
    login: limiterOf(perMinute.login),
  };
  return async (request, route) => {
    if (route.rate === 'none') return null;
    const answer = await limiters[route.rate](request);
    return !answer.isAllowed && answer.isExceeded ? { retryAfterS: Math.max(1, answer.ttlInSeconds) } : null;
  };
}

function keyGenerator(request: FastifyRequest): string {
  const caller = request.principal?.caller;
  return caller === undefined ? `address ${request.ip}` : `${caller.orgId} ${caller.userId}`;
}
