import { refuse } from '@spectra/schemas';
import type { Result, RpcContract } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { z } from 'zod';
import type { Asked, ServiceContext } from './service-context.ts';

type Ability<T extends ProcessTypes, Body, Reply> = (
  context: ServiceContext<T>,
  asked: Asked<Body>,
) => Promise<Result<Reply>>;

/** Serves one ability in the name of the caller. */
export type AbilityServer<T extends ProcessTypes> = <Body extends z.ZodType, Reply extends z.ZodType>(
  contract: RpcContract<Body, Reply>,
  ability: Ability<T, z.output<Body>, z.input<Reply>>,
) => void;

/** Serves abilities of a process in the name of a caller, who must be there; `stops` gets what ends each of them. */
export function abilityServer<T extends ProcessTypes>(
  context: ServiceContext<T>,
  stops: (() => Promise<void>)[],
): AbilityServer<T> {
  return (contract, ability) => {
    const stop = context.messaging.serve(
      context.definition.id,
      contract,
      async ({ caller, traceparent, body }) =>
        caller
          ? ability(context, { caller, traceparent, body })
          : refuse('unauthenticated', 'The request names no caller'),
    );
    stops.push(stop);
  };
}
