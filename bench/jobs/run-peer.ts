import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClientOrder, Measure, Measured } from './client-process.ts';
import { cpuMs } from './cpu-time.ts';

/** One measurement with what it cost. */
export type Round = Measured & { perS: number; cpuMsPerJob: number };

/** A peer's client process and, through it, its worker. */
export type RunningPeer = { measure(measure: Measure): Promise<Round>; stop(): Promise<void> };

const measureLimitMs = 180_000;

/** Starts client and worker of a peer; `serverPids` are the processes that work for it beside them. */
export async function runPeer(order: ClientOrder, serverPids: readonly number[]): Promise<RunningPeer> {
  const client = fork(fileURLToPath(new URL('client-process.ts', import.meta.url)));
  client.send(order);
  await nextMessage(client, order.peer);
  const pids = [client.pid ?? -1, ...serverPids];
  return {
    measure: async (measure) => {
      const before = cpuMs(pids);
      client.send(measure);
      const measured = (await nextMessage(client, order.peer)) as Measured;
      const spent = cpuMs(pids) - before;
      return {
        ...measured,
        perS: (measure.jobs * 1000) / measured.elapsedMs,
        cpuMsPerJob: spent / measure.jobs,
      };
    },
    stop: async () => {
      const ended = new Promise((resolve) => client.once('exit', resolve));
      client.disconnect();
      await ended;
    },
  };
}

function nextMessage(client: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('took too long'), measureLimitMs);
    const fail = (what: string): void => {
      finish();
      reject(new Error(`${name} ${what}`));
    };
    const ended = (): void => fail('ended early');
    const finish = (): void => {
      clearTimeout(timer);
      client.off('exit', ended);
    };
    client.once('exit', ended);
    client.once('message', (message) => {
      finish();
      resolve(message);
    });
  });
}
