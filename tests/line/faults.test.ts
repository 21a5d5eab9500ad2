import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { JournalLine, Platform } from './platform.ts';
import { annealExample, implantExample, shortAnneal } from './recipes.ts';
import { seedFab } from './seed.ts';
import { until } from './until.ts';

let platform: Platform;
let engineer: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
}, 120_000);
afterAll(() => platform.close());

const at = (line: JournalLine | undefined) => Date.parse(line?.at ?? '');
const linesOf = (tool: string, runId: string) =>
  platform.journal(tool).filter((line) => line.run_id === runId);
const energised = (tool: string, runId: string) =>
  until(
    `${tool} is energised for ${runId}`,
    () => linesOf(tool, runId).find((line) => line.event === 'energised'),
    60_000,
  );

/** Times of the run's telemetry file: both attempts belong in it. */
async function telemetryTimes(run: Record<string, unknown>): Promise<number[]> {
  const artifacts = run['artifacts'] as { kind: string; href: string }[];
  const telemetry = artifacts.find((artifact) => artifact.kind === 'telemetry');
  const file = await engineer.get(telemetry?.href ?? '');
  return file.body['time_s'] as number[];
}

describe('kill -9 of a process service', () => {
  test('in the middle of an implant: it goes on after the restart, to the dose and never above it', async () => {
    const request = { ...implantExample, equipment_id: 'IMP-01', time_scale: 5 };
    const { runId } = await engineer.startRun('ion', request);
    await energised('IMP-01', runId);
    await until('a third of the dose', async () => {
      const run = await engineer.get(`/api/ion/runs/${runId}`);
      return Number(run.body['progress']) > 40;
    });
    await platform.kill('ion-service');
    await platform.start('ion-service');
    const run = await engineer.waitForRun('ion', runId, undefined, 120_000);
    expect(run).toMatchObject({ status: 'completed' });
    expect(Math.abs(Number(run['dose_error_pct']))).toBeLessThanOrEqual(0.5);
    const journal = platform.journal('IMP-01').filter((line) => at(line) >= at(linesOf('IMP-01', runId)[0]));
    const tokens = journal.filter((line) => line.event === 'lease').map((line) => line.token);
    expect(tokens).toEqual(tokens.toSorted((left, right) => left - right));
    expect(linesOf('IMP-01', runId).filter((line) => line.event === 'loaded')).toHaveLength(1);
    for (const line of linesOf('IMP-01', runId)) {
      expect(line.counted?.['true_dose_atoms_cm2'] ?? 0).toBeLessThanOrEqual(1e15 * 1.005);
    }
    const timeS = await telemetryTimes(run);
    expect(timeS[0]).toBe(0);
    expect(timeS.every((time, index) => index === 0 || time > (timeS[index - 1] ?? 0))).toBe(true);
    expect(timeS.length).toBeGreaterThan(440);
  }, 180_000);

  test('while a wafer is hot: the tool takes its lamps off within 3 s, and the run is held', async () => {
    const { runId } = await engineer.startRun('rtp', {
      ...annealExample,
      equipment_id: 'RTP-01',
      time_scale: 1,
    });
    await energised('RTP-01', runId);
    await until('the wafer is hot, and its lamps stay on', async () => {
      const hot = await engineer.get(`/api/rtp/runs/${runId}`);
      return Number(hot.body['progress']) > 30;
    });
    const killedMs = Date.now();
    await platform.kill('rtp-service');
    const trip = await until('the watchdog trips', () =>
      linesOf('RTP-01', runId).find((line) => line.event === 'watchdog_trip'),
    );
    expect(at(trip) - killedMs).toBeLessThanOrEqual(3_000);
    await platform.start('rtp-service');
    const run = await engineer.waitForRun('rtp', runId);
    expect(run).toMatchObject({ status: 'held' });
    const lines = linesOf('RTP-01', runId);
    const tripped = lines.findIndex((line) => line.event === 'watchdog_trip');
    expect(lines.slice(tripped).filter((line) => line.event === 'energised')).toEqual([]);
  }, 120_000);
});

describe('cancel', () => {
  test('while running: the tool is in its safe state within 500 ms of its own time', async () => {
    const { runId, jobId } = await engineer.startRun('ion', {
      ...implantExample,
      equipment_id: 'IMP-02',
      time_scale: 1,
    });
    await energised('IMP-02', runId);
    const askedMs = Date.now();
    expect((await engineer.post(`/api/jobs/${jobId}/cancel`)).status).toBe(202);
    const safe = await until('safe state', () =>
      linesOf('IMP-02', runId).find((line) => line.event === 'safe'),
    );
    expect(at(safe) - askedMs).toBeLessThanOrEqual(500);
    expect(await engineer.waitForRun('ion', runId)).toMatchObject({ status: 'cancelled' });
    expect((await engineer.post(`/api/jobs/${jobId}/cancel`)).status).toBe(409);
  });

  test('while queued: it never starts', async () => {
    const busy = await engineer.startRun('rtp', { ...shortAnneal, equipment_id: 'RTP-02', time_scale: 10 });
    const waiting = await engineer.startRun('rtp', {
      ...shortAnneal,
      equipment_id: 'RTP-02',
      wafer_id: 'W2',
      time_scale: 0,
    });
    expect((await engineer.delete(`/api/rtp/runs/${waiting.runId}`)).status).toBe(202);
    expect(await engineer.waitForRun('rtp', waiting.runId)).toMatchObject({
      status: 'cancelled',
      started_at: null,
    });
    await engineer.waitForRun('rtp', busy.runId);
    expect(linesOf('RTP-02', waiting.runId)).toEqual([]);
  });
});

test('with the NATS store wiped while everything is stopped, no job is lost and none runs twice', async () => {
  const runs = [];
  for (let index = 0; index < 12; index += 1) {
    const body = {
      ...implantExample,
      dose_atoms_cm2: 2e14,
      wafer_id: `N${index}`,
      equipment_id: 'IMP-03',
      time_scale: 0,
    };
    runs.push(await engineer.startRun('ion', body));
  }
  await platform.stopAll();
  await platform.nats.stop();
  await platform.nats.wipe();
  await platform.nats.start();
  await platform.startAll();
  engineer = await Client.logIn(platform.url, 'engineer');
  for (const { runId } of runs) {
    expect(await engineer.waitForRun('ion', runId, undefined, 120_000)).toMatchObject({
      status: 'completed',
    });
    expect(linesOf('IMP-03', runId).filter((line) => line.event === 'loaded')).toHaveLength(1);
  }
}, 240_000);
