import { readFileSync } from 'node:fs';

/** A row of a reference table by the names of its columns. */
export type ReferenceRow = Readonly<Record<string, string>>;

/** Reads a reference table where the physics packages keep it, so that report and unit tests share one copy. */
export function readReferenceTable(name: 'ion-physics' | 'thermal-physics', file: string): ReferenceRow[] {
  const url = new URL(`../../packages/domain/${name}/test/data/${file}`, import.meta.url);
  const [header = '', ...lines] = readFileSync(url, 'utf8')
    .trim()
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'));
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((column, i) => [column, cells[i] ?? '']));
  });
}

/** A named cell as a number; a missing or unreadable one is a fault in the table. */
export function numberIn(row: ReferenceRow, column: string): number {
  const text = row[column];
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value)) throw new Error(`column ${column} holds ${text}, not a number`);
  return value;
}
