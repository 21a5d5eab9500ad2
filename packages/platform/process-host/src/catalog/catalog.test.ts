import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tankProcess } from '@spectra/run-engine';
import type { TankTypes } from '@spectra/run-engine';
import type { Caller, EquipmentStatus, Result } from '@spectra/schemas';
import {
  expectRowLevelSecurity,
  manualClock,
  silentLogger,
  testDatabase,
  testMessaging,
} from '@spectra/testkit';
import type { ManualClock, TestDatabase } from '@spectra/testkit';
import { everybodyActive } from '../../test/signers.ts';
import { prepareRun } from '../gates/prepare-run.ts';
import { startGate } from '../gates/start-gate.ts';
import type { ServiceContext } from '../service-context.ts';
import { createCalibration, listCalibrations, revokeCalibration } from './calibrations.ts';
import { listEquipmentEvents, setEquipmentStatus } from './equipment-events.ts';
import { createEquipment, getEquipment, listEquipment, setSimulator } from './equipment.ts';
import { approveSop, createSop, getSop } from './sops.ts';
import { getWaferRecord, recordWafers } from './wafer-records.ts';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
const dayMs = 24 * 3_600_000;

const ours = '11111111-1111-4111-8111-111111111111';
const theirs = '22222222-2222-4222-8222-222222222222';
const author: Caller = { orgId: ours, userId: 'author', role: 'engineer' };
const approver: Caller = { orgId: ours, userId: 'approver', role: 'admin' };
const second: Caller = { orgId: ours, userId: 'second', role: 'admin' };
const foreigner: Caller = { orgId: theirs, userId: 'foreigner', role: 'admin' };

let database: TestDatabase<'tank'>;
let messaging: Awaited<ReturnType<typeof testMessaging>>;
let clock: ManualClock;
let context: ServiceContext<TankTypes>;

beforeAll(async () => {
  [database, messaging] = await Promise.all([
    testDatabase([{ schema: 'tank', migrationsFolder }]),
    testMessaging(),
  ]);
  clock = manualClock();
  context = {
    definition: tankProcess,
    database: database.open('tank'),
    messaging: messaging.messaging,
    signers: everybodyActive,
    clock,
    logger: silentLogger(),
  };
});

afterAll(async () => {
  await Promise.all([database.close(), messaging.close()]);
});

const asked = <Body>(body: Body, caller = author) => ({ caller, traceparent, body });
const at = (days: number) => new Date(clock.nowMs() + days * dayMs).toISOString();

