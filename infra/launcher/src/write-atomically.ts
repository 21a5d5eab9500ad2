import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file whole or not at all; only its owner may read it. */
export function writeAtomically(file: string, text: string): void {
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, text, { mode: 0o600 });
  renameSync(scratch, file);
}
