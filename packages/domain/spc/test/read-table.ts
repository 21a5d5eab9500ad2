import { readFileSync } from 'node:fs';

/** Rows of a reference table without its header, as text cells with quotes removed. */
export function readTable(name: string): string[][] {
  return readFileSync(new URL(`./data/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')));
}

/** The same as numbers. */
export function readNumbers(name: string): number[][] {
  return readTable(name).map((row) => row.map(Number));
}
