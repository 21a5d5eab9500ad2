import { createClaimsReader, createHttpApp, defineRoute, mountRoutes } from '@spectra/http-kit';
import type { HttpRoute, Principal, PublicTokenKeys } from '@spectra/http-kit';
import { permissionNamed } from '@spectra/policy';
import { accept, accessTokenClaimsSchema, refuse, tokenTypes } from '@spectra/schemas';
import type { Result } from '@spectra/schemas';
import type { Clock, Logger, Part } from '@spectra/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AbortRecorder } from './record-aborts.ts';
import type { RunsInHand } from './runs-in-hand.ts';

const runParams = z.strictObject({ run_id: z.string().min(1).max(200) });
const abortReply = z.object({ run_id: z.string(), message: z.string() });

/**
 * The way to stop a run when everything else is down: a door of the very process that drives it. It asks neither NATS nor
 * Postgres: a token's signature says who it is, the tool goes to its safe state, and the record follows when it can.
 */
export function abortDoor(door: {
  processId: string;
  host: string;
  port: number;
  keys: PublicTokenKeys;
  runs: RunsInHand;
  recorder: Pick<AbortRecorder, 'record'>;
  clock: Clock;
  logger: Logger;
}): Part {
  let app: FastifyInstance | null = null;
  return {
    name: 'abort-door',
    async start() {
      app = await createHttpApp({ logger: door.logger });
      mountRoutes(app, [abortRoute(door)], { authenticate: authenticator(door) });
      await app.listen({ host: door.host, port: door.port });
    },
    async stop() {
      await app?.close();
    },
  };
}

function abortRoute({
  processId,
  runs,
  recorder,
}: {
  processId: string;
  runs: RunsInHand;
  recorder: Pick<AbortRecorder, 'record'>;
}): HttpRoute {
  const permission = permissionNamed(`${processId}:abort`);
  if (permission === null)
    throw new Error(`nobody may abort runs of "${processId}": the policy does not know it`);
  return defineRoute({
    method: 'POST',
    url: `/api/${processId}/runs/:run_id/abort`,
    access: { kind: 'permission', anyOf: [permission] },
    organisation: 'resource',
    summary: 'Stop a run that this process drives, also while everything else is down',
    tag: processId,
    params: runParams,
    reply: { status: 202, schema: abortReply },
    async handler({ params, principal }) {
      const { caller } = principal;
      if (!runs.abort(caller.orgId, params.run_id))
        return refuse('not_found', `This process does not drive a run "${params.run_id}"`);
      await recorder.record(caller, params.run_id);
      return accept({ run_id: params.run_id, message: 'Stopping; the tool goes to its safe state.' });
    },
  });
}

function authenticator(door: {
  keys: PublicTokenKeys;
  clock: Clock;
}): (request: FastifyRequest) => Promise<Result<Principal>> {
  const claimsOf = createClaimsReader(door.keys, () => door.clock.nowMs());
  return async (request) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const claims = accessTokenClaimsSchema.safeParse(claimsOf(token, tokenTypes.access));
    if (!claims.success) return refuse('unauthenticated', 'Send an access token: Authorization: Bearer …');
    const { sub, org, role, sid } = claims.data;
    return accept({
      caller: { userId: sub, orgId: org, role },
      sessionId: sid ?? null,
      authenticatedAt: null,
    });
  };
}
