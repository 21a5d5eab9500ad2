import type { Handler } from '@spectra/messaging';
import type { RpcContract } from '@spectra/schemas';
import type { z } from 'zod';

/** Answers a contract in the place of a service. */
export type Serve = <Body extends z.ZodType, Reply extends z.ZodType>(
  service: string,
  contract: RpcContract<Body, Reply>,
  handler: Handler<Body, Reply>,
) => unknown;
