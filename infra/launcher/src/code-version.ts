import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './folders.ts';

/**
 * The code that the services run, as records of runs name it: version, commit, and `dirty` when files differ from the
 * commit. Without git, or outside of a checkout, the version alone.
 */
export function codeVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const commit = git('rev-parse', '--short=12', 'HEAD');
  if (commit === null) return version;
  const changed = git('status', '--porcelain', '--untracked-files=no');
  return `${version}+${commit}${changed === '' ? '' : '.dirty'}`;
}

function git(...command: string[]): string | null {
  const done = spawnSync('git', ['-C', root, ...command], { encoding: 'utf8', timeout: 10_000 });
  return done.status === 0 ? done.stdout.trim() : null;
}
