import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { TAIL_CASES } from './channelled-tails.ts';
import { absoluteCheck, failuresOf, relativeCheck } from './check.ts';
import { type FirstBatch, firstBatch, monteCarloRun, type RecordedRun } from './monte-carlo-ranges.ts';
import { rangeRows } from './range-reference.ts';
import { readRuns } from './recorded-runs.ts';
import { renderReport } from './report.ts';
import { allFailures, validate } from './validate.ts';

const docs = new URL('../../docs/', import.meta.url);
const runs = readRuns(docs);
const validation = validate(runs);
/** Every row anew with a tenth of the ions: the first batch is the same as that of the full run. */
let shortRuns: RecordedRun[] = [];

beforeAll(() => {
  shortRuns = rangeRows().map(({ label, input }) => monteCarloRun(label, input, 2000));
});
const again = 'run `node tests/validation/generate-report.ts`';

describe('the physics', () => {
  test('is within its tolerance in every row of every reference table', () => {
    expect(validation.fast).toHaveLength(84);
    expect(validation.monteCarlo).toHaveLength(84);
    expect(validation.anneals).toHaveLength(13);
    expect(validation.chains).toHaveLength(13);
    expect(validation.oxides).toHaveLength(33);
    expect(validation.diffusivities).toHaveLength(36);
    expect(allFailures(validation)).toEqual([]);
  });

  test('its Monte Carlo, run anew with 2,000 ions, is within the tolerance and three of its standard errors', () => {
    expect(shortRuns).toHaveLength(84);
    const rows = rangeRows();
    for (const { label, moments, standardErrors } of shortRuns) {
      const reference = rows.find((row) => row.label === label)?.reference;
      if (reference === undefined) throw new Error(`the reference has no row ${label}`);
      for (const [name, pct] of [
        ['projectedRangeNm', 2],
        ['straggleNm', 3],
      ] as const) {
        const limit = (pct / 100) * reference[name] + 3 * standardErrors[name];
        expect(Math.abs(moments[name] - reference[name]), `${name} of ${label}`).toBeLessThan(limit);
      }
    }
  });
});

describe('the committed report', () => {
  test('rests on the Monte Carlo that the code still computes: the first batch of every run agrees', () => {
    expect(runs.ranges.map(({ label }) => label)).toEqual(rangeRows().map(({ label }) => label));
    for (const [i, run] of shortRuns.entries()) {
      expectSameBatch(run.firstBatch, runs.ranges[i]?.firstBatch, run.label);
    }
    expect(runs.tails.map(({ name }) => name)).toEqual(TAIL_CASES.map(({ name }) => name));
    for (const [i, { name, input }] of TAIL_CASES.entries()) {
      expectSameBatch(firstBatch(input), runs.tails[i]?.firstBatch, name);
    }
  });

  test('is what the code computes, page and pictures', () => {
    const files = renderReport(validation, runs);
    expect(files.size).toBeGreaterThan(10);
    for (const [name, text] of files) {
      const url = new URL(name, docs);
      expect(existsSync(url), `docs/${name} is missing; ${again}`).toBe(true);
      expect(readFileSync(url, 'utf8') === text, `docs/${name} is not what the code computes; ${again}`).toBe(
        true,
      );
    }
    const pictures = readdirSync(new URL('validation/', docs)).filter((name) => name.endsWith('.svg'));
    expect(pictures.map((name) => `validation/${name}`).toSorted()).toEqual(
      [...files.keys()].filter((name) => name.endsWith('.svg')).toSorted(),
    );
  });

  test('shows every picture that it names', () => {
    const page = readFileSync(new URL('validation.md', docs), 'utf8');
    const named = [...page.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect(existsSync(new URL(name, docs)), name).toBe(true);
  });
});

describe('a check', () => {
  test('fails beyond its tolerance, on either side, and for what is not a number', () => {
    const check = { quantity: 'R_p', reference: 100, tolerance: 3 };
    const passed = (value: number) => relativeCheck({ ...check, value }).passed;
    expect([96.9, 97.1, 102.9, 103.1, Number.NaN].map(passed)).toEqual([false, true, true, false, false]);
    expect(absoluteCheck({ ...check, value: 103.1 }).passed).toBe(false);
    expect(absoluteCheck({ ...check, value: 97.5 }).passed).toBe(true);
  });

  test('that fails is told with row, value, reference and tolerance', () => {
    const check = relativeCheck({ quantity: 'R_p', reference: 100, tolerance: 3, value: 105 });
    expect(failuresOf([{ label: 'B 1 keV', checks: [check] }])).toEqual([
      'B 1 keV: R_p is 105, reference 100: deviation 5.00 %, tolerance 3',
    ]);
  });

  test('of a worse fast profile reaches the list of failures', () => {
    const [row] = validation.fast;
    const [check] = row?.checks ?? [];
    if (row === undefined || check === undefined) throw new Error('the fast profile has no rows');
    const worse = relativeCheck({ ...check, value: check.value * 1.05 });
    const fast = [{ label: row.label, checks: [worse] }];
    expect(allFailures({ ...validation, fast })).toHaveLength(1);
  });
});

/**
 * Within a tenth of a standard error: another order of the last digits on another machine moves a single ion at
 * most, while a change of the physics sends all of them elsewhere.
 */
function expectSameBatch(found: FirstBatch, recorded: FirstBatch | undefined, label: string): void {
  const message = `the Monte Carlo of ${label} has changed; ${again}`;
  if (recorded === undefined) throw new Error(message);
  expect(Math.abs(found.stopped - recorded.stopped), message).toBeLessThanOrEqual(1);
  expect(Math.abs(found.meanNm - recorded.meanNm), message).toBeLessThan(0.1 * recorded.standardErrorNm);
}
