import type { Principal } from '@spectra/http-kit';
import type { Messaging } from '@spectra/messaging';
import type { Result, RpcContract } from '@spectra/schemas';
import type { z } from 'zod';

/** A question to another service. */
type Question<Body extends z.ZodType, Reply extends z.ZodType> = {
  service: string;
  contract: RpcContract<Body, Reply>;
  body: z.input<Body>;
  timeoutMs?: number;
};

/** Asks another service in the name of the caller, within the caller's trace. */
export type Ask = <Body extends z.ZodType, Reply extends z.ZodType>(
  asker: { principal: Principal; traceparent: string },
  question: Question<Body, Reply>,
) => Promise<Result<z.output<Reply>>>;

/** Binds the questions of requests to the message bus. */
export function createAsk(messaging: Pick<Messaging, 'call'>): Ask {
  return ({ principal, traceparent }, { service, contract, body, timeoutMs }) =>
    messaging.call(service, contract, {
      caller: principal.caller,
      traceparent,
      body,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
}
