import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { natsVersion } from '@spectra/local-servers';
import { root, toolsFolder } from './folders.ts';

/** Newest first; an older one in the list serves when the newer suite is gone. */
const suites = ['forky', 'trixie'];
const floor = [2, 9, 10] as const;
const preferred = [2, 10, 0] as const;

/**
 * The nats-server to run: the one that was set; one from PATH when it is recent; one fetched earlier; one from
 * a newer Debian suite; else any that is new enough to work (2.9.10).
 */
export function natsProgram(wanted: string | undefined, say: (line: string) => void): string {
  if (wanted !== undefined) return checked(wanted);
  const fetched = join(toolsFolder, 'nats/usr/sbin/nats-server');
  const recent = ['nats-server', fetched].find((program) => isAtLeast(program, preferred));
  if (recent !== undefined) return recent;
  say('fetching nats-server');
  for (const suite of suites) {
    fetchFromDebian(suite);
    if (isAtLeast(fetched, preferred)) return fetched;
  }
  fetchFromOwnSuite();
  const usable = ['nats-server', fetched].find((program) => isAtLeast(program, floor));
  if (usable !== undefined) return usable;
  throw new Error(
    'No nats-server could be found or fetched. Install one (apt install nats-server, brew install nats-server, or ' +
      'a release archive), then set NATS_SERVER to its path if it is not on PATH',
  );
}

function checked(program: string): string {
  if (isAtLeast(program, floor)) return program;
  throw new Error(`NATS_SERVER: "${program}" is not a nats-server of version ${floor.join('.')} or newer`);
}

function isAtLeast(program: string, least: readonly [number, number, number]): boolean {
  const version = natsVersion(program);
  if (version === undefined) return false;
  const [major, minor, patch] = version;
  const [leastMajor, leastMinor, leastPatch] = least;
  if (major !== leastMajor) return major > leastMajor;
  return minor !== leastMinor ? minor > leastMinor : patch >= leastPatch;
}

function fetchFromDebian(suite: string): void {
  const script = join(root, 'infra/tools/fetch-debian-package.sh');
  spawnSync('sh', [script, 'nats-server', suite, join(toolsFolder, 'nats')], { stdio: 'ignore' });
}

/** The system's own package, unpacked without installing it: Debian's and Ubuntu's lists know one. */
function fetchFromOwnSuite(): void {
  const command = 'cd "$(mktemp -d)" && apt-get download nats-server && dpkg -x nats-server_*.deb "$0"';
  spawnSync('sh', ['-c', command, join(toolsFolder, 'nats')], { stdio: 'ignore' });
}
