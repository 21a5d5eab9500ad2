/** Where the servers of a measurement are. */
export type PeerServers = {
  /** Administrator's URL of a database of this peer alone, on the Postgres that all peers share. */
  postgresUrl: string;
  natsUrl: string;
  redisPort: number;
};

/** The side of a queue that enqueues. */
export type PeerClient = {
  /** Enqueues one no-op that carries the time of its enqueueing; settles when the queue acknowledged it. */
  enqueue(sentMs: number): Promise<void>;
  /** Enqueues so many at once, the way that the queue offers for it; settles when all are acknowledged. */
  enqueueMany(count: number, sentMs: number): Promise<void>;
  close(): Promise<void>;
};

/** What the side that works tells. */
export type WorkerTells = {
  /** A job begins; `sentMs` is what its enqueueing said. */
  started(sentMs: number): void;
  /** The end of so many jobs is acknowledged by the queue. */
  ended(count: number): void;
};

/** One queue under measurement; each side runs in a process of its own. */
export type Peer = {
  name: string;
  /** What one life of a job is here, as far as it differs from enqueue, claim, progress, finish. */
  remark: string;
  openClient(servers: PeerServers): Promise<PeerClient>;
  /** Works with so many jobs at a time until the process ends. */
  startWorker(servers: PeerServers, slots: number, tells: WorkerTells): Promise<void>;
};

/** Wall clock with fractions, comparable between processes of one machine. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
