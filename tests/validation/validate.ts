import { anneals, crystallineJunctions, wholeChains } from './anneals.ts';
import { tailLaws, type TailShare, tailShares } from './channelled-tails.ts';
import { type CheckedRow, failuresOf } from './check.ts';
import { BALANCE_TOLERANCE, type BalancePoint, energyBalance } from './energy-balance.ts';
import { fastRanges } from './fast-ranges.ts';
import { monteCarloRanges } from './monte-carlo-ranges.ts';
import { diffusivities, oxides } from './oxides-and-diffusivities.ts';
import type { RecordedRuns } from './recorded-runs.ts';

/** Everything that the report shows, computed but for the recorded Monte Carlo. */
export type Validation = {
  fast: CheckedRow[];
  monteCarlo: CheckedRow[];
  anneals: CheckedRow[];
  chains: CheckedRow[];
  /** For information: it has no tolerance. */
  crystallineJunctions: ReturnType<typeof crystallineJunctions>;
  oxides: CheckedRow[];
  diffusivities: CheckedRow[];
  tails: TailShare[];
  laws: ReturnType<typeof tailLaws>;
  balance: BalancePoint[];
};

/** Compares everything with its reference. */
export function validate(runs: RecordedRuns): Validation {
  const tails = tailShares(runs.tails);
  return {
    fast: fastRanges(),
    monteCarlo: monteCarloRanges(runs.ranges),
    anneals: anneals(),
    chains: wholeChains(),
    crystallineJunctions: crystallineJunctions(),
    oxides: oxides(),
    diffusivities: diffusivities(),
    tails,
    laws: tailLaws(tails),
    balance: energyBalance(),
  };
}

/** Whatever left its tolerance, as sentences; nothing else may be in the report as failed. */
export function allFailures(validation: Validation): string[] {
  const { fast, monteCarlo, laws, balance } = validation;
  const rows = [
    ...named('fast profile', fast),
    ...named('Monte Carlo', monteCarlo),
    ...named('anneal', validation.anneals),
    ...named('chain', validation.chains),
    ...named('oxide', validation.oxides),
    ...named('diffusivity', validation.diffusivities),
  ];
  return [
    ...failuresOf(rows),
    ...laws.filter((law) => !law.passed).map((law) => `channelling: it does not hold that ${law.claim}`),
    ...balance
      .filter((point) => !(Math.max(point.waferResidual, point.wallResidual) <= BALANCE_TOLERANCE))
      .map((point) => `energy balance at ${point.timeS.toFixed(1)} s is off by ${point.waferResidual}`),
  ];
}

function named(section: string, rows: readonly CheckedRow[]): CheckedRow[] {
  return rows.map((row) => ({ ...row, label: `${section}, ${row.label}` }));
}
