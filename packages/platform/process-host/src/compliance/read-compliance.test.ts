import { fileURLToPath } from 'node:url';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tankProcess } from '@spectra/run-engine';
import type { AttemptEnding, TankTypes } from '@spectra/run-engine';
import { accept, dossierRpc, refuse } from '@spectra/schemas';
import type { Caller, ComplianceReport, PreparedRun, Result, RunDossier, RunRecord } from '@spectra/schemas';
import { connectMessaging } from '@spectra/messaging';
import type { Messaging } from '@spectra/messaging';
import { manualClock, ownNats, silentLogger, testDatabase } from '@spectra/testkit';
import type { ManualClock, OwnNats, TestDatabase } from '@spectra/testkit';
import { createCalibration } from '../catalog/calibrations.ts';
import { createEquipment } from '../catalog/equipment.ts';
import { everybodyActive } from '../../test/signers.ts';
import { approveSop, createSop } from '../catalog/sops.ts';
import { prepareRun } from '../gates/prepare-run.ts';
import type { ServiceContext } from '../service-context.ts';
import { readCompliance } from './read-compliance.ts';
import { recordAtEnd } from './record-at-end.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const dayMs = 24 * 3_600_000;
const caller: Caller = { orgId: randomUUID(), userId: 'author', role: 'engineer' };
const approver: Caller = { ...caller, userId: 'approver' };

let database: TestDatabase<'tank'>;
let nats: OwnNats;
let messaging: Messaging;
let clock: ManualClock;
let context: ServiceContext<TankTypes>;
let prepared: PreparedRun;
/** What the orchestrator would keep. */
let dossier: RunDossier | null = null;
let away = false;

beforeAll(async () => {
  [database, nats] = await Promise.all([testDatabase([{ schema: 'tank', migrationsFolder }]), ownNats()]);
  messaging = await connectMessaging({ url: nats.url, name: 'tank', logger: silentLogger() });
  clock = manualClock();
  context = {
    definition: tankProcess,
    database: database.open('tank'),
    messaging,
    signers: everybodyActive,
    clock,
    logger: silentLogger(),
    codeVersion: '1.2.3+test',
  };
  messaging.serve('jobs', dossierRpc.getDossier, async ({ body }) =>
    dossier?.run.run_id === body.run_id ? accept(dossier) : refuse('not_found', 'gone'),
  );
  messaging.serve('jobs', dossierRpc.recordCompliance, async ({ body }) => {
    if (away) return refuse('dependency_unavailable', 'away');
    dossier?.reports.push({ attempt: body.attempt, report: body.report });
    return accept({ stored: true });
  });
  await messaging.connection.flush();
  prepared = await preparedTank();
});
afterAll(async () => {
  await messaging.close();
  await Promise.all([database.close(), nats.close()]);
});

const asked = <Body>(body: Body, who = caller) => ({ caller: who, traceparent, body });
const at = (days: number) => new Date(clock.nowMs() + days * dayMs).toISOString();

