import type { Caller } from '@spectra/schemas';

/** Who stands behind a request, as its credentials proved it. */
export type Principal = {
  caller: Caller;
  /** Session of the access token; null for an API key. */
  sessionId: string | null;
  /** When a person last proved who they are, as an ISO time; null for an API key. */
  authenticatedAt: string | null;
};
