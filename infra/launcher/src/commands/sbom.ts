import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../folders.ts';

/** `spectra sbom`: what the platform is made of, as CycloneDX, from the lock file alone. */
export function sbom(): boolean {
  const made = spawnSync(pnpm(), ['sbom', '--sbom-format', 'cyclonedx', '--lockfile-only'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (made.error) console.error(`spectra: pnpm could not be started: ${made.error.message}`);
  return made.status === 0;
}

/** The pnpm that the launcher fetched, else whatever is on the path. */
function pnpm(): string {
  const tools = join(root, '.spectra/tools');
  const [fetched] = ['npm/node_modules/@pnpm/exe.*/pnpm', 'pnpm/node_modules/.bin/pnpm'].flatMap((place) =>
    globSync(place, { cwd: tools }),
  );
  return fetched === undefined ? 'pnpm' : join(tools, fetched);
}
