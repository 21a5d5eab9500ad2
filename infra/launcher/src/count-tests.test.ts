import { expect, it } from 'vitest';
import { countTests } from './count-tests.ts';

const file = (status: string, ...results: string[]) => ({
  status,
  assertionResults: results.map((one) => ({ status: one })),
});
const report = (passed: number, failed: number, testResults: unknown[]) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: 2,
  testResults,
});

it('counts what passed, failed and was skipped', () => {
  expect(countTests(report(5, 0, [file('passed', 'passed')]), 0)).toEqual({
    passed: 5,
    failed: 0,
    skipped: 2,
  });
  expect(countTests(report(5, 1, [file('failed', 'passed', 'failed')]), 1)).toMatchObject({ failed: 1 });
});

it('a file that could not be loaded is a failure', () => {
  expect(countTests(report(5, 1, [file('failed'), file('failed', 'failed')]), 1)).toMatchObject({
    failed: 2,
  });
});

it('a run that failed as a whole is never green', () => {
  expect(countTests(report(5, 0, [file('passed', 'passed')]), 1)).toMatchObject({ failed: 1 });
  expect(countTests(undefined, 0)).toMatchObject({ failed: 1 });
  expect(countTests({ some: 'thing' }, 0)).toMatchObject({ failed: 1 });
});
