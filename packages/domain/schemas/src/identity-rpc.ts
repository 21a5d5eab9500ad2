import { z } from 'zod';
import { callerSchema } from './identity.ts';
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
  /**
   * What a user or an API key may do now, for work that goes on in their name; null for one that is unknown,
   * disabled, revoked or expired.
   */
  callerStanding: rpcContract(
    'caller-standing',
    z.object({ org_id: z.uuid(), user_id: z.string() }),
    z.object({ caller: callerSchema.nullable() }),
  ),
} as const;
