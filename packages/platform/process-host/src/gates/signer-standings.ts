import { accept, identityRpc } from '@spectra/schemas';
import type { Result, SignerStanding } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { Clock } from '@spectra/service-kit';

export type Standings = Readonly<Record<string, SignerStanding>>;

/** Whether the people who signed are still active; the gateway owns users and is asked for it. */
export interface SignerStandings {
  /** For a submit: an answer may be some seconds old, for the start looks again. */
  recent(orgId: string, userIds: readonly string[]): Promise<Result<Standings>>;
  /** For a start: as it is now. Waits a little for a gateway that is just being restarted. */
  present(orgId: string, userIds: readonly string[]): Promise<Result<Standings>>;
}

const recentMs = 10_000;
const rememberedMax = 10_000;
const patience = { tries: 6, betweenMs: 2_000 };

/** Asks the gateway over the message bus. */
export function askSignerStandings(
  messaging: Pick<Messaging, 'call'>,
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
): SignerStandings {
  const remembered = new Map<string, { standing: SignerStanding; atMs: number }>();
  const ask = async (orgId: string, userIds: readonly string[]): Promise<Result<Standings>> => {
    if (userIds.length === 0) return accept({});
    const answer = await messaging.call('gateway', identityRpc.signerStanding, {
      body: { org_id: orgId, user_ids: [...userIds] },
    });
    if (!answer.ok) return answer;
    if (remembered.size > rememberedMax) remembered.clear();
    for (const [userId, standing] of Object.entries(answer.value.standings)) {
      remembered.set(`${orgId}/${userId}`, { standing, atMs: clock.monotonicMs() });
    }
    return accept(answer.value.standings);
  };
  return {
    recent(orgId, userIds) {
      const known = userIds.map((userId) => [userId, remembered.get(`${orgId}/${userId}`)] as const);
      const fresh = known.every(([, entry]) => entry && clock.monotonicMs() - entry.atMs < recentMs);
      if (!fresh) return ask(orgId, userIds);
      const standings = known.flatMap(([userId, entry]) => (entry ? [[userId, entry.standing]] : []));
      return Promise.resolve(accept(Object.fromEntries(standings)));
    },
    async present(orgId, userIds) {
      for (let attempt = 1; ; attempt += 1) {
        const answer = await ask(orgId, userIds);
        const away = !answer.ok && answer.refusal.code === 'dependency_unavailable';
        if (!away || attempt >= patience.tries) return answer;
        await new Promise<void>((resolve) => clock.after(patience.betweenMs, resolve));
      }
    },
  };
}
