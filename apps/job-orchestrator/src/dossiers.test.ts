import { dossierRpc, jobsRpc, type ComplianceReport } from '@spectra/schemas';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { begin, completed, failed, person, startServers, type Running } from '../test/start-orchestrator.ts';

let servers: Awaited<ReturnType<typeof startServers>>;
let o: Running;

beforeAll(async () => {
  servers = await startServers();
  o = await begin(servers);
});
afterAll(async () => {
  await o.stop();
  await servers.close();
});

function report(detail: string): ComplianceReport {
  return {
    stage: 'end',
    evaluated_at: '2026-01-01T00:00:00.000Z',
    verdict: 'compliant',
    findings: [
      {
        rule: 'completion',
        title: 'Run completed',
        requirement: 'every wafer',
        weight: 'required',
        status: 'passed',
        detail,
        evidence: {},
      },
    ],
    evidence: { recipe_hash: 'hash', recipe_values: {}, sop: null, tools: [] },
    judged_by: { service: 'ion-service', code_version: '1' },
  };
}

async function runningRun() {
  const caller = person();
  const run = await o.create(caller, { equipment: ['IMP-D'] });
  await o.granted(run.job_id);
  return { caller, run };
}

const record = (jobId: string, attempt: number, detail: string) =>
  o.asked(dossierRpc.recordCompliance, { job_id: jobId, attempt, report: report(detail) });

test('a dossier holds the run, its gates, its attempts and the judgement of each', async () => {
  const { caller, run } = await runningRun();
  expect(await record(run.job_id, 1, 'first')).toEqual({ stored: true });
  await o.finish(run.job_id, 1, failed(true));
  await o.granted(run.job_id, 2);
  await record(run.job_id, 2, 'second');
  await o.finish(run.job_id, 2, completed());
  const dossier = await o.asked(dossierRpc.getDossier, { run_id: run.run_id }, caller);
  expect(dossier).toMatchObject({
    run: { run_id: run.run_id, status: 'completed', attempt: 2 },
    prepared: { equipment_ids: ['IMP-D'], warnings: [] },
    retry_of: null,
    attempts: [
      {
        attempt: 1,
        equipment_id: 'IMP-D',
        lease_token: 1,
        ending: 'retry',
        error: 'tool_gone: the tool hung up',
      },
      { attempt: 2, lease_token: 2, ending: 'completed', error: null },
    ],
  });
  expect(dossier.attempts.every((attempt) => attempt.ended_at !== null)).toBe(true);
  expect(dossier.reports.map((one) => [one.attempt, one.report.findings[0]?.detail])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ]);
});

test('a dossier tells why a run was stopped and how far its wafers came, also when no worker could', async () => {
  const { caller, run } = await runningRun();
  const state = { interruptedWafer: 'resume', waferIndex: 2, started: true, results: [] };
  await o.heartbeat(run.job_id, 1, { checkpoint: { exposed: true, state } });
  const queued = await o.create(caller, { equipment: ['IMP-D'] });
  await o.asked(jobsRpc.cancel, { run_id: queued.run_id, own_only: false, reason: 'wrong lot' }, caller);
  const dossierOf = (runId: string) => o.asked(dossierRpc.getDossier, { run_id: runId }, caller);
  expect(await dossierOf(run.run_id)).toMatchObject({
    cancel_reason: null,
    last_checkpoint: { exposed: true, wafers_done: 2, wafer_started: true },
  });
  expect(await dossierOf(queued.run_id)).toMatchObject({
    cancel_reason: 'wrong lot',
    last_checkpoint: null,
    attempts: [],
  });
  await o.finish(run.job_id, 1, completed());
});

test('another organisation finds no dossier, in the words for what does not exist', async () => {
  const { run } = await runningRun();
  await record(run.job_id, 1, 'ours');
  await o.finish(run.job_id, 1, completed());
  const foreign = await o.call(dossierRpc.getDossier, { run_id: run.run_id }, person());
  expect(foreign).toMatchObject({ ok: false, refusal: { code: 'not_found' } });
  const nobody = await o.call(dossierRpc.getDossier, { run_id: run.run_id });
  expect(nobody).toMatchObject({ refusal: { code: 'unauthenticated' } });
});

test('a stale attempt stores no judgement, and a judgement told again stays the first', async () => {
  const { caller, run } = await runningRun();
  expect(await record(run.job_id, 2, 'from the future')).toEqual({ stored: false });
  expect(await record(run.job_id, 1, 'first')).toEqual({ stored: true });
  expect(await record(run.job_id, 1, 'changed')).toEqual({ stored: true });
  await o.finish(run.job_id, 1, completed());
  const dossier = await o.asked(dossierRpc.getDossier, { run_id: run.run_id }, caller);
  expect(dossier.reports.map((one) => one.report.findings[0]?.detail)).toEqual(['first']);
});

test('nobody can change or remove a stored judgement', async () => {
  const { run } = await runningRun();
  await record(run.job_id, 1, 'kept');
  await o.finish(run.job_id, 1, completed());
  const refused = async (statement: ReturnType<typeof sql>) => {
    const fault = await o.rows(statement).catch((error: unknown) => error);
    expect(String((fault as Error).cause ?? fault)).toContain('permission denied');
  };
  await refused(sql`update compliance_reports set report = '{}' where run_id = ${run.run_id}`);
  await refused(sql`delete from compliance_reports where run_id = ${run.run_id}`);
});
