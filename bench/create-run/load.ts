import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import { cpuMs } from '../jobs/cpu-time.ts';
import { quantile } from '../quantile.ts';

/** One load: what is sent, where to, one request for each address, how many at once, and who works for it. */
export type Load = {
  method: 'POST' | 'DELETE';
  urls: readonly string[];
  headers: Record<string, string>;
  body?: string;
  inFlight: number;
  /** Sent at this even pace, whether the answers come or not; absent: as fast as so many at once are answered. */
  perS?: number;
  /** The processes that answer, by name; the client is none of them. */
  pids: Readonly<Record<string, number>>;
};

export type Measured = {
  perS: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU time of each process, and of all, a request. */
  cpuMs: Readonly<Record<string, number>>;
  cpuMsOfAll: number;
  answers: Record<string, unknown>[];
};

/** Sends one request after the other over kept connections; every answer must be a 202. */
export async function runLoad(load: Load): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.inFlight });
  const timesMs: number[] = [];
  const answers: Record<string, unknown>[] = [];
  const waiting = load.urls.map((url, index) => ({ url, afterMs: (index / (load.perS ?? Infinity)) * 1000 }));
  const names = Object.keys(load.pids);
  const usedMs = () => names.map((name) => cpuMs([load.pids[name] ?? -1]));
  const before = usedMs();
  const begunMs = performance.now();
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const dueMs = begunMs + next.afterMs;
      if (dueMs > performance.now()) await wait(dueMs - performance.now());
      // Whoever was due before it could be sent has waited since then.
      const askedMs = load.perS === undefined ? performance.now() : dueMs;
      answers.push(await send(load, next.url, agent));
      timesMs.push(performance.now() - askedMs);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, worker));
  const elapsedS = (performance.now() - begunMs) / 1000;
  const requests = load.urls.length;
  const spent = usedMs().map((ms, index) => (ms - (before[index] ?? 0)) / requests);
  agent.destroy();
  return {
    perS: requests / elapsedS,
    p50Ms: quantile(timesMs, 0.5),
    p99Ms: quantile(timesMs, 0.99),
    cpuMs: Object.fromEntries(names.map((name, index) => [name, spent[index] ?? 0])),
    cpuMsOfAll: spent.reduce((sum, ms) => sum + ms, 0),
    answers,
  };
}

function send(
  { method, headers, body = '' }: Load,
  url: string,
  agent: Agent,
): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const length = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = { ...headers, ...(body === '' ? {} : length) };
    const outgoing = request(url, { method, agent, headers: sent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        if (answer.statusCode === 202) resolve(JSON.parse(text) as Record<string, unknown>);
        else reject(new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
