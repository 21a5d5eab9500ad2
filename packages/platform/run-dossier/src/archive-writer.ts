import { createHash } from 'node:crypto';
import { PassThrough, pipeline, Readable } from 'node:stream';
import type { ExportEntry } from '@spectra/schemas';
import ZipStream from 'zip-stream';

/** Bytes, or text that is written as UTF-8. */
export type FileBytes = AsyncIterable<Uint8Array | string>;

/** A file to be written: it is opened only when its turn has come. */
export type ArchiveFile = {
  name: string;
  mediaType: string;
  source: string;
  recorded?: { size_bytes: number; sha256: string };
  /** Rejects when there is no such file to be had; bytes that throw are cut off there. */
  open: () => Promise<FileBytes>;
};

/** A ZIP that is written while it is read: it holds one chunk of one file in memory, never a whole one. */
export type ArchiveWriter = {
  stream: Readable;
  /** Writes one file and answers what was written; a source that fails leaves a file that is told to be broken. */
  add(file: ArchiveFile): Promise<ExportEntry>;
  /** Writes the directory at the end. */
  finish(): void;
  /** Cuts the archive off: its reader sees an error rather than an archive that looks whole. */
  fail(error: Error): void;
};

/** The reader went away, so nothing more can be written. */
export class ArchiveClosed extends Error {}

/** Fast enough for a stream, and telemetry shrinks to a fifth all the same. */
const compressionLevel = 4;

/** Opens an archive. When its reader goes away, the file under way is let go of and `add` throws `ArchiveClosed`. */
export function openArchive(modifiedAt: Date): ArchiveWriter {
  const zip = new ZipStream({ zlib: { level: compressionLevel } });
  const stream = new PassThrough();
  let underWay: Readable | null = null;
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => undefined);
  pipeline(zip, stream, () => {
    underWay?.destroy();
    closed.reject(new ArchiveClosed('the reader of the archive went away'));
  });
  return {
    stream,
    async add(file) {
      const opened = await openFile(file);
      if ('status' in opened) return opened;
      const meter = meterOf(file, opened.bytes);
      underWay = Readable.from(meter.chunks(), { objectMode: false });
      const written = write(zip, underWay, { name: file.name, date: modifiedAt });
      await Promise.race([written, closed.promise]);
      return meter.entry();
    },
    finish: () => zip.finalize(),
    fail: (error) => void stream.destroy(error),
  };
}

function write(zip: ZipStream, source: Readable, file: { name: string; date: Date }): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.entry(source, file, (fault) => (fault ? reject(fault) : resolve()));
  });
}

async function openFile(file: ArchiveFile): Promise<{ bytes: FileBytes } | ExportEntry> {
  try {
    return { bytes: await file.open() };
  } catch (error) {
    return { ...factsOf(file), status: 'missing', size_bytes: null, sha256: null, reason: textOf(error) };
  }
}

/** Hands the bytes on, counts and hashes them, and keeps a fault of the source for the entry. */
function meterOf(
  file: ArchiveFile,
  source: FileBytes,
): { chunks(): AsyncGenerator<Buffer>; entry(): ExportEntry } {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  let fault: string | null = null;
  return {
    async *chunks() {
      try {
        for await (const chunk of source) {
          const bytes = Buffer.from(chunk as Uint8Array);
          hash.update(bytes);
          sizeBytes += bytes.byteLength;
          yield bytes;
        }
      } catch (error) {
        fault = textOf(error);
      }
    },
    entry: () => entryOf(file, { size_bytes: sizeBytes, sha256: hash.digest('hex') }, fault),
  };
}

function entryOf(
  file: ArchiveFile,
  written: { size_bytes: number; sha256: string },
  fault: string | null,
): ExportEntry {
  const reason = fault ?? differenceOf(written, file.recorded);
  return {
    ...factsOf(file),
    status: reason === null ? 'kept' : 'broken',
    ...written,
    ...(reason === null ? {} : { reason }),
  };
}

function factsOf({ name, mediaType, source, recorded }: ArchiveFile) {
  return { name, media_type: mediaType, source, ...(recorded === undefined ? {} : { recorded }) };
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function differenceOf(
  written: { size_bytes: number; sha256: string },
  recorded: ArchiveFile['recorded'],
): string | null {
  if (recorded === undefined) return null;
  if (recorded.size_bytes !== written.size_bytes) {
    return `has ${written.size_bytes} bytes, recorded were ${recorded.size_bytes}`;
  }
  return recorded.sha256 === written.sha256 ? null : 'the bytes are not the recorded ones (SHA-256 differs)';
}
