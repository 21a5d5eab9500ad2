import type { AttemptRecord, JobStatus, RunDossier } from '@spectra/schemas';
import { describe, expect, it } from 'vitest';
import { tankProcess } from '../tank-process.ts';
import { endingOfRecords } from './ending-of-records.ts';
import { complianceRules, endingRulesOf, judgeRun } from './judge-run.ts';

const rules = endingRulesOf(complianceRules(tankProcess));

const lost: AttemptRecord = {
  attempt: 1,
  worker_id: 'w',
  equipment_id: 'T1',
  lease_token: 7,
  started_at: '2026-01-01T00:00:00.000Z',
  ended_at: '2026-01-01T00:01:00.000Z',
  ending: 'hold',
  error: 'worker_lost: The worker w stopped answering',
};

function dossier(status: JobStatus, change: Partial<RunDossier> = {}): RunDossier {
  const attempts = change.attempts ?? [];
  const run = { status, attempt: attempts.length, wafers: ['W1', 'W2'], outcome: null, artifacts: [] };
  const none = { error_message: null, held_reason: null };
  return {
    run: { ...run, ...none } as unknown as RunDossier['run'],
    prepared: {} as RunDossier['prepared'],
    retry_of: null,
    cancel_reason: null,
    last_checkpoint: null,
    attempts,
    reports: [],
    ...change,
  };
}

/** How each rule of the end stands, and the word of its finding. */
function judged(told: RunDossier) {
  const ending = endingOfRecords(told);
  if (ending === null) throw new Error('the run is under way');
  const evidence = { recipe_hash: 'h', recipe_values: {}, sop: null, tools: [] };
  const recipe = { hashNow: 'h', fault: null, warnings: [] };
  const { verdict, findings } = judgeRun(rules, 'end', { evidence, calibrationTypes: [], recipe, ending });
  return { verdict, of: (rule: string) => findings.find((finding) => finding.rule === rule) };
}

describe('a run that ended without its worker', () => {
  it('and never started: no wafer was touched, and why it was stopped is told', () => {
    const { verdict, of } = judged(dossier('cancelled', { cancel_reason: 'wrong lot' }));
    expect(verdict).toBe('not_compliant');
    expect(of('completion')).toMatchObject({
      status: 'failed',
      detail: 'cancelled after 0 of 2 wafers: wrong lot',
    });
    expect(of('exposure')).toMatchObject({ status: 'passed', detail: 'No wafer saw energy' });
    for (const rule of ['interlocks', 'lease_fencing', 'records', 'spc']) {
      expect(of(rule)?.status, rule).toBe('not_applicable');
    }
  });

  it('and was lost over a wafer: which one is told, and what nobody saw stays open', () => {
    const last_checkpoint = { exposed: true, wafers_done: 1, wafer_started: true };
    const { verdict, of } = judged(dossier('held', { attempts: [lost], last_checkpoint }));
    expect(verdict).toBe('not_compliant');
    expect(of('exposure')).toMatchObject({
      status: 'failed',
      detail: 'Wafer 2 of 2 was left in its process',
    });
    expect(of('lease_fencing')).toMatchObject({ status: 'failed', evidence: { lease_token: 7 } });
    expect(of('interlocks')?.status).toBe('not_determined');
    expect(of('records')).toMatchObject({ status: 'failed', detail: 'Not kept: telemetry, logs' });
  });

  it('and was lost before any wafer: its wafers are as they were', () => {
    const { of } = judged(dossier('failed', { attempts: [lost] }));
    expect(of('exposure')?.status).toBe('passed');
    expect(of('interlocks')?.status).toBe('not_applicable');
  });
});

it('a completed run whose judgement was never stored is judged by its outcome', () => {
  const done = dossier('completed', { attempts: [{ ...lost, ending: 'completed', error: null }] });
  const wafers = [50, 81].map((level_mm, slot) => ({ wafer_id: `W${slot}`, slot, metrics: { level_mm } }));
  const outcome = { wafers, spc: [], spc_alerts_count: 0 } as unknown as RunDossier['run']['outcome'];
  const { of } = judged({ ...done, run: { ...done.run, outcome } });
  expect(of('completion')?.status).toBe('passed');
  expect(of('lease_fencing')?.status).toBe('passed');
  expect(of('level_tolerance')).toMatchObject({ status: 'failed', evidence: { values: [50, 81] } });
});

it('a run under way has not ended', () => {
  for (const status of ['blocked', 'queued', 'running', 'retrying'] as const) {
    expect(endingOfRecords(dossier(status))).toBeNull();
  }
});

it('no rule of the end looks at a record that may change afterwards', () => {
  expect(rules.map(({ id }) => id)).not.toContain('calibration');
  expect(rules.map(({ id }) => id)).toContain('exposure');
});
