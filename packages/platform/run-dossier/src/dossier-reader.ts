import type { Messaging } from '@spectra/messaging';
import type { Caller, Result, RpcContract } from '@spectra/schemas';
import type { z } from 'zod';

/** Reads in the name of a caller: what the caller's organisation does not have, this reader does not find. */
export type DossierReader = {
  messaging: Pick<Messaging, 'call'>;
  caller: Caller;
  traceparent: string;
};

/** One page may be large, and a busy service slow. */
const timeoutMs = 15_000;

/** Asks a service in the name of the reader's caller. */
export function askAs<Body extends z.ZodType, Reply extends z.ZodType>(
  { messaging, caller, traceparent }: DossierReader,
  service: string,
  question: { contract: RpcContract<Body, Reply>; body: z.input<Body> },
): Promise<Result<z.output<Reply>>> {
  return messaging.call(service, question.contract, { caller, traceparent, body: question.body, timeoutMs });
}
