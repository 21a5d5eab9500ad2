import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { TelemetryBatch } from '@spectra/schemas';
import { startHubUnderLoad, type HubUnderLoad } from './fan-out/hub-under-load.ts';
import { quantile } from './quantile.ts';

/**
 * Live fan-out of the telemetry hub (NATS in, commit in Postgres, out to every viewer) against a bare `ws` broadcast
 * of the same text at the same rate, alternating in one run: delivered frames per CPU second of the server process.
 * Run with `node bench/fan-out.ts [--viewers 200] [--rate 50] [--seconds 5] [--rounds 3]`; the goal is a ratio of 1 or
 * more. The hub's side also pays for ingest and storage, which the peer does not have.
 */
const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '200' },
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
});
const [viewers, rateHz, seconds, rounds] = [values.viewers, values.rate, values.seconds, values.rounds].map(
  Number,
) as [number, number, number, number];

type Measured = {
  framesPerS: number;
  framesPerCpuS: number;
  cpuShare: number;
  delayP50Ms: number;
  delayP99Ms: number;
};

const crowd = fork(fileURLToPath(new URL('fan-out/viewers.ts', import.meta.url)));
const hub = await startHubUnderLoad(viewers);
const peer = await startPeer();
const stopPublishing = keepPublishing(hub);

console.log(`${viewers} viewers × ${rateHz} Hz, ${batch(0).time_s.length} samples a frame, ${rounds} rounds`);
const memoryBefore = await hub.residentBytes();
await open(hub.url, hub.headers, 1);
const ingestAlone = await measure('hub, one viewer', () => hub.cpuS());
const hubRounds: Measured[] = [];
const peerRounds: Measured[] = [];
for (let round = 1; round <= rounds; round += 1) {
  await open(hub.url, hub.headers, viewers);
  if (round === 1) tellMemory(await hub.residentBytes());
  hubRounds.push(await measure('hub', () => hub.cpuS()));
  await open(peer.url, {}, viewers);
  peerRounds.push(await measure('raw ws', () => peer.cpuS()));
}
const ratio = median(hubRounds, 'framesPerCpuS') / median(peerRounds, 'framesPerCpuS');
console.log(
  `ratio hub / raw ws, frames per CPU second: ${ratio.toFixed(2)} (goal ≥ 1.0), ingest and storage included`,
);
const fanOutShare = median(hubRounds, 'cpuShare') - ingestAlone.cpuShare;
const fanOutAlone = median(hubRounds, 'framesPerS') / fanOutShare / median(peerRounds, 'framesPerCpuS');
console.log(`ratio of the fan-out alone (CPU with one viewer subtracted): ${fanOutAlone.toFixed(2)}`);

stopPublishing();
crowd.kill();
peer.process.kill();
await hub.stop();

async function startPeer(): Promise<{ url: string; process: ChildProcess; cpuS(): Promise<number> }> {
  const { run_id: _, ...data } = batch(0);
  const message = { type: 'telemetry', seq: 1, timestamp: new Date().toISOString(), data };
  const file = fileURLToPath(new URL('fan-out/raw-ws-peer.ts', import.meta.url));
  const child = fork(file, [String(rateHz), JSON.stringify(message)]);
  const { port } = await answerOf<{ port: number }>(child);
  return {
    url: `ws://127.0.0.1:${port}`,
    process: child,
    async cpuS() {
      child.send('cpu');
      return (await answerOf<{ cpuS: number }>(child)).cpuS;
    },
  };
}

async function open(url: string, headers: Record<string, string>, count: number): Promise<void> {
  crowd.send({ kind: 'open', url, headers, count });
  const { connectMs } = await answerOf<{ connectMs: number }>(crowd);
  console.log(`  connected, ${connectMs.toFixed(1)} ms a viewer`);
}

async function measure(name: string, cpuS: () => Promise<number>): Promise<Measured> {
  await wait(500);
  const before = { ...(await counted()), cpuS: await cpuS(), atMs: performance.now() };
  await wait(seconds * 1000);
  const after = { ...(await counted()), cpuS: await cpuS(), atMs: performance.now() };
  const frames = after.frames - before.frames;
  const delays = after.delaysMs.slice(before.delaysMs.length);
  const measured = {
    framesPerS: frames / ((after.atMs - before.atMs) / 1000),
    framesPerCpuS: frames / (after.cpuS - before.cpuS),
    cpuShare: (after.cpuS - before.cpuS) / ((after.atMs - before.atMs) / 1000),
    delayP50Ms: quantile(delays, 0.5),
    delayP99Ms: quantile(delays, 0.99),
  };
  const { framesPerS, framesPerCpuS, delayP50Ms, delayP99Ms } = measured;
  console.log(
    `  ${name}: ${framesPerS.toFixed(0)} frames/s, ${framesPerCpuS.toFixed(0)} frames per CPU second, ` +
      `${(100 * measured.cpuShare).toFixed(1)} % of a CPU, ` +
      `delay p50 ${delayP50Ms} ms, p99 ${delayP99Ms} ms`,
  );
  return measured;
}

async function counted(): Promise<{ frames: number; delaysMs: number[] }> {
  crowd.send({ kind: 'count' });
  return answerOf<{ frames: number; delaysMs: number[] }>(crowd);
}

function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as Answer));
  });
}

function keepPublishing(target: HubUnderLoad): () => void {
  let index = 0;
  const timer = setInterval(() => {
    index += 1;
    void target.publish(batch(index));
  }, 1000 / rateHz);
  return () => clearInterval(timer);
}

/** A frame as an implant sends it: twelve channels, two samples. */
function batch(index: number): TelemetryBatch {
  const names = Array.from({ length: 12 }, (_, channel) => `channel_${channel}`);
  const channels = names.map((name): [string, number[]] => [name, [index + 0.123, index + 0.456]]);
  return {
    kind: 'telemetry',
    run_id: '',
    attempt: 1,
    batch: index,
    wafer_index: 0,
    time_s: [index / rateHz, (index + 0.5) / rateHz],
    channels: Object.fromEntries(channels),
  };
}

function tellMemory(after: number): void {
  const kilobytes = (after - memoryBefore) / viewers / 1024;
  console.log(`  hub: ${(after / 2 ** 20).toFixed(0)} MB resident, ${kilobytes.toFixed(1)} kB more a viewer`);
}

function median(measured: readonly Measured[], key: keyof Measured): number {
  return quantile(
    measured.map((one) => one[key]),
    0.5,
  );
}
