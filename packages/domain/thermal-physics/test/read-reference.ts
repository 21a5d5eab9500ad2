import { readFileSync } from 'node:fs';

/** Rows of a reference table as records; the first line is the provenance, the second the header. */
export function readReference(file: string): Record<string, string>[] {
  const [, header = '', ...lines] = readFileSync(new URL(`./data/${file}`, import.meta.url), 'utf8')
    .trim()
    .split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** A named cell as a number. */
export function numberIn(row: Record<string, string>, name: string): number {
  return Number(row[name]);
}

/** Relative deviation of a value from its reference, in per cent. */
export function deviationPct(value: number, reference: number): number {
  return 100 * (value / reference - 1);
}
