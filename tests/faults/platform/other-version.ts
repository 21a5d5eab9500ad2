import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);
const setUpLimitMs = 300_000;

/**
 * The code of another revision, ready to run; answers its folder. It shares the launcher's tools with this version, sets
 * itself up by its own launcher, and stays for the next campaign.
 */
export async function otherVersion(revision: string): Promise<string> {
  const { stdout } = await run('git', ['rev-parse', '--verify', `${revision}^{commit}`], { cwd: root });
  const folder = join(root, '.spectra/versions', stdout.trim().slice(0, 12));
  if (!existsSync(folder)) await run('git', ['worktree', 'add', '--detach', folder, revision], { cwd: root });
  mkdirSync(join(folder, '.spectra'), { recursive: true });
  const tools = join(folder, '.spectra/tools');
  if (!existsSync(tools)) symlinkSync(join(root, '.spectra/tools'), tools);
  // Any command of it installs what its own lock file names.
  await run(join(folder, 'spectra'), ['help'], { cwd: folder, timeout: setUpLimitMs });
  return folder;
}
