import { jobsRpc, refuse } from '@spectra/schemas';
import type { Measurement } from '@spectra/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foreigner, refusalOf, tankService, valueOf } from '../../test/tank-service.ts';
import { listMetrology } from './list-metrology.ts';
import { recordMetrology } from './record-metrology.ts';

let service: Awaited<ReturnType<typeof tankService>>;

beforeAll(async () => {
  service = await tankService();
  service.messaging.serve('jobs', jobsRpc.getRun, async () => refuse('not_found', 'There is no such run'));
  const run = { equipmentId: 'T-1', levelMm: 40, outcome: {} };
  await service.recordRun({ ...run, runId: 'R-1', waferIds: ['W1', 'W2'] });
  await service.recordRun({ ...run, runId: 'R-2', waferIds: ['W1'] });
});
afterAll(() => service.close());

const level = (change: Partial<Measurement> = {}): Measurement => ({
  wafer_id: 'W1',
  parameter: 'level_mm',
  value: 40,
  ...change,
});
const record = (measurements: Measurement[], caller?: typeof foreigner) =>
  recordMetrology(service.context, service.asked({ measurements, listed: measurements.length > 1 }, caller));
const at = (minutes: number) => new Date(service.clock.nowMs() + minutes * 60_000).toISOString();
const list = (filter: Record<string, string> = {}, caller?: typeof foreigner) =>
  listMetrology(service.context, service.asked({ limit: 50, offset: 0, ...filter }, caller));

describe('a measurement', () => {
  test('belongs to the wafer’s last run before it, or to the run that it names', async () => {
    const [late] = valueOf(await record([level({ measured_at: at(0), value: 41 })])).measurements;
    expect(late).toMatchObject({ run_id: 'R-2', unit: 'mm', recorded_by: 'engineer' });
    const [early] = valueOf(await record([level({ measured_at: at(-0.5), value: 39 })])).measurements;
    expect(early?.run_id).toBe('R-1');
    const [named] = valueOf(await record([level({ run_id: 'R-1', measured_at: at(-0.1) })])).measurements;
    expect(named?.run_id).toBe('R-1');
  });

  test('posted again changes nothing; another value of the same time is refused', async () => {
    const once = level({ run_id: 'R-1', wafer_id: 'W2', measured_at: at(-1), tool: 'G-1' });
    const [first] = valueOf(await record([once])).measurements;
    const again = valueOf(await record([once]));
    expect(again).toMatchObject({ duplicates: 1, measurements: [{ metrology_id: first?.metrology_id }] });
    expect(refusalOf(await record([{ ...once, value: 44 }]))).toMatchObject({
      code: 'conflict',
      errors: [{ path: 'value', value: 44, limit: 40 }],
    });
  });

  test.each([
    ['an unknown parameter', { parameter: 'smell' }, 'parameter', { one_of: ['level_mm'] }],
    ['an implausible value', { value: 101 }, 'value', { maximum: 100 }],
    ['an implausible site', { sites: [{ x_mm: 0, y_mm: 0, value: -1 }] }, 'sites.0.value', { minimum: 0 }],
    ['a wafer without a run', { wafer_id: 'W9' }, 'wafer_id', undefined],
  ])('of %s is refused with field and limit', async (_name, change, path, limit) => {
    const [error] = refusalOf(await record([level(change)])).errors ?? [];
    expect(error).toMatchObject({ path, ...(limit && { limit }) });
  });

  test('of the future is refused, and of a run that does not exist', async () => {
    const [error] = refusalOf(await record([level({ measured_at: at(6) })])).errors ?? [];
    expect(error?.path).toBe('measured_at');
    expect(refusalOf(await record([level({ run_id: 'R-none' })])).code).toBe('not_found');
  });

  test('in a list with a bad one is not stored either', async () => {
    const before = valueOf(await list()).total;
    const good = level({ wafer_id: 'W2', run_id: 'R-1', measured_at: at(-2) });
    expect(refusalOf(await record([good, level({ value: -1 })])).errors?.[0]?.path).toBe(
      'measurements.1.value',
    );
    await record([{ ...good, tool: 'G-2' }]);
    const clash = { ...good, tool: 'G-2', value: 12 };
    expect(refusalOf(await record([{ ...good, tool: 'G-3' }, clash])).code).toBe('conflict');
    expect(valueOf(await list()).total).toBe(before + 1);
  });
});

test('a list is filtered, and another organisation sees and reaches nothing of it', async () => {
  const of = async (filter: Record<string, string>) => valueOf(await list(filter)).total;
  expect(await of({ wafer_id: 'W2' })).toBeGreaterThan(0);
  expect(await of({ wafer_id: 'W2', run_id: 'R-2' })).toBe(0);
  expect(await of({ from: at(1) })).toBe(0);
  expect(valueOf(await list({}, foreigner)).items).toEqual([]);
  expect(refusalOf(await record([level()], foreigner)).errors?.[0]?.path).toBe('wafer_id');
  expect(refusalOf(await record([level({ run_id: 'R-1' })], foreigner)).code).toBe('not_found');
});
