import type { Messaging } from '@spectra/messaging';
import { accept, identityRpc } from '@spectra/schemas';
import type { Users } from './users.ts';

/** Tells process services whether the people who signed something are still active. */
export function serveIdentity(messaging: Pick<Messaging, 'serve'>, users: Users): () => Promise<void> {
  return messaging.serve('gateway', identityRpc.signerStanding, async ({ body }) => {
    const standings = await users.standings(body.org_id, body.user_ids);
    return accept({ standings });
  });
}
