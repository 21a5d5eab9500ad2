import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { callerSchema } from '@spectra/schemas';
import type { Caller } from '@spectra/schemas';
import { z } from 'zod';

/** An abort that was obeyed here, and that the orchestrator may not have heard of yet. */
export interface ObeyedAbort {
  /** Its note in the journal; null when it could not be written. */
  readonly note: string | null;
  readonly caller: Caller;
  readonly runId: string;
  readonly obeyedAt: string;
}

const noteSchema = z.object({ caller: callerSchema, runId: z.string(), obeyedAt: z.iso.datetime() });

/** Obeyed aborts on the local disk, so that they are told also by the process that comes after this one. */
export interface AbortJournal {
  /** Settles once the note is on the disk; answers its name. */
  add(abort: Omit<ObeyedAbort, 'note'>): Promise<string>;
  /** What was not told yet, oldest first, and the notes that nobody can read. */
  left(): Promise<{ aborts: ObeyedAbort[]; unreadable: string[] }>;
  remove(note: string): Promise<void>;
}

/** Opens the journal of one process in a folder of its own, one note for each abort. */
export function abortJournal(folder: string): AbortJournal {
  const ending = '.abort.json';
  return {
    async add({ caller, runId, obeyedAt }) {
      await mkdir(folder, { recursive: true });
      // Names sort by age.
      const note = `${String(Date.parse(obeyedAt)).padStart(15, '0')}-${randomUUID()}${ending}`;
      const scratch = join(folder, `${note}.new`);
      await writeFile(scratch, JSON.stringify({ caller, runId, obeyedAt }), { flush: true, mode: 0o600 });
      await rename(scratch, join(folder, note));
      return note;
    },
    async left() {
      await mkdir(folder, { recursive: true });
      const notes = (await readdir(folder)).filter((name) => name.endsWith(ending)).toSorted();
      const read = await Promise.all(notes.map((note) => readNote(folder, note)));
      return {
        aborts: read.filter((abort) => abort !== null),
        unreadable: notes.filter((_note, index) => read[index] === null),
      };
    },
    remove: (note) => rm(join(folder, note), { force: true }),
  };
}

async function readNote(folder: string, note: string): Promise<ObeyedAbort | null> {
  try {
    return { note, ...noteSchema.parse(JSON.parse(await readFile(join(folder, note), 'utf8'))) };
  } catch {
    return null;
  }
}
