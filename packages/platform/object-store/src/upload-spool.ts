import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { countBytes } from './count-bytes.ts';
import { checkedKey } from './object-key.ts';

/** A file that waits for its upload. */
export type SpooledFile = { id: string; key: string; mediaType: string; sizeBytes: number; sha256: string };

/** The spool has reached its bound; nothing was kept. */
export class SpoolFull extends Error {}

const noteSchema = z.object({
  key: z.string(),
  mediaType: z.string(),
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Files on the local disk that wait for the object store, oldest first. They survive the process. */
export type UploadSpool = {
  /** What an earlier process left; a file that was not written to its end is removed. Called once, before the rest. */
  recover(): Promise<SpooledFile[]>;
  /** Keeps a body durably; throws `SpoolFull` when it does not fit any more. */
  add(file: { key: string; mediaType: string; body: Uint8Array | Readable }): Promise<SpooledFile>;
  read(file: SpooledFile): Readable;
  /** True when the bytes on the disk are still those that were put in. */
  isIntact(file: SpooledFile): Promise<boolean>;
  remove(file: SpooledFile): Promise<void>;
  /** Puts a damaged file aside: it is not uploaded, and nobody deletes it. */
  setAside(file: SpooledFile): Promise<void>;
  bytes(): number;
};

/** Opens a spool in a folder of its own. A body is written first, its note second: only a file with a note counts. */
export function uploadSpool(options: { folder: string; bytesMax: number }): UploadSpool {
  const { folder, bytesMax } = options;
  const bodyOf = (id: string) => join(folder, `${id}.body`);
  const noteOf = (id: string) => join(folder, `${id}.json`);
  let bytes = 0;
  let counter = 0;
  return {
    async recover() {
      await mkdir(folder, { recursive: true });
      const found = await recoverFiles(folder, { bodyOf, noteOf });
      bytes = found.reduce((sum, file) => sum + file.sizeBytes, 0);
      return found;
    },
    async add({ key, mediaType, body }) {
      await mkdir(folder, { recursive: true });
      counter += 1;
      // Names sort by age.
      const age = `${String(Date.now()).padStart(15, '0')}-${String(counter).padStart(8, '0')}`;
      const id = `${age}-${randomUUID().slice(0, 8)}`;
      let reserved = 0;
      const reserve = (more: number) => {
        if (bytes + more > bytesMax) {
          throw new SpoolFull(`the upload spool holds ${bytes} of at most ${bytesMax} bytes`);
        }
        bytes += more;
        reserved += more;
      };
      try {
        const written = await writeBody(bodyOf(id), body, reserve);
        const note = { key: checkedKey(key), mediaType, ...written };
        await writeNote(noteOf(id), JSON.stringify(note));
        return { id, ...note };
      } catch (error) {
        bytes -= reserved;
        await rm(bodyOf(id), { force: true });
        throw error;
      }
    },
    read: (file) => createReadStream(bodyOf(file.id)),
    async isIntact(file) {
      const hash = createHash('sha256');
      try {
        await pipeline(createReadStream(bodyOf(file.id)), hash);
      } catch {
        return false;
      }
      return hash.digest('hex') === file.sha256;
    },
    async remove(file) {
      await rm(noteOf(file.id), { force: true });
      await rm(bodyOf(file.id), { force: true });
      bytes -= file.sizeBytes;
    },
    async setAside(file) {
      await mkdir(join(folder, 'damaged'), { recursive: true });
      for (const path of [bodyOf(file.id), noteOf(file.id)]) {
        await rename(path, path.replace(folder, join(folder, 'damaged'))).catch(() => undefined);
      }
      bytes -= file.sizeBytes;
    },
    bytes: () => bytes,
  };
}

async function recoverFiles(
  folder: string,
  paths: { bodyOf: (id: string) => string; noteOf: (id: string) => string },
): Promise<SpooledFile[]> {
  const names = (await readdir(folder)).toSorted();
  const found: SpooledFile[] = [];
  for (const name of names.filter((one) => one.endsWith('.body'))) {
    const id = name.slice(0, -'.body'.length);
    const note = await readNote(paths.noteOf(id));
    if (note === null) await rm(paths.bodyOf(id), { force: true });
    else found.push({ id, ...note });
  }
  return found;
}

async function readNote(path: string): Promise<Omit<SpooledFile, 'id'> | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function writeBody(
  path: string,
  body: Uint8Array | Readable,
  reserve: (bytes: number) => void,
): Promise<{ sizeBytes: number; sha256: string }> {
  const counted = countBytes(body);
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of counted.stream) {
      const piece = chunk as Uint8Array;
      reserve(piece.byteLength);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return counted.result();
}

/** The note appears whole, and only when it is on the disk. */
async function writeNote(path: string, text: string): Promise<void> {
  const scratch = `${path}.new`;
  await writeFile(scratch, text, { flush: true, mode: 0o600 });
  await rename(scratch, path);
}
