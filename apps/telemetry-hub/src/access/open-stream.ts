import type { Messaging } from '@spectra/messaging';
import { can, permissionNamed } from '@spectra/policy';
import { accept, jobsRpc, refuse, type Caller, type Result, type RunRecord } from '@spectra/schemas';
import type { StreamStore } from '../store/stream-store.ts';
import type { StreamCredential, TokenVerifier } from './verify-token.ts';

/** What a reader presents, as it came with the request. */
type StreamRequest = {
  process: string;
  runId: string;
  origin: string | undefined;
  authorization: string | undefined;
  ticket: string | undefined;
  token: string | undefined;
  traceparent: string;
};

/** A reader who may follow the run. */
export type OpenedStream = { caller: Caller; sessionEndsAtMs: number; run: RunRecord };

/** Decides who may follow a run's stream; every way of opening one goes through here. */
export type OpenStream = (request: StreamRequest) => Promise<Result<OpenedStream>>;

type Access = {
  verifier: TokenVerifier;
  store: StreamStore;
  messaging: Pick<Messaging, 'call'>;
  /** Browsers' origins that may connect; a client that names none is no browser. */
  allowedOrigins: readonly string[];
  /** Whether `?token=` with an access token is accepted at all (requirement R1-40). */
  acceptsQueryToken: boolean;
};

/** Who is it, may they, is the run theirs; a ticket is used up only by a reader who may. */
export function createOpenStream(access: Access): OpenStream {
  return async (request) => {
    if (request.origin !== undefined && !access.allowedOrigins.includes(request.origin)) {
      return refuse('permission_denied', 'Pages of this origin may not open streams.');
    }
    const credential = readCredential(access, request);
    if (credential === null) {
      return refuse('unauthenticated', 'Bring a stream ticket or an access token that is valid now.');
    }
    const permission = permissionNamed(`${request.process}:view_telemetry`);
    if (permission === null || !can(credential.caller, permission)) {
      return refuse('permission_denied', `Permission denied: ${request.process}:view_telemetry`);
    }
    const run = await access.messaging.call('jobs', jobsRpc.getRun, {
      caller: credential.caller,
      traceparent: request.traceparent,
      body: { run_id: request.runId, process: request.process },
    });
    if (!run.ok) return run;
    if (run.value.org_id !== credential.caller.orgId || run.value.process !== request.process) {
      return refuse('not_found', 'There is no such run.');
    }
    const { ticket, caller, sessionEndsAtMs } = credential;
    if (ticket !== null && !(await access.store.useTicket(caller.orgId, ticket))) {
      return refuse('unauthenticated', 'The stream ticket was used before; ask for a new one.');
    }
    return accept({ caller, sessionEndsAtMs, run: run.value });
  };
}

function readCredential(access: Access, request: StreamRequest): StreamCredential | null {
  const { verifier } = access;
  if (request.ticket !== undefined) {
    const credential = verifier.ticket(request.ticket);
    const bound = credential?.ticket;
    return bound?.runId === request.runId && bound.process === request.process ? credential : null;
  }
  const bearer = /^Bearer ([^\s]+)$/i.exec(request.authorization ?? '')?.[1];
  if (bearer !== undefined) return verifier.accessToken(bearer);
  if (request.token !== undefined && access.acceptsQueryToken) return verifier.accessToken(request.token);
  return null;
}
