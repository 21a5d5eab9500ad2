import { Agent, request } from 'node:http';

/** One load: where to, with what, how often, how many at once. */
export type Load = {
  url: string;
  headers: Record<string, string>;
  body: string;
  requests: number;
  inFlight: number;
};

export type Measured = { perS: number; p50Ms: number; p99Ms: number };

/** Sends the same request again and again over kept connections; every answer must be a 202. */
export async function runLoad(load: Load): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.inFlight });
  const timesMs: number[] = [];
  let left = load.requests;
  const begunMs = performance.now();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const sentMs = performance.now();
      await send(load, agent);
      timesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, worker));
  const elapsedS = (performance.now() - begunMs) / 1000;
  agent.destroy();
  const sorted = timesMs.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { perS: load.requests / elapsedS, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function send(load: Load, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...load.headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(load.body),
    };
    const outgoing = request(load.url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => {
        if (answer.statusCode === 202) resolve();
        else reject(new Error(`${load.url} answered ${answer.statusCode}: ${text.slice(0, 500)}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(load.body);
  });
}
