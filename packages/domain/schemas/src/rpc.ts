import { z } from 'zod';
import { callerSchema } from './identity.ts';
import { refusalSchema } from './problem.ts';

/** What every request between services carries beside its body. `caller` is absent for the platform itself. */
export const rpcRequestSchema = z.object({
  caller: callerSchema.optional(),
  traceparent: z.string(),
  body: z.unknown(),
});

export const rpcReplySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), refusal: refusalSchema }),
]);

/** Several requests of one ability in one message, and their answers in the same order. */
export const rpcGroupSchema = z.object({ group: z.array(rpcRequestSchema).min(1) });
export const rpcGroupReplySchema = z.object({ group: z.array(rpcReplySchema) });

/** One ability of a service that others may ask for over NATS. */
export type RpcContract<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> = {
  verb: string;
  request: Request;
  reply: Reply;
  /** Requests that come while one is on its way travel together; for short answers that many wait for. */
  grouped: boolean;
};

/** States a contract with its types kept. */
export function rpcContract<Request extends z.ZodType, Reply extends z.ZodType>(
  verb: string,
  request: Request,
  reply: Reply,
): RpcContract<Request, Reply> {
  return { verb, request, reply, grouped: false };
}

/** States a contract whose requests travel together under load. */
export function groupedRpcContract<Request extends z.ZodType, Reply extends z.ZodType>(
  verb: string,
  request: Request,
  reply: Reply,
): RpcContract<Request, Reply> {
  return { verb, request, reply, grouped: true };
}
