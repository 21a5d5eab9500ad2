import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import {
  type ImplantInput,
  implantProfile,
  monteCarloPlan,
  runMonteCarloBatch,
  type Species,
  summarizeMonteCarlo,
} from '@spectra/ion-physics';
import { quantile } from './quantile.ts';

/**
 * Fast profile (goal p50 < 1 ms) and Monte Carlo ions per CPU second in amorphous silicon against the rates of
 * native single-thread codes. Run with `node bench/ion-physics.ts`.
 */
const ROUNDS = 5;
const CASES: readonly { species: Species; energyKeV: number; nativePerCpuS: number }[] = [
  { species: 'B', energyKeV: 20, nativePerCpuS: 20_800 },
  { species: 'P', energyKeV: 40, nativePerCpuS: 18_700 },
  { species: 'As', energyKeV: 80, nativePerCpuS: 14_700 },
];

function inputOf(species: Species, energyKeV: number, crystalline: boolean): ImplantInput {
  return {
    species,
    energyKeV,
    dosePerCm2: 1e14,
    tiltDeg: 7,
    twistDeg: 22,
    target: { crystalline, layers: [] },
  };
}

function profileTimesMs(input: ImplantInput): number[] {
  for (let i = 0; i < 300; i += 1) implantProfile(input);
  return Array.from({ length: 2000 }, () => {
    const startMs = performance.now();
    implantProfile(input);
    return performance.now() - startMs;
  });
}

function ionsPerCpuS(input: ImplantInput, ions: number): number {
  const plan = monteCarloPlan(input, { ions, seed: 1 });
  runMonteCarloBatch(plan, 0);
  const rates = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    const batches = Array.from({ length: plan.batchCount }, (_, i) => runMonteCarloBatch(plan, i));
    const { user, system } = process.cpuUsage(start);
    summarizeMonteCarlo(plan, batches);
    return plan.options.ions / ((user + system) / 1e6);
  });
  return quantile(rates, 0.5);
}

/** Wall time of the same ions on a number of threads, after all of them have built their tables. */
async function ionsPerWallS(input: ImplantInput, ions: number, threads: number): Promise<number> {
  const url = new URL('./ion-monte-carlo-worker.ts', import.meta.url);
  const workers = Array.from(
    { length: threads },
    (_, thread) => new Worker(url, { workerData: { input, ions, thread, threads } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const startMs = performance.now();
  const done = workers.map((worker) => once(worker, 'message'));
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  for (const worker of workers) worker.postMessage('go');
  await Promise.all(done);
  return (ions / (performance.now() - startMs)) * 1000;
}

console.log('fast profile (crystalline, dual Pearson)    p50 ms   p99 ms   goal p50 < 1');
for (const { species, energyKeV } of [...CASES, { species: 'BF2' as const, energyKeV: 30 }]) {
  const times = profileTimesMs(inputOf(species, energyKeV, true));
  const label = `${species} ${energyKeV} keV`.padEnd(40);
  console.log(
    `${label} ${quantile(times, 0.5).toFixed(3).padStart(9)} ${quantile(times, 0.99).toFixed(3).padStart(8)}`,
  );
}
console.log('\nMonte Carlo, one thread                  ions/CPU s   native   ratio');
for (const { species, energyKeV, nativePerCpuS } of CASES) {
  const rate = ionsPerCpuS(inputOf(species, energyKeV, false), 20_000);
  const label = `${species} ${energyKeV} keV`.padEnd(40);
  const ratio = (rate / nativePerCpuS).toFixed(2);
  console.log(
    `${label} ${rate.toFixed(0).padStart(10)} ${String(nativePerCpuS).padStart(8)} ${ratio.padStart(7)}`,
  );
}

console.log('\nMonte Carlo, threads                     ions/s of wall time (B 20 keV)');
for (const threads of new Set([1, 2, availableParallelism()])) {
  const rate = await ionsPerWallS(inputOf('B', 20, false), 100_000, threads);
  console.log(`${String(threads).padEnd(40)} ${rate.toFixed(0).padStart(10)}`);
}
console.log('\nMonte Carlo, crystalline Si              ions/CPU s');
for (const { species, energyKeV } of CASES) {
  console.log(
    `${`${species} ${energyKeV} keV`.padEnd(40)} ${ionsPerCpuS(inputOf(species, energyKeV, true), 4000)
      .toFixed(0)
      .padStart(10)}`,
  );
}
