import { parseArgs } from 'node:util';
import { startJobServers } from './jobs/job-servers.ts';
import { peers, type PeerKey } from './jobs/peers.ts';
import { tellPowerCuts } from './jobs/power-cut.ts';
import { runPeer, type Round, type RunningPeer } from './jobs/run-peer.ts';
import { quantile } from './quantile.ts';

/**
 * The life of a no-op job here, in BullMQ, in pg-boss and in graphile-worker: alternating rounds on one machine, each
 * peer with its client and its worker in processes of their own, CPU time summed over all processes that took part.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    jobs: { type: 'string', default: '10000' },
    only: { type: 'string' },
    /** Power cuts of each queue; 0 leaves them out. */
    cuts: { type: 'string', default: '3' },
  },
});
const [rounds, jobs] = [Number(values.rounds), Number(values.jobs)];
const slots = 50;
const bulk = 1000;
const pacedPerS = 100;
/** So many until the compiler has made what it will make of a peer: its first thousands cost up to twice as much. */
const warmUpJobs = 20_000;
/** So many before each round: while the others had their turns, the engine of a peer at rest gave up memory and code. */
const wakeUpJobs = 2_000;

type Rounds = Record<'single' | 'bulk' | 'paced', Round[]>;
type Contestant = { key: PeerKey; name: string; remark: string; running: RunningPeer; rounds: Rounds };

const servers = await startJobServers(slots);
try {
  if (servers.redis === null)
    console.log('BullMQ is left out: no redis-server on PATH, and none to be fetched');
  const contestants = await start(chosen());
  for (const contestant of contestants) await warmUp(contestant);
  for (let round = 1; round <= rounds; round += 1) {
    for (const contestant of contestants) await playRound(contestant, round);
  }
  for (const { running } of contestants) await running.stop();
  report(contestants);
} finally {
  await servers.stop();
}
await tellPowerCuts(Number(values.cuts));

function chosen(): PeerKey[] {
  const all = (Object.keys(peers) as PeerKey[]).filter((key) => key !== 'bullmq' || servers.redis !== null);
  const wanted = values.only?.split(',');
  return wanted === undefined ? all : all.filter((key) => wanted.includes(key));
}

async function start(keys: readonly PeerKey[]): Promise<Contestant[]> {
  const started: Contestant[] = [];
  for (const key of keys) {
    const { name, remark } = await peers[key]();
    const order = { peer: key, servers: servers.addresses[key], slots };
    const running = await runPeer(order, servers.pidsOf(key));
    started.push({ key, name, remark, running, rounds: { single: [], bulk: [], paced: [] } });
  }
  return started;
}

async function warmUp({ name, running }: Contestant): Promise<void> {
  await running.measure({ kind: 'single', jobs: sized(name, warmUpJobs), inFlight: slots });
  await running.measure({ kind: 'bulk', jobs: 1000, bulk });
}

async function playRound({ name, running, rounds }: Contestant, round: number): Promise<void> {
  // Nobody's round pays for what another's left behind.
  await servers.tidyUp();
  await running.measure({ kind: 'single', jobs: sized(name, wakeUpJobs), inFlight: slots });
  const single = await running.measure({ kind: 'single', jobs: sized(name, jobs), inFlight: slots });
  const inBulk = await running.measure({ kind: 'bulk', jobs: sized(name, jobs), bulk });
  const paced = await running.measure({ kind: 'paced', jobs: 5 * pacedPerS, perS: pacedPerS });
  rounds.single.push(single);
  rounds.bulk.push(inBulk);
  rounds.paced.push(paced);
  console.log(
    `  round ${round}  ${name.padEnd(16)} single ${perS(single)}   bulk ${perS(inBulk)}   CPU ${single.cpuMsPerJob.toFixed(3)} ms/job`,
  );
}

/** The slow ones get fewer jobs, so that a round takes seconds everywhere. */
function sized(name: string, wanted: number): number {
  return name === 'pg-boss' || name === 'graphile-worker' ? Math.ceil(wanted / 4) : wanted;
}

function report(contestants: readonly Contestant[]): void {
  console.log(`\nmedians of ${rounds} rounds, ${slots} jobs in flight`);
  console.log(
    `${''.padEnd(17)}${'single'.padStart(12)}${'bulk'.padStart(12)}${'CPU ms/job'.padStart(12)}${'start p50'.padStart(12)}${'p99, ms'.padStart(10)}`,
  );
  for (const { name, remark, rounds: played } of contestants) {
    const waits = played.paced.flatMap((round) => round.startedAfterMs).toSorted((a, b) => a - b);
    const at = (share: number) => (waits[Math.floor(share * (waits.length - 1))] ?? NaN).toFixed(1);
    const cells = [
      `${median(played.single, 'perS').toFixed(0)}/s`.padStart(12),
      `${median(played.bulk, 'perS').toFixed(0)}/s`.padStart(12),
      median(played.single, 'cpuMsPerJob').toFixed(3).padStart(12),
      at(0.5).padStart(12),
      at(0.99).padStart(10),
    ];
    console.log(`${name.padEnd(17)}${cells.join('')}   ${remark}`);
  }
  tellRatios(contestants);
}

function tellRatios(contestants: readonly Contestant[]): void {
  const ours = contestants.find(({ key }) => key === 'spectra');
  if (ours === undefined) return;
  for (const { key, name, rounds: played } of contestants) {
    if (key === 'spectra') continue;
    const goal = key === 'bullmq' ? ' (goal > 1)' : key === 'pg-boss' ? ' (goal ≥ 5)' : '';
    const [single, inBulk] = [ratio(ours.rounds.single, played.single), ratio(ours.rounds.bulk, played.bulk)];
    console.log(`SPECTRA / ${name}: single ${single}${goal}, bulk ${inBulk}`);
  }
  const cpu = median(ours.rounds.single, 'cpuMsPerJob');
  console.log(`SPECTRA: ${cpu.toFixed(3)} CPU ms per job over all processes (goal ≤ 0.5)`);
}

function median(all: readonly Round[], field: 'perS' | 'cpuMsPerJob'): number {
  return quantile(
    all.map((round) => round[field]),
    0.5,
  );
}

/** The middle of the ratios round by round, which were played within the same half minute, and between which they lie. */
function ratio(ours: readonly Round[], theirs: readonly Round[]): string {
  const ratios = ours.map((round, index) => round.perS / (theirs[index]?.perS ?? NaN));
  const [middle, least, most] = [quantile(ratios, 0.5), Math.min(...ratios), Math.max(...ratios)];
  return `${middle.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function perS(round: Round): string {
  return `${round.perS.toFixed(0)}/s`.padStart(8);
}
