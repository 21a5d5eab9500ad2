import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Journal = { entries: { idx: number }[] };

/** A copy of a folder of migrations that ends with the one of this number: the tables of before a change. The caller removes it. */
export async function migrationsUpTo(migrationsFolder: string, last: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'spectra-migrations-'));
  await cp(migrationsFolder, folder, { recursive: true });
  const path = join(folder, 'meta/_journal.json');
  const journal = JSON.parse(await readFile(path, 'utf8')) as Journal;
  const entries = journal.entries.filter(({ idx }) => idx <= last);
  await writeFile(path, JSON.stringify({ ...journal, entries }));
  return folder;
}
