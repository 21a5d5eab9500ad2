import { z } from 'zod';
import { rpcContract } from './rpc.ts';

/** Whether the signature of a person still counts: `unknown` is nobody of the organisation. */
export const signerStandingSchema = z.enum(['active', 'disabled', 'unknown']);
export type SignerStanding = z.infer<typeof signerStandingSchema>;

/** Abilities of the gateway as the owner of users (service name `gateway`). No caller: the platform itself asks. */
export const identityRpc = {
  signerStanding: rpcContract(
    'signer-standing',
    z.object({ org_id: z.uuid(), user_ids: z.array(z.string()).max(1000) }),
    z.object({ standings: z.record(z.string(), signerStandingSchema) }),
  ),
} as const;
