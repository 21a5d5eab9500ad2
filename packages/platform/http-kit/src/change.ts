import type { Principal } from './principal.ts';
import type { HttpRoute } from './route.ts';

/** A change of state that is about to be made: what the audit trail needs to know. */
export type Change = {
  route: Pick<HttpRoute, 'method' | 'url'>;
  path: string;
  principal: Principal;
  body: unknown;
  traceId: string;
  address: string;
};
