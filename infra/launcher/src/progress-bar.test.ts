import { expect, it } from 'vitest';
import { progressBar } from './progress-bar.ts';

const bar = (progress: number, columns = 100, step = 'Implanting wafer 1/1') =>
  progressBar({ label: 'implant', progress, step, columns });

it('shows label, share, percentage and step', () => {
  expect(bar(50)).toBe(`implant  [${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  Implanting wafer 1/1`);
});

it('never has more or fewer marks than its width, whatever the progress', () => {
  for (const progress of [-5, 0, 0.4, 33.3, 99.9, 100, 250]) {
    expect(/\[([#.]*)\]/.exec(bar(progress))?.[1]).toHaveLength(30);
  }
  expect(bar(250)).toContain('100 %');
});

it('fits into the terminal', () => {
  for (const columns of [30, 60, 80, 200]) {
    expect(bar(50, columns, 'a'.repeat(300)).length).toBeLessThan(columns);
  }
});
