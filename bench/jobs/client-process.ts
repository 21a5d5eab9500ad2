import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { wallMs, type PeerClient, type PeerServers } from './peer.ts';
import { peers, type PeerKey } from './peers.ts';
import type { WorkerNews, WorkerOrder } from './worker-process.ts';

/** One thing to measure, and what the measurement answers. */
export type Measure =
  | { kind: 'single'; jobs: number; inFlight: number }
  | { kind: 'bulk'; jobs: number; bulk: number }
  | { kind: 'paced'; jobs: number; perS: number };
export type Measured = { elapsedMs: number; startedAfterMs: number[] };
export type ClientOrder = { peer: PeerKey; servers: PeerServers; slots: number };

type Floor = {
  client: PeerClient;
  ended: number;
  startedAfterMs: number[];
  /** Called whenever the worker told something. */
  look: () => void;
};

process.once('message', (order: ClientOrder) => void begin(order));

async function begin({ peer, servers, slots }: ClientOrder): Promise<void> {
  const client = await (await peers[peer]()).openClient(servers);
  const floor: Floor = { client, ended: 0, startedAfterMs: [], look: () => undefined };
  const worker = fork(fileURLToPath(new URL('worker-process.ts', import.meta.url)));
  process.once('disconnect', () => {
    worker.kill('SIGTERM');
    process.exit(0);
  });
  await startWorker(worker, { peer, servers, slots }, floor);
  process.on('message', (measure: Measure) => {
    void run(floor, measure).then((measured) => process.send?.(measured));
  });
  process.send?.('ready');
}

function startWorker(worker: ChildProcess, order: WorkerOrder, floor: Floor): Promise<void> {
  worker.send(order);
  return new Promise((resolve) => {
    worker.on('message', (news: WorkerNews) => {
      if (news.ready) {
        resolve();
        return;
      }
      floor.ended += news.ended;
      floor.startedAfterMs.push(...news.startedAfterMs);
      floor.look();
    });
  });
}

async function run(floor: Floor, measure: Measure): Promise<Measured> {
  floor.ended = 0;
  floor.startedAfterMs = [];
  const begunMs = performance.now();
  if (measure.kind === 'single') await keepInFlight(floor, measure.jobs, measure.inFlight);
  else if (measure.kind === 'bulk') await sendInBulk(floor, measure.jobs, measure.bulk);
  else await sendPaced(floor, measure.jobs, measure.perS);
  await allEnded(floor, measure.jobs);
  return { elapsedMs: performance.now() - begunMs, startedAfterMs: floor.startedAfterMs };
}

/** Single enqueues; each ended job makes room for the next. */
function keepInFlight(floor: Floor, jobs: number, inFlight: number): Promise<void> {
  let sent = 0;
  return new Promise((resolve, reject) => {
    const fill = (): void => {
      while (sent < jobs && sent - floor.ended < inFlight) {
        sent += 1;
        floor.client.enqueue(wallMs()).catch(reject);
      }
      if (sent === jobs) resolve();
    };
    floor.look = fill;
    fill();
  });
}

async function sendInBulk(floor: Floor, jobs: number, bulk: number): Promise<void> {
  for (let sent = 0; sent < jobs; sent += bulk) {
    await floor.client.enqueueMany(Math.min(bulk, jobs - sent), wallMs());
  }
}

/** At even times, whether or not the earlier ones are through. */
async function sendPaced(floor: Floor, jobs: number, perS: number): Promise<void> {
  const begunMs = performance.now();
  const acknowledged: Promise<void>[] = [];
  for (let sent = 0; sent < jobs; sent += 1) {
    await wait(Math.max(0, begunMs + (sent * 1000) / perS - performance.now()));
    acknowledged.push(floor.client.enqueue(wallMs()));
  }
  await Promise.all(acknowledged);
}

function allEnded(floor: Floor, jobs: number): Promise<void> {
  return new Promise((resolve) => {
    floor.look = () => {
      if (floor.ended >= jobs) resolve();
    };
    floor.look();
  });
}
