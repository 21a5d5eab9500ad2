import type { Peer } from './peer.ts';

/** Every queue of the comparison by its key; loaded only in the process that needs it. */
export const peers = {
  spectra: async (): Promise<Peer> => (await import('./spectra-peer.ts')).spectraPeer,
  bullmq: async (): Promise<Peer> => (await import('./bullmq-peer.ts')).bullmqPeer,
  'pg-boss': async (): Promise<Peer> => (await import('./pg-boss-peer.ts')).pgBossPeer,
  'graphile-worker': async (): Promise<Peer> =>
    (await import('./graphile-worker-peer.ts')).graphileWorkerPeer,
};
export type PeerKey = keyof typeof peers;
