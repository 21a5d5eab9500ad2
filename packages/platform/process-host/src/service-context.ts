import type { Database } from '@spectra/database';
import type { Messaging } from '@spectra/messaging';
import type { ProcessDefinition, ProcessTypes } from '@spectra/run-engine';
import type { Caller, Result } from '@spectra/schemas';
import { refuse } from '@spectra/schemas';
import type { Clock, Logger } from '@spectra/service-kit';
import type { SignerStandings } from './gates/signer-standings.ts';

/** What every ability of a process service works with. */
export interface ServiceContext<T extends ProcessTypes> {
  readonly definition: ProcessDefinition<T>;
  readonly database: Database;
  readonly messaging: Messaging;
  readonly signers: SignerStandings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is told as the code that made a record; absent where nobody set it. */
  readonly codeVersion?: string;
}

/** A request as an ability sees it: who asks, for what. */
export interface Asked<Body> {
  readonly caller: Caller;
  readonly traceparent: string;
  readonly body: Body;
}

/** The refusal for a record that the caller's organisation does not have; the same text for foreign and unknown ids. */
export function notFound(what: string, id: string): Result<never> {
  return refuse('not_found', `There is no ${what} "${id}"`);
}
