import { readFileSync } from 'node:fs';
import { type RecordedTail, runTails } from './channelled-tails.ts';
import { monteCarloRun, type RecordedRun, REPORT_IONS } from './monte-carlo-ranges.ts';
import { rangeRows } from './range-reference.ts';

/** The Monte Carlo behind the report: minutes of computing, so it is kept beside the report, one run a line. */
export type RecordedRuns = { ranges: readonly RecordedRun[]; tails: readonly RecordedTail[] };

/** Where the runs are kept, below `docs`. */
export const RECORD_FILE = 'validation/monte-carlo.jsonl';

/** Computes all runs anew, with the full number of ions. */
export function computeRuns(tell: (text: string) => void): RecordedRuns {
  const ranges = rangeRows().map(({ label, input }) => {
    tell(label);
    return monteCarloRun(label, input, REPORT_IONS);
  });
  tell('channelled tails');
  return { ranges, tails: runTails() };
}

/** The runs as text that `readRuns` reads back to the same numbers. */
export function recordText({ ranges, tails }: RecordedRuns): string {
  const lines = [
    ...ranges.map((range) => JSON.stringify({ range })),
    ...tails.map((tail) => JSON.stringify({ tail })),
  ];
  return `${lines.join('\n')}\n`;
}

/** Reads the runs that were kept with the report. */
export function readRuns(docs: URL): RecordedRuns {
  const lines = readFileSync(new URL(RECORD_FILE, docs), 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as { range?: RecordedRun; tail?: RecordedTail });
  return {
    ranges: entries.flatMap(({ range }) => (range ? [range] : [])),
    tails: entries.flatMap(({ tail }) => (tail ? [tail] : [])),
  };
}
