import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SmallDisk } from './small-disk.ts';

test('a full disk takes not a byte more, keeps what it has, and takes on when it is freed', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'spectra-small-disk-'));
  const disk = SmallDisk.mount(folder);
  if (disk === null) return context.skip('this machine lets us mount no file system');
  try {
    const kept = join(folder, 'kept');
    writeFileSync(kept, 'before');
    disk.fill();
    expect(() => writeFileSync(join(folder, 'refused'), 'x')).toThrow('ENOSPC');
    expect(readFileSync(kept, 'utf8')).toBe('before');
    disk.free();
    writeFileSync(join(folder, 'taken'), Buffer.alloc(2 ** 20));
  } finally {
    disk.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
});
