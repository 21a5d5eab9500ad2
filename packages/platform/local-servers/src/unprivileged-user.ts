import { execFileSync, spawnSync } from 'node:child_process';

/** The OS user that a server runs as. */
export type OsUser = { name: string; uid: number; gid: number };

const candidates = ['spectra', 'postgres'];

/**
 * Postgres refuses to run as root. As root this answers the account `spectra` or `postgres`, making the first
 * when neither is there; for any other user it answers undefined: servers run as that user.
 */
export function unprivilegedUser(): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of candidates) {
    const user = accountOf(name);
    if (user !== undefined) return user;
  }
  const made = spawnSync('useradd', ['--system', '--user-group', '--no-create-home', 'spectra'], {
    encoding: 'utf8',
  });
  // Any system has `nobody`; it is the last resort where accounts cannot be made.
  const user = accountOf('spectra') ?? accountOf('nobody');
  if (user === undefined) {
    throw new Error(`Postgres cannot run as root, and no account could be made: ${made.stderr}`);
  }
  return user;
}

/** True when that user can enter the folder and read in it. */
export function canReach(user: OsUser, folder: string): boolean {
  const tried = spawnSync('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', folder], {
    cwd: '/',
    uid: user.uid,
    gid: user.gid,
  });
  return tried.status === 0;
}

function accountOf(name: string): OsUser | undefined {
  try {
    const numberOf = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { name, uid: numberOf('-u'), gid: numberOf('-g') };
  } catch {
    return undefined;
  }
}
