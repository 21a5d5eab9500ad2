import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { annealExample, doseProfileExample, implantExample, tuneExample } from './recipes.ts';
import { seedFab } from './seed.ts';
import { readEvents, readWebSocket, sequence } from './stream-reader.ts';
import { until } from './until.ts';

let platform: Platform;
let engineer: Client;

beforeAll(async () => {
  platform = await startPlatform();
  await seedFab(platform.url);
  engineer = await Client.logIn(platform.url, 'engineer');
}, 120_000);
afterAll(() => platform.close());

const streamUrl = (process: string, runId: string, query = '') =>
  `${platform.url.replace('http', 'ws')}/api/${process}/stream/${runId}${query}`;

type Artifacts = { kind: string; name: string; href: string; sha256: string; size_bytes: number }[];

async function expectArtifactsToDownload(artifacts: Artifacts): Promise<void> {
  expect(artifacts.length).toBeGreaterThan(2);
  for (const artifact of artifacts) {
    const response = await fetch(new URL(artifact.href, platform.url), {
      headers: { authorization: `Bearer ${engineer.token}` },
    });
    expect(response.status, artifact.name).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.length).toBe(artifact.size_bytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(artifact.sha256);
  }
}

describe('the main job: an implant and its activation anneal', () => {
  let implant: Record<string, unknown>;

  test('the implant of the specification runs to the end with its metrics, prediction and files', async () => {
    const created = await engineer.post('/api/ion/runs', implantExample);
    expect(created.status).toBe(202);
    expect(created.body).toMatchObject({
      status: 'queued',
      run_id: expect.stringMatching(/^ION-\d{8}-[0-9A-F]{8}$/),
    });
    implant = await engineer.waitForRun('ion', String(created.body['run_id']));
    expect(implant).toMatchObject({
      status: 'completed',
      progress: 100,
      recipe: { species: 'P', energy_kev: 40 },
    });
    expect(Number(implant['final_dose_atoms_cm2']) / 1e15).toBeCloseTo(1, 2);
    expect(Math.abs(Number(implant['dose_error_pct']))).toBeLessThanOrEqual(0.5);
    expect(implant['vm_prediction']).toMatchObject({
      sheet_resistance_ohm_sq: expect.any(Number),
      junction_depth_um: expect.any(Number),
      activation_pct: expect.any(Number),
    });
    const { final_dose_atoms_cm2: dose } = implant['uncertainty'] as Record<string, { expanded: number }>;
    expect(Number(dose?.expanded) / 1e15).toBeGreaterThan(0.001);
    expect(Number(dose?.expanded) / 1e15).toBeLessThan(0.02);
    await expectArtifactsToDownload(implant['artifacts'] as Artifacts);
  });

  test('its anneal starts from the wafer as it was really implanted', async () => {
    const created = await engineer.post('/api/rtp/runs', { ...annealExample, time_scale: 0 });
    expect(created.status).toBe(202);
    const warnings = created.body['warnings'] as { message: string }[];
    expect(warnings.map((warning) => warning.message).join(' ')).toMatch(/40\.0 °C\/s is not reachable/);
    const anneal = await engineer.waitForRun('rtp', String(created.body['run_id']));
    expect(anneal).toMatchObject({ status: 'completed', progress: 100 });
    for (const metric of [
      'final_temp_c',
      'temp_error_c',
      'max_overshoot_c',
      'avg_ramp_error_c',
      'thermal_budget',
    ]) {
      expect(anneal[metric], metric).toEqual(expect.any(Number));
    }
    expect(anneal['vm_prediction']).toMatchObject({
      activation_pct: expect.any(Number),
      diffusion_depth_um: expect.any(Number),
      sheet_resistance_ohm_sq: expect.any(Number),
      junction_depth_um: expect.any(Number),
      oxide_thickness_nm: expect.any(Number),
    });
    expect(Object.keys(anneal['uncertainty'] as object).toSorted()).toEqual([
      'peak_temp_c',
      'ramp_rate_c_s',
      'soak_mean_temp_c',
    ]);
    await expectArtifactsToDownload(anneal['artifacts'] as Artifacts);
  });
});

test('the calculators answer the printed examples', async () => {
  const profile = await engineer.post('/api/ion/simulate/dose_profile', doseProfileExample);
  expect(profile.status).toBe(200);
  const moments = profile.body['moments'] as Record<string, number>;
  expect(moments['projected_range_nm']).toBeGreaterThan(60);
  expect(moments['projected_range_nm']).toBeLessThan(85);
  const tuned = await engineer.post('/api/rtp/tune/controller', tuneExample);
  expect(tuned.status).toBe(200);
  expect(tuned.body).toMatchObject({
    controller_type: 'pid',
    parameters: { kp: expect.any(Number), ki: expect.any(Number), kd: expect.any(Number) },
    expected_performance: { overshoot_pct: expect.any(Number) },
  });
});

