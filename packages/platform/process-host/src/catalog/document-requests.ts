import type { Caller } from '@spectra/schemas';
import type { ProcessTypes } from '@spectra/run-engine';
import type { DocumentAddress } from '../documents/find-versions.ts';
import type { GivenSignature } from '../documents/sign-version.ts';
import type { Hand } from '../documents/write-version.ts';
import type { ServiceContext } from '../service-context.ts';

/** What requests about SOPs and recipes have in common. */
export interface AskedVersion {
  version?: number | undefined;
}

export interface AskedSignature extends AskedVersion {
  meaning: string;
  content_hash: string;
  authenticated_at: string;
  auth_method: string;
}

export function sopAddress(orgId: string, id: string): DocumentAddress {
  return { orgId, kind: 'sop', id };
}

export function recipeAddress(orgId: string, id: string): DocumentAddress {
  return { orgId, kind: 'recipe', id };
}

/** Who writes now. */
export function handOf<T extends ProcessTypes>(
  { clock }: Pick<ServiceContext<T>, 'clock'>,
  caller: Caller,
  comment?: string,
): Hand {
  return { userId: caller.userId, at: new Date(clock.nowMs()), comment };
}

export function givenSignature<T extends ProcessTypes>(
  { clock }: Pick<ServiceContext<T>, 'clock'>,
  caller: Caller,
  body: AskedSignature,
): GivenSignature {
  return {
    signer: caller.userId,
    meaning: body.meaning,
    contentHash: body.content_hash,
    authMethod: body.auth_method,
    authenticatedAt: body.authenticated_at,
    nowMs: clock.nowMs(),
  };
}