function value<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.detail}`);
  return result.value;
}
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.code);

async function addTool(id: string, validDays: number | null = 200) {
  value(await createEquipment(context, asked({ equipment_id: id, name: id })));
  if (validDays === null) return;
  await calibrate(id, validDays);
}

async function calibrate(id: string, validDays: number) {
  const performed_at = at(Math.min(-10, validDays - 1));
  const body = { equipment_id: id, type: 'level', performed_at, valid_until: at(validDays), factor: 1.01 };
  return value(await createCalibration(context, asked(body)));
}

async function approvedSop(limits = {}, hazard_class: 'medium' | 'high' = 'medium') {
  const sop = value(
    await createSop(context, asked({ process: 'tank', title: 'Fill', body: '', hazard_class, limits })),
  );
  return value(await approveSop(context, asked(signature(sop), approver)));
}

const signature = (sop: { sop_id: string; content_hash: string }) => ({
  sop_id: sop.sop_id,
  content_hash: sop.content_hash,
  meaning: 'I approve',
  authenticated_at: at(0),
  auth_method: 'password',
});

describe('the tables', () => {
  test('are under row-level security', async () => {
    await expectRowLevelSecurity({ adminUrl: database.adminUrl, schema: 'tank', withoutOrg: [] });
  });
});

describe('equipment and calibrations', () => {
  test('an organisation sees its own tools only, and a foreign tool is like an unknown one', async () => {
    await addTool('T-own');
    expect(value(await listEquipment(context, asked({ limit: 50, offset: 0 }, foreigner))).items).toEqual([]);
    const foreign = await getEquipment(context, asked({ equipment_id: 'T-own' }, foreigner));
    expect(codeOf(foreign)).toBe('not_found');
    const calibration = {
      equipment_id: 'T-own',
      type: 'level',
      performed_at: at(-1),
      valid_until: at(1),
      factor: 1,
    };
    expect(codeOf(await createCalibration(context, asked(calibration, foreigner)))).toBe('not_found');
  });

  test('a tool id is unique in its organisation, not beyond', async () => {
    await addTool('T-twice');
    const body = { equipment_id: 'T-twice', name: 'again' };
    expect(codeOf(await createEquipment(context, asked(body)))).toBe('conflict');
    expect(codeOf(await createEquipment(context, asked(body, foreigner)))).toBe('ok');
  });

  test('a fault that the simulator does not know is refused and the known ones are named', async () => {
    await addTool('T-fault');
    const simulator = { noise_scale: 1, faults: [{ kind: 'gremlin', at_s: 1 }] };
    const refused = await setSimulator(context, asked({ equipment_id: 'T-fault', simulator }));
    expect(!refused.ok && refused.refusal.errors).toEqual([
      {
        path: 'simulator.faults.0.kind',
        message: 'unknown fault',
        value: 'gremlin',
        limit: { one_of: ['leak'] },
      },
    ]);
  });

  test('the calibration performed last counts, whenever it was written down', async () => {
    await addTool('T-cal', 100);
    await createCalibration(
      context,
      asked({
        equipment_id: 'T-cal',
        type: 'level',
        performed_at: at(-300),
        valid_until: at(-200),
        factor: 1,
      }),
    );
    const tool = value(await getEquipment(context, asked({ equipment_id: 'T-cal' })));
    expect(tool.calibrations.map((calibration) => calibration.state)).toEqual(['valid']);
    const all = value(
      await listCalibrations(context, asked({ limit: 10, offset: 0, equipment_id: 'T-cal' })),
    );
    expect(all.items.map((calibration) => calibration.state)).toEqual(['valid', 'expired']);
  });

  test.each([
    ['an unknown type', { type: 'smell' }, 'type'],
    ['an end before its beginning', { valid_until: '2020-01-01T00:00:00Z' }, 'valid_until'],
    [
      'a date in the future',
      { performed_at: '2026-06-01T00:00:00Z', valid_until: '2027-01-01T00:00:00Z' },
      'performed_at',
    ],
  ])('a calibration with %s is refused', async (_name, change, path) => {
    const body = {
      equipment_id: 'T-own',
      type: 'level',
      performed_at: at(-1),
      valid_until: at(1),
      factor: 1,
      ...change,
    };
    const refused = await createCalibration(context, asked(body));
    expect(!refused.ok && refused.refusal.errors?.map((error) => error.path)).toEqual([path]);
  });

  test('a revoked calibration counts no more, and the one before it does again', async () => {
    await addTool('T-revoke', 100);
    clock.advance(1000);
    const body = { equipment_id: 'T-revoke', type: 'level', factor: 1.2 };
    const span = { performed_at: at(-1), valid_until: at(150) };
    const { calibration_id } = value(await createCalibration(context, asked({ ...body, ...span })));
    const revoke = (caller = author) =>
      revokeCalibration(context, asked({ calibration_id, reason: 'standard was broken' }, caller));
    expect(codeOf(await revoke(foreigner))).toBe('not_found');
    expect(value(await revoke())).toMatchObject({
      state: 'revoked',
      revoked_at: at(0),
      revoked_by: 'author',
      revoked_reason: 'standard was broken',
    });
    expect(codeOf(await revoke())).toBe('conflict');
    const tool = value(await getEquipment(context, asked({ equipment_id: 'T-revoke' })));
    expect(tool.calibrations).toMatchObject([{ state: 'valid', factor: 1.01 }]);
  });

  test('are listed by state and type', async () => {
    await addTool('T-states', 20);
    await calibrate('T-states', -40);
    const list = async (filter: {
      state?: 'valid' | 'expiring_soon' | 'expired' | 'revoked';
      type?: string;
    }) =>
      value(
        await listCalibrations(context, asked({ limit: 50, offset: 0, equipment_id: 'T-states', ...filter })),
      ).items.map((calibration) => calibration.state);
    expect(await list({})).toEqual(['expiring_soon', 'expired']);
    expect(await list({ state: 'expired' })).toEqual(['expired']);
    expect(await list({ state: 'expiring_soon' })).toEqual(['expiring_soon']);
    expect(await list({ state: 'valid' })).toEqual([]);
    expect(await list({ type: 'smell' })).toEqual([]);
  });

  test('a tool in maintenance takes no run until it is back, and each change is kept with who and why', async () => {
    const sop = await approvedSop();
    await addTool('T-maint');
    const set = (status: EquipmentStatus, reason: string, caller = author) =>
      setEquipmentStatus(context, asked({ equipment_id: 'T-maint', status, reason }, caller));
    expect(codeOf(await set('maintenance', 'theirs', foreigner))).toBe('not_found');
    value(await set('maintenance', 'source change'));
    expect(codeOf(await set('maintenance', 'again'))).toBe('conflict');
    const options = { wafer_id: 'W1', priority: 0, equipment_id: 'T-maint', sop_id: sop.sop_id };
    const prepare = () => prepareRun(context, asked({ recipe: { level_mm: 40 }, options }));
    const refused = await prepare();
    expect(!refused.ok && refused.refusal).toMatchObject({
      code: 'equipment_unavailable',
      detail: `Equipment T-maint is in maintenance since ${at(0)} (source change)`,
    });
    value(await set('in_service', 'source changed', approver));
    expect(codeOf(await prepare())).toBe('ok');
    const page = { equipment_id: 'T-maint', limit: 10, offset: 0 };
    const events = value(await listEquipmentEvents(context, asked(page))).items;
    expect(events).toMatchObject([
      { kind: 'in_service', reason: 'source changed', by: 'approver' },
      { kind: 'maintenance', reason: 'source change', by: 'author', at: at(0) },
    ]);
    expect(codeOf(await listEquipmentEvents(context, asked(page, foreigner)))).toBe('not_found');
  });
});

describe('SOPs', () => {
  test('the author cannot approve, and a high hazard needs two others', async () => {
    const body = { process: 'tank', title: 'Hot', body: '', hazard_class: 'high' as const, limits: {} };
    const sop = value(await createSop(context, asked(body)));
    expect(codeOf(await approveSop(context, asked(signature(sop), author)))).toBe('permission_denied');
    expect(value(await approveSop(context, asked(signature(sop), approver))).status).toBe('draft');
    expect(codeOf(await approveSop(context, asked(signature(sop), approver)))).toBe('conflict');
    expect(value(await approveSop(context, asked(signature(sop), second))).status).toBe('approved');
    expect(value(await getSop(context, asked({ sop_id: sop.sop_id }))).approvals).toHaveLength(2);
  });

  test('a signature under other content or with an old login is refused', async () => {
    const body = { process: 'tank', title: 'Cold', body: '', hazard_class: 'low' as const, limits: {} };
    const sop = value(await createSop(context, asked(body)));
    const other = { ...signature(sop), content_hash: '0'.repeat(64) };
    expect(codeOf(await approveSop(context, asked(other, approver)))).toBe('conflict');
    const old = { ...signature(sop), authenticated_at: new Date(clock.nowMs() - 301_000).toISOString() };
    expect(codeOf(await approveSop(context, asked(old, approver)))).toBe('fresh_login_required');
  });

  test('a foreign SOP cannot be seen or signed', async () => {
    const sop = await approvedSop();
    expect(codeOf(await getSop(context, asked({ sop_id: sop.sop_id }, foreigner)))).toBe('not_found');
    expect(codeOf(await approveSop(context, asked(signature(sop), foreigner)))).toBe('not_found');
  });
});

describe('preparing a run', () => {
  const request = (options: Record<string, unknown> = {}, level_mm = 40) =>
    asked({ recipe: { level_mm }, options: { wafer_id: 'W1', priority: 0, ...options } });

  test('answers recipe hash, tools, SOP and warnings', async () => {
    const sop = await approvedSop();
    await addTool('T-prep', 20);
    const prepared = value(
      await prepareRun(context, request({ equipment_id: 'T-prep', sop_id: sop.sop_id })),
    );
    expect(prepared).toMatchObject({
      equipment_ids: ['T-prep'],
      sop_id: sop.sop_id,
      estimated_tool_time_s: 4,
    });
    expect(prepared.warnings.map((warning) => warning.code)).toEqual(['calibration_expiring_soon']);
    const again = value(await prepareRun(context, request({ equipment_id: 'T-prep', sop_id: sop.sop_id })));
    expect(again.recipe_hash).toBe(prepared.recipe_hash);
  });

  test('without a named tool all usable ones are candidates and unusable ones are left out', async () => {
    await approvedSop();
    await addTool('T-ok-1');
    await addTool('T-ok-2');
    await addTool('T-bare', null);
    const { equipment_ids } = value(await prepareRun(context, request()));
    expect(equipment_ids).toEqual(expect.arrayContaining(['T-ok-1', 'T-ok-2']));
    expect(equipment_ids).not.toContain('T-bare');
  });

  test('an expired or missing calibration, a draft SOP and a SOP limit are each refused with their code', async () => {
    await addTool('T-old', -1);
    await addTool('T-new', null);
    expect(codeOf(await prepareRun(context, request({ equipment_id: 'T-old' })))).toBe('calibration_expired');
    expect(codeOf(await prepareRun(context, request({ equipment_id: 'T-new' })))).toBe('calibration_missing');
    const body = { process: 'tank', title: 'Draft', body: '', hazard_class: 'low' as const, limits: {} };
    const draft = value(await createSop(context, asked(body)));
    expect(codeOf(await prepareRun(context, request({ sop_id: draft.sop_id })))).toBe('sop_approval_missing');
    const narrow = await approvedSop({ level_mm: { maximum: 30 } });
    const refused = await prepareRun(context, request({ sop_id: narrow.sop_id }));
    expect(!refused.ok && refused.refusal).toMatchObject({
      code: 'sop_limit_exceeded',
      errors: [{ path: 'level_mm', value: 40, limit: { maximum: 30 } }],
    });
  });

  test.each([
    ['no wafer', { wafer_id: undefined }],
    ['both forms', { wafers: [{ wafer_id: 'A', slot: 1 }] }],
    [
      'a slot twice',
      {
        wafer_id: undefined,
        wafers: [
          { wafer_id: 'A', slot: 1 },
          { wafer_id: 'B', slot: 1 },
        ],
      },
    ],
    [
      'a wafer twice',
      {
        wafer_id: undefined,
        wafers: [
          { wafer_id: 'A', slot: 1 },
          { wafer_id: 'A', slot: 2 },
        ],
      },
    ],
  ])('wafers with %s are refused', async (_name, options) => {
    expect(codeOf(await prepareRun(context, request(options)))).toBe('validation_failed');
  });

  test('a named calibration binds the run to its tool, and only while it counts', async () => {
    await approvedSop();
    await addTool('T-named', null);
    const first = await calibrate('T-named', 50);
    const named = value(await prepareRun(context, request({ calibration_id: first.calibration_id })));
    expect(named).toMatchObject({ equipment_ids: ['T-named'], calibration_ids: [first.calibration_id] });
    const elsewhere = request({ calibration_id: first.calibration_id, equipment_id: 'T-ok-1' });
    expect(codeOf(await prepareRun(context, elsewhere))).toBe('validation_failed');
    clock.advance(1000);
    await createCalibration(
      context,
      asked({ equipment_id: 'T-named', type: 'level', performed_at: at(-1), valid_until: at(90), factor: 1 }),
    );
    expect(codeOf(await prepareRun(context, request({ calibration_id: first.calibration_id })))).toBe(
      'conflict',
    );
    const unknown = '99999999-9999-4999-8999-999999999999';
    expect(codeOf(await prepareRun(context, request({ calibration_id: unknown })))).toBe('not_found');
  });

  test('a source run is refused by a process that starts from none', async () => {
    expect(codeOf(await prepareRun(context, request({ source_run_id: 'X' })))).toBe('source_run_unusable');
  });

  test('the gate at start refuses what expired in the queue', async () => {
    const sop = await approvedSop();
    await addTool('T-queue', 1);
    const run = { orgId: ours, equipmentId: 'T-queue', sopId: sop.sop_id, named: null, values: {} };
    expect(codeOf(await startGate(context, run))).toBe('ok');
    clock.advance(2 * dayMs);
    expect(codeOf(await startGate(context, run))).toBe('calibration_expired');
  });
});

test('a wafer record is found by wafer or by run, the last one first, and by its own organisation only', async () => {
  const store = (runId: string, outcome: Record<string, unknown>) =>
    context.database.withOrg(ours, (tx) =>
      recordWafers(tx, { orgId: ours, runId }, [{ waferId: 'W-rec', outcome }]),
    );
  await store('RUN-1', { level: 1 });
  await store('RUN-2', { level: 2 });
  await store('RUN-2', { level: 3 });
  const find = async (body: { wafer_id?: string; run_id?: string }, caller = author) =>
    value(await getWaferRecord(context, asked(body, caller))).record?.outcome;
  expect(await find({ wafer_id: 'W-rec' })).toEqual({ level: 2 });
  expect(await find({ run_id: 'RUN-1' })).toEqual({ level: 1 });
  expect(await find({ wafer_id: 'W-rec' }, foreigner)).toBeUndefined();
});
