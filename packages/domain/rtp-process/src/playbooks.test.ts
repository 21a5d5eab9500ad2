import { describe, expect, it } from 'vitest';
import { rtpProcess } from './rtp-process.ts';

const { monitoring, interlocks } = rtpProcess;
const conditions = ['overshoot', 'tracking_error', 'spc.tracking_error', 'zone_spread', 'emissivity_shift'];
const signals = [
  ...conditions,
  ...interlocks.map((interlock) => `interlock.${interlock.id}`),
  ...monitoring.charts.map((chart) => `chart.${chart.parameter}`),
  'fdc.channels',
];

describe('playbooks', () => {
  it('answer every signal that this process raises, and no other', () => {
    const answered = monitoring.playbooks.flatMap((playbook) => playbook.sources);
    expect(new Set(answered)).toEqual(new Set(signals));
    expect(answered).toHaveLength(new Set(answered).size);
  });

  it('name for each cause what to check and what to do, and where it is from', () => {
    for (const { title, causes, references } of monitoring.playbooks) {
      expect(references.length, title).toBeGreaterThan(0);
      expect(causes.length, title).toBeGreaterThan(0);
      for (const { cause, checks, actions } of causes) {
        expect([checks.length > 0, actions.length > 0], cause).toEqual([true, true]);
      }
    }
  });
});
