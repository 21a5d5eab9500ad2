import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { tankProcess } from '@spectra/run-engine';
import { manualClock } from '@spectra/testkit';
import type { ManualClock } from '@spectra/testkit';
import type { ToolReply, ToolState } from '@spectra/process-host';
import { simulateTool } from './simulated-tool.ts';
import type { SimulatedTool } from './simulated-tool.ts';
import { ToolJournal } from './tool-journal.ts';

let folder: string;
let clock: ManualClock;
let tool: SimulatedTool;

const powerUp = () =>
  simulateTool(tankProcess, { journal: new ToolJournal(folder, 'org/T-1', () => clock.nowMs()), clock });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spectra-tool-'));
  clock = manualClock();
  tool = powerUp();
});

function state(reply: ToolReply): ToolState {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.state;
}
const code = (reply: ToolReply) => (reply.ok ? 'ok' : reply.code);

function attach(token: number): ToolReply {
  return tool.answer({ op: 'attach', token, process: 'tank', equipment: 'org/T-1' });
}
function load(token: number): ToolReply {
  const simulator = { noise_scale: 1, faults: [] };
  return tool.answer({
    op: 'load',
    token,
    run_id: 'R',
    wafer_index: 0,
    recipe: { level_mm: 50 },
    seed: 1,
    simulator,
  });
}
function advance(token: number, sequence: number, valve = 1): ToolReply {
  return tool.answer({ op: 'advance', token, sequence, dt_s: 0.1, setpoints: { valve } });
}
function journal(): { event: string; token: number; at: string }[] {
  const [file] = readdirSync(folder);
  if (!file) return [];
  return readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a simulated tool', () => {
  test('takes its energy off by itself when heartbeats stop, within 3 s, and writes it down', () => {
    attach(1);
    load(1);
    expect(state(advance(1, 1)).energised).toBe(true);
    for (let passedMs = 0; passedMs < 3_000; passedMs += 100) {
      clock.advance(100);
      tool.tick(0.1);
    }
    expect(tool.energised).toBe(false);
    const trip = journal().find((entry) => entry.event === 'watchdog_trip');
    expect(Date.parse(trip?.at ?? '') - Date.UTC(2026, 0, 1)).toBeLessThanOrEqual(3_000);
  });

  test('after its watchdog tripped it takes no command before a new session', () => {
    attach(1);
    load(1);
    advance(1, 1);
    clock.advance(5_000);
    tool.tick(0.1);
    expect(code(advance(1, 2))).toBe('tripped');
    const found = state(attach(2));
    expect(found).toMatchObject({ tripped: false, loaded: { run_id: 'R', wafer_index: 0 }, sequence: 1 });
    expect(code(advance(2, 2))).toBe('ok');
  });

  test('a newer session fences the older one, whose commands change nothing', () => {
    attach(1);
    load(1);
    const before = state(advance(1, 1)).readings;
    attach(2);
    for (const reply of [advance(1, 2), tool.answer({ op: 'safe', token: 1, reason: 'old' })]) {
      expect(code(reply)).toBe('stale_token');
    }
    expect(state(attach(2)).readings).toEqual(before);
  });

  test('a repeated command is refused and not done twice', () => {
    attach(1);
    load(1);
    const once = state(advance(1, 1)).readings;
    expect(code(advance(1, 1))).toBe('wrong_sequence');
    expect(state(attach(1)).readings).toEqual(once);
  });

  test('after a power failure it still refuses older tokens, has no energy and does not remember the wafer', () => {
    attach(7);
    load(7);
    advance(7, 1);
    tool = powerUp();
    expect(code(attach(6))).toBe('stale_token');
    expect(state(attach(7))).toMatchObject({ loaded: null, energised: false });
    expect(code(advance(7, 1))).toBe('not_loaded');
  });

  test('a session that ends leaves no energy behind', () => {
    attach(1);
    load(1);
    advance(1, 1);
    tool.answer({ op: 'detach', token: 1 });
    expect(tool.energised).toBe(false);
    expect(code(advance(1, 2))).toBe('not_attached');
  });

  test('its journal shows one lease after the other, and when energy came on and went off', () => {
    attach(1);
    load(1);
    advance(1, 1);
    advance(1, 2, 0);
    tool.answer({ op: 'detach', token: 1 });
    attach(2);
    expect(journal().map((entry) => `${entry.event} ${entry.token}`)).toEqual([
      'lease 1',
      'loaded 1',
      'energised 1',
      'de_energised 1',
      'detached 1',
      'lease 2',
    ]);
  });
});
