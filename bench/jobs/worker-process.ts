import type { PeerServers } from './peer.ts';
import { peers, type PeerKey } from './peers.ts';

/** What the client's process hands over at the start. */
export type WorkerOrder = { peer: PeerKey; servers: PeerServers; slots: number };
/** What the worker tells: when it is ready, then what happened since the last message. */
export type WorkerNews = { ready: true } | { ready: false; ended: number; startedAfterMs: number[] };

process.once('message', (order: WorkerOrder) => void work(order));
process.once('SIGTERM', () => process.exit(0));

async function work({ peer, servers, slots }: WorkerOrder): Promise<void> {
  let news: { ended: number; startedAfterMs: number[] } | null = null;
  // One message for all that happened in a turn of the event loop: telling must not cost more than the job.
  const openNews = () => {
    if (news !== null) return news;
    const opened = { ended: 0, startedAfterMs: [] as number[] };
    news = opened;
    setImmediate(() => {
      news = null;
      process.send?.({ ready: false, ...opened } satisfies WorkerNews);
    });
    return opened;
  };
  await (await peers[peer]()).startWorker(servers, slots, {
    started: (sentMs) =>
      void openNews().startedAfterMs.push(performance.timeOrigin + performance.now() - sentMs),
    ended: (count) => void (openNews().ended += count),
  });
  process.send?.({ ready: true } satisfies WorkerNews);
}
