import { accept } from '@spectra/schemas';
import type { SignerStandings } from '../src/gates/signer-standings.ts';

/** Stands for the gateway: everybody is active but those in the set. */
export function signersWithout(disabled: ReadonlySet<string>): SignerStandings {
  const standingOf = (id: string) => (disabled.has(id) ? ('disabled' as const) : ('active' as const));
  const answer: SignerStandings['recent'] = async (_orgId, ids) =>
    accept(Object.fromEntries(ids.map((id) => [id, standingOf(id)])));
  return { recent: answer, present: answer };
}

export const everybodyActive = signersWithout(new Set());
