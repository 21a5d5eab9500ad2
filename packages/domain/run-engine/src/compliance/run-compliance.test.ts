import type { ComplianceFinding, ComplianceReport, JobStatus, RunDossier } from '@spectra/schemas';
import { expect, it } from 'vitest';
import { runCompliance } from './run-compliance.ts';

const at = '2026-01-01T00:00:00.000Z';

function finding(rule: string, change: Partial<ComplianceFinding> = {}): ComplianceFinding {
  return {
    rule,
    title: rule,
    requirement: rule,
    weight: 'required',
    status: 'passed',
    detail: 'fine',
    evidence: { seen: 1, of: 2 },
    ...change,
  };
}

function report(stage: 'create' | 'end', change: Partial<ComplianceReport> = {}): ComplianceReport {
  return {
    stage,
    evaluated_at: at,
    verdict: 'compliant',
    findings: [finding('calibration'), ...(stage === 'end' ? [finding('completion')] : [])],
    evidence: { recipe_hash: 'h', recipe_values: {}, sop: null, tools: [] },
    judged_by: { service: 'tank-service', code_version: '1' },
    ...change,
  };
}

function dossier(
  status: JobStatus,
  attempt: number,
  reports: RunDossier['reports'],
  compliance: ComplianceReport | null = report('create'),
): RunDossier {
  return {
    run: { run_id: 'TANK-1', process: 'tank', status, attempt, recipe_hash: 'h' } as RunDossier['run'],
    prepared: (compliance === null ? {} : { compliance }) as RunDossier['prepared'],
    retry_of: null,
    cancel_reason: null,
    last_checkpoint: null,
    attempts: [],
    reports,
  };
}

const unchanged = { asOf: at, findings: [finding('calibration')] };

it('a run under way is pending, also when an earlier attempt was judged', () => {
  for (const status of ['blocked', 'queued', 'running', 'retrying'] as const) {
    const told = runCompliance(dossier(status, 2, [{ attempt: 1, report: report('end') }]), null, unchanged);
    expect(told).toMatchObject({ verdict: 'pending', at_end: null, end_told_by: null });
    expect(told.earlier_attempts).toHaveLength(1);
  }
});

it('a completed run is judged by its last attempt, and its rules show the latest judgement of each', () => {
  const first = report('end', { verdict: 'not_compliant' });
  const told = runCompliance(
    dossier('completed', 2, [
      { attempt: 1, report: first },
      { attempt: 2, report: report('end') },
    ]),
    null,
    unchanged,
  );
  expect(told.verdict).toBe('compliant');
  expect(told.earlier_attempts).toEqual([{ attempt: 1, report: first }]);
  expect(told.rules.map(({ rule, judged_at }) => [rule, judged_at])).toEqual([
    ['calibration', 'end'],
    ['completion', 'end'],
  ]);
});

it('an end that nobody judged is not determined, never compliant', () => {
  const told = runCompliance(dossier('held', 1, []), null, unchanged);
  expect(told.verdict).toBe('not_determined');
  expect(told.summary).toContain('held');
  expect(runCompliance(dossier('completed', 1, [], null), null, unchanged).verdict).toBe('not_determined');
});

it('an end that no worker judged is told from the records, and a worker’s own judgement counts before them', () => {
  const ofRecords = report('end', { verdict: 'not_compliant' });
  const cancelled = runCompliance(dossier('cancelled', 0, []), ofRecords, unchanged);
  expect(cancelled).toMatchObject({ verdict: 'not_compliant', at_end: ofRecords, end_told_by: 'records' });
  const judged = dossier('completed', 1, [{ attempt: 1, report: report('end') }]);
  const told = runCompliance(judged, ofRecords, unchanged);
  expect(told).toMatchObject({ verdict: 'compliant', end_told_by: 'worker' });
});

it('a good end does not heal a bad beginning', () => {
  const created = report('create', {
    verdict: 'not_compliant',
    findings: [finding('sop_approval', { status: 'failed' })],
  });
  const told = runCompliance(
    dossier('completed', 1, [{ attempt: 1, report: report('end') }], created),
    null,
    unchanged,
  );
  expect(told.verdict).toBe('not_compliant');
  expect(told.violations.map(({ rule }) => rule)).toEqual(['sop_approval']);
});

it('what changed since is told beside the judgement, which stays as it was', () => {
  const ended = dossier('completed', 1, [{ attempt: 1, report: report('end') }]);
  expect(runCompliance(ended, null, unchanged).since.changes).toEqual([]);
  const reordered = { asOf: at, findings: [finding('calibration', { evidence: { of: 2, seen: 1 } })] };
  expect(runCompliance(ended, null, reordered).since.changes).toEqual([]);
  const expired = { asOf: at, findings: [finding('calibration', { status: 'failed', detail: 'expired' })] };
  const told = runCompliance(ended, null, expired);
  expect(told.since.changes).toMatchObject([
    { rule: 'calibration', judged: 'passed', today: 'failed', detail: 'expired' },
  ]);
  expect(told.verdict).toBe('compliant');
  expect(told.violations).toEqual([]);
});
