import type { ExperimentResult } from './campaign.ts';

/** The table of a campaign: what was tried, whether it hit, and whether every promise held. */
export function table(results: readonly ExperimentResult[]): string {
  const rows = results.map((result) => [
    result.id,
    result.title,
    `${hits(result)}/${result.rounds.length}`,
    `${result.rounds.reduce((sum, round) => sum + round.jobs, 0)}`,
    evidenceText(result),
    breachText(result),
    passed(result) ? 'pass' : 'FAIL',
  ]);
  const head = [
    '#',
    'fault',
    'rounds that hit',
    'jobs',
    'what shows the hit (all rounds)',
    'breaches',
    'result',
  ];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** An experiment passes when no promise was broken and its fault hit at least once. */
export function passed(result: ExperimentResult): boolean {
  return hits(result) > 0 && result.rounds.every((round) => round.breaches.length === 0);
}

/** The commands that replay the rounds with a breach. */
export function replays(results: readonly ExperimentResult[], seed: number, jobs: number): string[] {
  return results.flatMap(({ id, rounds }) =>
    rounds
      .filter((round) => round.breaches.length > 0)
      .map(({ round }) => `./spectra faults --only ${id} --seed ${seed} --round ${round} --jobs ${jobs}`),
  );
}

function hits({ rounds }: ExperimentResult): number {
  return rounds.filter((round) => round.hit).length;
}

function evidenceText({ rounds }: ExperimentResult): string {
  const sums = new Map<string, number>();
  for (const { kind } of rounds) if (kind) sums.set(`× ${kind}`, (sums.get(`× ${kind}`) ?? 0) + 1);
  for (const { proof } of rounds)
    for (const [name, count] of Object.entries(proof)) sums.set(name, (sums.get(name) ?? 0) + count);
  return [...sums].map(([name, sum]) => `${Math.round(sum)} ${name}`).join(', ');
}

function breachText({ rounds }: ExperimentResult): string {
  const counts = new Map<string, number>();
  for (const { id } of rounds.flatMap((round) => round.breaches)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].map(([id, count]) => `${id} ×${count}`).join(', ') || 'none';
}
