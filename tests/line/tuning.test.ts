import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Client } from './client.ts';
import type { Answer } from './client.ts';
import { startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { shortAnneal } from './recipes.ts';
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

type Rule = {
  rule: string;
  type: string;
  kc: number;
  ti_s: number;
  td_s: number;
  maximum_sensitivity: number;
  stable: boolean;
};

const ruleNames: Readonly<Record<string, string>> = {
  AMIGO: 'amigo',
  'SIMC tc=L': 'simc',
  'ZN step': 'ziegler_nichols_step',
  'ZN freq': 'ziegler_nichols_frequency',
  'Tyreus-Luyben': 'tyreus_luyben',
};

const reference = new URL('../../packages/domain/control/test/data/tuning.csv', import.meta.url);
const rows = readFileSync(reference, 'utf8').trim().split('\n').slice(1);
const plants = Map.groupBy(rows, (line) => line.split(',').slice(0, 3).join(','));

const tune = (body: Record<string, unknown>): Promise<Answer> =>
  engineer.post('/api/rtp/tune/controller', body);

async function tuned(body: Record<string, unknown>): Promise<Answer['body']> {
  const answer = await tune(body);
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** The digits as the reference prints them: six, without trailing zeros. */
const printed = (value: number) => String(Number(value.toPrecision(6)));

describe('every row of the tuning reference, over HTTP', () => {
  test.each([...plants])('T, L, Kp = %s', async (plant, lines) => {
    const [time_constant_s = 0, dead_time_s = 0, gain = 0] = plant.split(',').map(Number);
    const answer = await tuned({
      controller_type: 'pid',
      model: { gain, time_constant_s, dead_time_s },
    });
    const rules = answer['rules'] as Rule[];
    const ultimate = answer['ultimate'] as { gain: number; period_s: number };
    for (const line of lines) {
      const [name = '', type = '', kc = '', ti = '', td = '', sensitivity = ''] = line.split(',').slice(3);
      if (name === 'ultimate') {
        expect([printed(ultimate.gain), printed(ultimate.period_s)], line).toEqual([kc, ti]);
        continue;
      }
      const rule = rules.find((each) => each.rule === ruleNames[name] && each.type === type.toLowerCase());
      const found = [printed(rule?.kc ?? NaN), printed(rule?.ti_s ?? NaN), printed(rule?.td_s ?? NaN)];
      expect(found, line).toEqual([kc, ti, td === '' ? '0' : td]);
      expect(rule?.maximum_sensitivity.toFixed(4), line).toBe(sensitivity);
      expect(rule?.stable, line).toBe(true);
    }
  });
});

describe('the plant behind a tuning', () => {
  test('a plant is tuned as its simulator is set, and only in its own organisation', async () => {
    const { identified_model: model } = await tuned({ controller_type: 'pid', plant_id: 'RTP-01' });
    const { relay_amplitude_pct, relay_swing_c, relay_hysteresis_c, relay_ultimate_gain } = model as Record<
      string,
      number
    >;
    const describing =
      (4 * (relay_amplitude_pct ?? NaN)) /
      (Math.PI * Math.sqrt((relay_swing_c ?? NaN) ** 2 - (relay_hysteresis_c ?? NaN) ** 2));
    expect(relay_ultimate_gain).toBeCloseTo(describing, 9);
    const unknown = await tune({ controller_type: 'pid', plant_id: 'RTP-77' });
    expect([unknown.status, unknown.body['code']]).toEqual([404, 'not_found']);
  });

  test('recorded runs are fitted, and the quality of the fit is told', async () => {
    const created = await engineer.post('/api/rtp/runs', { ...shortAnneal, time_scale: 0 });
    const runId = String(created.body['run_id']);
    await engineer.waitForRun('rtp', runId);
    const answer = await tuned({ controller_type: 'pid', run_ids: [runId] });
    expect(answer).toMatchObject({ tuning_method: 'fit_of_recorded_runs' });
    const model = answer['identified_model'] as Record<string, number>;
    expect(model['fit_pct']).toBeGreaterThan(95);
    const robustness = answer['robustness'] as { maximum_sensitivity: number };
    expect(robustness.maximum_sensitivity).toBeLessThanOrEqual(1.8);
    const nobody = await tune({ controller_type: 'pid', run_ids: ['RTP-20260101-00000000'] });
    expect(nobody.status).toBe(404);
  });

  test('a tuning that takes more than 10 s goes on as a job', async () => {
    const segments = Array.from({ length: 6 }, () => ({ target_temp_c: 700, duration_s: 300 }));
    const answer = await tune({ controller_type: 'mpc', recipe: { segments } });
    expect(answer).toMatchObject({ status: 202, body: { status: 'pending' } });
    const links = answer.body['links'] as { self: string };
    const job = await until(
      'the tuning has ended',
      async () => {
        const { body } = await engineer.get(links.self);
        return ['completed', 'failed'].includes(String(body['status'])) ? body : null;
      },
      120_000,
    );
    expect(job, JSON.stringify(job['error'])).toMatchObject({ status: 'completed' });
    const { parameters } = job['result'] as { parameters: { Q: number[][]; R: number[][] } };
    expect(parameters.Q.map((row) => row.length)).toEqual([4, 4, 4, 4]);
    expect(parameters.R[0]?.[1]).toBe(0);
  });
});
