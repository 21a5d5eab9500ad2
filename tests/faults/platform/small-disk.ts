import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const roomyMb = 1_024;
/** Left beside what is used when the disk is made small, and then filled to the last byte. */
const leftMb = 16;

/** A file system of its own, in memory, which can be filled to the last byte and freed again. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Null where this machine does not let us mount one. */
  static mount(folder: string): SmallDisk | null {
    mkdirSync(folder, { recursive: true });
    const options = `size=${roomyMb}m,mode=0755`;
    return runs('mount', ['-t', 'tmpfs', '-o', options, 'spectra-faults', folder])
      ? new SmallDisk(folder)
      : null;
  }

  /** From now on every write that needs room fails: no space left on device. */
  fill(): void {
    const { blocks, bfree, bsize } = statfsSync(this.folder);
    const usedMb = Math.ceil(((blocks - bfree) * bsize) / 2 ** 20);
    this.#resize(usedMb + leftMb);
    const ballast = openSync(this.#ballast, 'w');
    try {
      // Page by page at the end: not even a small file finds room.
      for (const bytes of [2 ** 20, 4_096]) writeUntilFull(ballast, Buffer.alloc(bytes, 1));
    } finally {
      closeSync(ballast);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
    this.#resize(roomyMb);
  }

  unmount(): void {
    // Lazily: whoever still holds a file of it does not keep it in the tree.
    runs('umount', ['-l', this.folder]);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }

  #resize(mb: number): void {
    if (!runs('mount', ['-o', `remount,size=${mb}m`, this.folder]))
      throw new Error(`the file system at ${this.folder} could not be made ${mb} MB large`);
  }
}

function writeUntilFull(file: number, piece: Buffer): void {
  for (;;) {
    try {
      writeSync(file, piece);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return;
      throw error;
    }
  }
}

function runs(program: string, given: readonly string[]): boolean {
  return spawnSync(program, given, { stdio: 'ignore' }).status === 0;
}