test('the calculators draw their profiles with format=svg', async () => {
  const anneal = {
    implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
    thermal: { temp_c: 1000, time_s: 30 },
  };
  for (const [path, body] of [
    ['/api/ion/simulate/dose_profile', doseProfileExample],
    ['/api/rtp/simulate/anneal', anneal],
  ] as const) {
    const ask = (format: string) =>
      fetch(new URL(`${path}?format=${format}`, platform.url), {
        method: 'POST',
        headers: { authorization: `Bearer ${engineer.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const drawn = await ask('svg');
    expect(drawn.status, path).toBe(200);
    expect(drawn.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
    const svg = await drawn.text();
    for (const label of ['Depth in nm', 'Concentration in atoms/cm³', '10¹⁸']) expect(svg).toContain(label);
    expect((await ask('png')).status, path).toBe(400);
  }
});

describe('the stream of a run', () => {
  test('tells everything while it happens: frames before the end, progress at least once a second', async () => {
    const { runId } = await engineer.startRun('ion', { ...implantExample, time_scale: 10 });
    const stream = readWebSocket(streamUrl('ion', runId), engineer.token);
    const end = await stream.waitFor('completed', 'error', 'cancelled');
    expect(end.type).toBe('completed');
    expect(stream.messages[0]?.type).toBe('connected');
    const channels = stream.messages[0]?.data['channels'] as { id: string; unit: string }[];
    expect(channels).toContainEqual(expect.objectContaining({ id: 'beam_current_ma', unit: 'mA' }));
    const frames = stream.ofType('telemetry');
    expect(frames.length).toBeGreaterThan(10);
    expect(end.arrivedMs - (frames[0]?.arrivedMs ?? 0)).toBeGreaterThan(2_000);
    const progress = [...stream.ofType('progress'), end].map((message) => message.arrivedMs);
    const gaps = progress.slice(1).map((at, index) => at - (progress[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(1_500);
    const seen = sequence(stream.messages);
    expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
  });

  test.each(['WebSocket', 'SSE'] as const)(
    'after a forced disconnect a reader by %s goes on without hole or double',
    async (way) => {
      const { runId } = await engineer.startRun('ion', { ...implantExample, time_scale: 20 });
      const events = `${platform.url}/api/ion/runs/${runId}/events`;
      const open = (after?: number) =>
        way === 'WebSocket'
          ? readWebSocket(
              streamUrl('ion', runId, after === undefined ? '' : `?from=${after}`),
              engineer.token,
            )
          : readEvents(events, engineer.token, after);
      const first = open();
      await until('some frames', () => first.ofType('telemetry').length >= 5);
      first.cut();
      const before = sequence(first.messages);
      const second = open(before.at(-1));
      await second.waitFor('completed');
      const whole = [...before, ...sequence(second.messages)];
      expect(whole).toEqual(whole.map((_, index) => index + 1));
    },
  );

  test('shows an alert when the simulator plays a fault', async () => {
    const admin = await Client.logIn(platform.url, 'admin');
    const faults = [{ kind: 'beam_drift', at_s: 5, magnitude: 0.2 }];
    const set = await admin.put('/api/equipment/IMP-04/simulator', { noise_scale: 1, faults });
    expect(set.status).toBe(200);
    const { runId } = await engineer.startRun('ion', { ...implantExample, equipment_id: 'IMP-04' });
    const stream = readWebSocket(streamUrl('ion', runId), engineer.token);
    await stream.waitFor('completed', 'error', 'progress');
    const alert = await stream.waitFor('alert');
    expect(alert.data).toMatchObject({
      state: 'raised',
      parameter: expect.any(String),
      message: expect.any(String),
    });
    await engineer.waitForRun('ion', runId);
    await admin.put('/api/equipment/IMP-04/simulator', { noise_scale: 1, faults: [] });
  });
});

test('the same recipe and seed give the same telemetry file, byte for byte', async () => {
  const request = { ...implantExample, wafer_id: 'W-SAME', seed: 4711, time_scale: 0 };
  const files: string[] = [];
  for (const equipment_id of ['IMP-01', 'IMP-02']) {
    const { runId } = await engineer.startRun('ion', { ...request, equipment_id });
    const run = await engineer.waitForRun('ion', runId);
    const telemetry = (run['artifacts'] as Artifacts).find((artifact) => artifact.kind === 'telemetry');
    files.push(telemetry?.sha256 ?? runId);
  }
  expect(files[0]).toBe(files[1]);
});

test('fifty runs over eight tools all complete, and no tool ever serves two at a time', async () => {
  const wafers = Array.from({ length: 50 }, (_, index) => index);
  const runs = await Promise.all(
    wafers.map((index) =>
      index % 2 === 0
        ? engineer.startRun('ion', {
            ...implantExample,
            dose_atoms_cm2: 1e13,
            wafer_id: `F${index}`,
            time_scale: 0,
          })
        : engineer.startRun('rtp', { ...annealExample, wafer_id: `F${index}`, time_scale: 0 }),
    ),
  );
  const ended = await Promise.all(
    runs.map(({ runId }) =>
      engineer.waitForRun(runId.startsWith('ION') ? 'ion' : 'rtp', runId, undefined, 180_000),
    ),
  );
  expect(ended.map((run) => run['status'])).toEqual(wafers.map(() => 'completed'));
  for (const tool of ['IMP-01', 'IMP-02', 'IMP-03', 'IMP-04', 'RTP-01', 'RTP-02', 'RTP-03', 'RTP-04']) {
    let holder: number | null = null;
    for (const line of platform.journal(tool)) {
      if (line.event === 'lease') {
        expect(holder, `${tool} was leased to ${holder} when ${line.token} came`).toBeNull();
        holder = line.token;
      }
      if (line.event === 'detached') holder = null;
      if (line.event === 'energised') expect(line.token).toBe(holder);
    }
  }
}, 240_000);
