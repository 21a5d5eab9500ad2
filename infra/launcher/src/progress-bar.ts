/** One line that shows how far a run is: `ion  [#####.....]  52 %  Implanting wafer 1/1`. */
export function progressBar(run: { label: string; progress: number; step: string; columns: number }): string {
  const percent = Math.min(100, Math.max(0, run.progress));
  const width = Math.max(10, Math.min(30, run.columns - 50));
  const filled = Math.round((percent / 100) * width);
  const bar = '#'.repeat(filled) + '.'.repeat(width - filled);
  const line = `${run.label.padEnd(8)} [${bar}] ${percent.toFixed(0).padStart(3)} %  ${run.step}`;
  return line.slice(0, Math.max(20, run.columns - 1));
}