function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.detail}`);
  return result.value;
}

async function calibrate(days: number) {
  const body = { equipment_id: 'T1', type: 'level', performed_at: at(-1), valid_until: at(days), factor: 1 };
  return value(await createCalibration(context, asked(body)));
}

async function preparedTank(): Promise<PreparedRun> {
  value(await createEquipment(context, asked({ equipment_id: 'T1', name: 'T1' })));
  await calibrate(100);
  const content = { process: 'tank', title: 'Fill', body: 'long text', hazard_class: 'medium' as const };
  const sop = value(await createSop(context, asked({ ...content, limits: { level_mm: { maximum: 80 } } })));
  const { sop_id, content_hash } = sop;
  const signature = {
    sop_id,
    content_hash,
    meaning: 'Released',
    authenticated_at: at(0),
    auth_method: 'password',
  };
  value(await approveSop(context, asked(signature, approver)));
  const options = { wafer_id: 'W1', priority: 0 };
  return value(await prepareRun(context, asked({ recipe: { level_mm: 50 }, options })));
}

function runOf(change: Partial<RunRecord>): RunDossier {
  const run = {
    run_id: 'TANK-1',
    job_id: randomUUID(),
    org_id: caller.orgId,
    process: 'tank',
    status: 'running',
    attempt: 1,
    recipe: prepared.recipe,
    recipe_hash: prepared.recipe_hash,
    recipe_id: null,
    recipe_version: null,
    sop_id: prepared.sop_id,
    equipment_id: 'T1',
    ...change,
  };
  return {
    run: { ...emptyRecord, ...run } as RunRecord,
    prepared,
    retry_of: null,
    cancel_reason: null,
    last_checkpoint: null,
    attempts: [],
    reports: [],
  };
}

const emptyRecord = {
  cancel_requested: false,
  progress: 100,
  current_step: 'Completed',
  eta_s: null,
  wafers: [{ wafer_id: 'W1', slot: 1 }],
  lot_id: null,
  comments: null,
  source_run_id: null,
  time_scale: 1,
  seed: 1,
  priority: 0,
  created_by: 'author',
  created_at: '2026-01-01T00:00:00.000Z',
  started_at: null,
  completed_at: null,
  duration_seconds: null,
  error_message: null,
  error_code: null,
  held_reason: null,
  outcome: null,
  logs_uri: null,
  artifacts: [],
};

const ending: AttemptEnding = {
  kind: 'completed',
  reason: null,
  attempt: 1,
  gatesPassedAt: '2026-01-01T00:00:00.000Z',
  leaseToken: 3,
  leaseKept: true,
  wafersAsked: 1,
  wafersDone: 1,
  exposed: true,
  resumed: false,
  trip: null,
  outcome: { waferMetrics: [{ level_mm: 50 }], spc: [], spcAlertsCount: 0 },
  framesRecorded: 50,
  files: ['telemetry', 'logs'].map((kind) => ({ kind, name: kind, sha256: 'c'.repeat(64) })),
};

function specOf({ run }: RunDossier) {
  return {
    ...run,
    sop_id: run.sop_id ?? '',
    equipment_id: 'T1',
    traceparent,
  };
}

async function endRun(): Promise<ComplianceReport> {
  if (dossier === null) throw new Error('no run');
  await recordAtEnd(context, { spec: specOf(dossier), ending, stopReason: () => null });
  dossier = { ...dossier, run: { ...dossier.run, status: 'completed' } };
  const [stored] = dossier.reports;
  if (stored === undefined) throw new Error('nothing was recorded');
  return stored.report;
}

test('a prepared run carries its judgement with a copy of what was looked at', () => {
  expect(prepared.compliance).toMatchObject({
    stage: 'create',
    verdict: 'compliant',
    judged_by: { service: 'tank-service', code_version: '1.2.3+test' },
    evidence: {
      recipe_hash: prepared.recipe_hash,
      recipe_values: { level_mm: { lowest: 50, highest: 50 } },
      sop: { sop_id: prepared.sop_id, approvals: [{ approver: 'approver' }] },
      tools: [{ equipment_id: 'T1', calibrations: [{ type: 'level', state: 'valid' }] }],
    },
  });
  expect(JSON.stringify(prepared.compliance)).not.toContain('long text');
});

test('an ended run is judged by its own rules too, and later changes are shown without touching the judgement', async () => {
  dossier = runOf({});
  expect(value(await readCompliance(context, asked({ run_id: 'TANK-1' }))).verdict).toBe('pending');
  const stored = await endRun();
  expect(stored.findings.find(({ rule }) => rule === 'level_tolerance')?.status).toBe('passed');
  const before = value(await readCompliance(context, asked({ run_id: 'TANK-1' })));
  expect(before).toMatchObject({ verdict: 'compliant', since: { changes: [] } });
  clock.advance(101 * dayMs);
  const after = value(await readCompliance(context, asked({ run_id: 'TANK-1' })));
  expect(after.verdict).toBe('compliant');
  expect(after.at_end).toEqual(before.at_end);
  expect(after.since.changes).toMatchObject([{ rule: 'calibration', judged: 'passed', today: 'failed' }]);
  await calibrate(200);
});

test('an orchestrator that is away gets the judgement when it is back', async () => {
  dossier = runOf({ run_id: 'TANK-2' });
  away = true;
  const waits = Promise.withResolvers<() => void>();
  const patient = {
    ...clock,
    after: (_ms: number, run: () => void) => (waits.resolve(run), () => undefined),
  };
  const run = { spec: specOf(dossier), ending, stopReason: () => null };
  const told = recordAtEnd({ ...context, clock: patient }, run);
  const goOn = await waits.promise;
  expect(dossier.reports).toEqual([]);
  away = false;
  goOn();
  await told;
  expect(dossier.reports).toHaveLength(1);
});

test('a run that was cancelled in its line is judged by what the orchestrator keeps', async () => {
  dossier = { ...runOf({ run_id: 'TANK-3', status: 'cancelled', attempt: 0 }), cancel_reason: 'wrong lot' };
  const told = value(await readCompliance(context, asked({ run_id: 'TANK-3' })));
  expect(told).toMatchObject({
    verdict: 'not_compliant',
    end_told_by: 'records',
    at_end: { stage: 'end', evidence: { recipe_hash: prepared.recipe_hash } },
    summary: 'Broken: Run completed',
  });
  expect(told.rules.find(({ rule }) => rule === 'calibration')?.judged_at).toBe('create');
  expect(told.rules.find(({ rule }) => rule === 'exposure')).toMatchObject({ status: 'passed' });
});

test('a run of another process or organisation is not found', async () => {
  dossier = runOf({ process: 'kettle' });
  const foreign = await readCompliance(context, asked({ run_id: 'TANK-1' }));
  expect(foreign).toMatchObject({ refusal: { code: 'not_found' } });
  const unknown = await readCompliance(context, asked({ run_id: 'TANK-9' }));
  expect(unknown).toMatchObject({ refusal: { code: 'not_found' } });
});
