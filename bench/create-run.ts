import { parseArgs } from 'node:util';
import { runLoad, type Load, type Measured } from './create-run/load.ts';
import { startCreateRunPlatform } from './create-run/platform.ts';

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
  const ours: Load = { url: platform.runsUrl, headers, body, requests, inFlight };
  const bare: Load = { ...ours, url: platform.bareUrl };
  await runLoad({ ...ours, requests: 100 });
  await runLoad({ ...bare, requests: 100 });
  console.log(`${requests} requests, ${inFlight} in flight, ${rounds} rounds`);
  const [oursRounds, bareRounds]: [Measured[], Measured[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    bareRounds.push(tell('bare handler', await runLoad(bare)));
    oursRounds.push(tell('create-run path', await runLoad(ours)));
  }
  const ratio = median(oursRounds, 'perS') / median(bareRounds, 'perS');
  console.log(`ratio create-run path / bare handler, requests per second: ${ratio.toFixed(2)} (goal ≥ 0.5)`);
  tell('create-run path, one at a time', await runLoad({ ...ours, requests: 100, inFlight: 1 }));
} finally {
  await platform.stop();
}

function tell(name: string, measured: Measured): Measured {
  const { perS, p50Ms, p99Ms } = measured;
  console.log(
    `  ${name.padEnd(30)} ${perS.toFixed(0).padStart(6)} /s   p50 ${p50Ms.toFixed(1)} ms   p99 ${p99Ms.toFixed(1)} ms`,
  );
  return measured;
}

function median(rounds: readonly Measured[], field: keyof Measured): number {
  const sorted = rounds.map((round) => round[field]).toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
