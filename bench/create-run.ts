import { parseArgs } from 'node:util';
import { runLoad, type Load, type Measured } from './create-run/load.ts';
import { startCreateRunPlatform } from './create-run/platform.ts';
import { quantile } from './quantile.ts';

/**
 * Creating a run through gateway, process service and orchestrator against a bare Fastify handler (zod, token, one
 * INSERT, one publish, one process), alternating in one run on durable Postgres and NATS. Run with
 * `node bench/create-run.ts [--requests 600] [--in-flight 16] [--rounds 3]`; the goal is at least half of the bare
 * handler's requests per second.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '600' },
    'in-flight': { type: 'string', default: '16' },
    rounds: { type: 'string', default: '3' },
  },
});
const [requests, inFlight, rounds] = [values.requests, values['in-flight'], values.rounds].map(Number) as [
  number,
  number,
  number,
];

const body = JSON.stringify({
  species: 'P',
  energy_kev: 40,
  dose_atoms_cm2: 1e15,
  tilt_deg: 7,
  twist_deg: 0,
  beam_current_ma: 5,
  scan_speed_mm_s: 50,
  wafer_diameter_mm: 300,
  wafer_id: 'W12345',
  lot_id: 'LOT-001',
});

const platform = await startCreateRunPlatform();
try {
  const headers = { authorization: `Bearer ${platform.accessToken}` };
  const runsUrl = `${platform.base}/api/ion/runs`;
  const creations = (url: string, count: number): Load => ({
    method: 'POST',
    urls: Array.from({ length: count }, () => url),
    headers,
    body,
    inFlight,
    pids: url === runsUrl ? platform.pids.platform : platform.pids.bare,
  });
  const cancels = (runs: readonly Record<string, unknown>[]): Load => ({
    method: 'DELETE',
    urls: runs.map((run) => `${runsUrl}/${String(run['run_id'])}`),
    headers,
    inFlight,
    pids: platform.pids.platform,
  });
  const warm = await runLoad(creations(runsUrl, 200));
  await runLoad(cancels(warm.answers));
  await runLoad(creations(platform.bareUrl, 200));
  console.log(`${requests} requests, ${inFlight} in flight, ${rounds} rounds`);
  const [oursRounds, bareRounds]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    bareRounds.push(tell('bare handler', await runLoad(creations(platform.bareUrl, requests))));
    const ours = tell('create-run path', await runLoad(creations(runsUrl, requests)));
    oursRounds.push(ours);
    tell('cancel of a queued run', await runLoad(cancels(ours.answers)));
  }
  const ratio = median(oursRounds, 'perS') / median(bareRounds, 'perS');
  console.log(`ratio create-run path / bare handler, requests per second: ${ratio.toFixed(2)} (goal ≥ 0.5)`);
  tell('create-run path, one at a time', await runLoad({ ...creations(runsUrl, 100), inFlight: 1 }));
  tell('create-run path, 100 /s', await runLoad({ ...creations(runsUrl, 1000), perS: 100, inFlight: 100 }));
} finally {
  await platform.stop();
}

function tell(name: string, measured: Measured): Measured {
  const { perS, p50Ms, p99Ms, cpuMsOfAll } = measured;
  const shares = Object.entries(measured.cpuMs).map(([process, ms]) => `${process} ${ms.toFixed(2)}`);
  console.log(
    `  ${name.padEnd(30)} ${perS.toFixed(0).padStart(6)} /s   p50 ${p50Ms.toFixed(1)} ms   p99 ${p99Ms.toFixed(1)} ms` +
      `   CPU ${cpuMsOfAll.toFixed(2)} ms (${shares.join(', ')})`,
  );
  return measured;
}

function median(rounds: readonly Measured[], field: 'perS' | 'cpuMsOfAll'): number {
  return quantile(
    rounds.map((round) => round[field]),
    0.5,
  );
}
