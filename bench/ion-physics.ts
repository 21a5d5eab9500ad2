import { performance } from 'node:perf_hooks';
import {
  type ImplantInput,
  implantProfile,
  monteCarloPlan,
  runMonteCarloBatch,
  type Species,
  summarizeMonteCarlo,
} from '@spectra/ion-physics';

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
  return { species, energyKeV, dosePerCm2: 1e14, tiltDeg: 7, twistDeg: 22, target: { crystalline, layers: [] } };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function profileTimesMs(input: ImplantInput): number[] {
  for (let i = 0; i < 300; i += 1) implantProfile(input);
  const times = Array.from({ length: 2000 }, () => {
    const startMs = performance.now();
    implantProfile(input);
    return performance.now() - startMs;
  });
  return times.sort((a, b) => a - b);
}

function ionsPerCpuS(input: ImplantInput): number {
  const plan = monteCarloPlan(input, { ions: 20_000, seed: 1 });
  runMonteCarloBatch(plan, 0);
  const rates = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    const batches = Array.from({ length: plan.batchCount }, (_, i) => runMonteCarloBatch(plan, i));
    const { user, system } = process.cpuUsage(start);
    summarizeMonteCarlo(plan, batches);
    return plan.options.ions / ((user + system) / 1e6);
  });
  return quantile(rates.sort((a, b) => a - b), 0.5);
}

console.log('fast profile (crystalline, dual Pearson)    p50 ms   p99 ms   goal p50 < 1');
for (const { species, energyKeV } of [...CASES, { species: 'BF2' as const, energyKeV: 30 }]) {
  const times = profileTimesMs(inputOf(species, energyKeV, true));
  const label = `${species} ${energyKeV} keV`.padEnd(40);
  console.log(`${label} ${quantile(times, 0.5).toFixed(3).padStart(9)} ${quantile(times, 0.99).toFixed(3).padStart(8)}`);
}
console.log('\nMonte Carlo, one thread                  ions/CPU s   native   ratio');
for (const { species, energyKeV, nativePerCpuS } of CASES) {
  const rate = ionsPerCpuS(inputOf(species, energyKeV, false));
  const label = `${species} ${energyKeV} keV`.padEnd(40);
  const ratio = (rate / nativePerCpuS).toFixed(2);
  console.log(`${label} ${rate.toFixed(0).padStart(10)} ${String(nativePerCpuS).padStart(8)} ${ratio.padStart(7)}`);
}
