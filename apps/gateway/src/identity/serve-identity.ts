import type { Messaging } from '@spectra/messaging';
import { accept, identityRpc } from '@spectra/schemas';
import type { Standing } from './standing.ts';
import type { Users } from './users.ts';

/** Tells other services whether people who signed are still active, and what those may do for whom work goes on. */
export function serveIdentity(
  messaging: Pick<Messaging, 'serve'>,
  { users, standing }: { users: Users; standing: Standing },
): () => Promise<void> {
  const stops = [
    messaging.serve('gateway', identityRpc.signerStanding, async ({ body }) => {
      const standings = await users.standings(body.org_id, body.user_ids);
      return accept({ standings });
    }),
    messaging.serve('gateway', identityRpc.callerStanding, ({ body }) => standing(body)),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}
