import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, '.spectra/tools/redis');
/** The program itself lies in `redis-tools`; the two libraries are those that a bare system lacks. */
const packages = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'];

export type RedisProgram = { file: string; environment: Record<string, string> };

/** A redis-server from PATH, or the distribution's package unpacked without root; null when neither can be had. */
export function redisProgram(): RedisProgram | null {
  const onPath: RedisProgram = { file: 'redis-server', environment: {} };
  if (runs(onPath)) return onPath;
  if (runs(unpacked())) return unpacked();
  console.log('fetching redis-server');
  const script = join(root, 'infra/tools/fetch-debian-package.sh');
  for (const name of packages) spawnSync('sh', [script, name, suite(), folder], { stdio: 'ignore' });
  return runs(unpacked()) ? unpacked() : null;
}

function unpacked(): RedisProgram {
  const libraries = join(folder, 'usr/lib');
  let folders: string[] = [];
  try {
    folders = readdirSync(libraries).map((name) => join(libraries, name));
  } catch {
    // Nothing was unpacked yet.
  }
  return {
    file: join(folder, 'usr/bin/redis-server'),
    environment: { LD_LIBRARY_PATH: folders.join(':') },
  };
}

function suite(): string {
  const release = readFileSync('/etc/os-release', 'utf8');
  return /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1] ?? 'stable';
}

function runs({ file, environment }: RedisProgram): boolean {
  return spawnSync(file, ['--version'], { env: { ...process.env, ...environment } }).status === 0;
}
