import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// What comes in from outside, and what must not go out: no audit service is at hand everywhere, so it is checked here.

const root = fileURLToPath(new URL('../..', import.meta.url));
const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');

/** Below these, a package has a fault that is known and mended. */
const floors: Readonly<Record<string, string>> = {
  fastify: '5.12.5',
  '@fastify/jwt': '10.2.5',
  'fast-jwt': '6.3.1',
  ws: '8.21.0',
  'drizzle-orm': '0.45.2',
  undici: '7.24.0',
};

type Locked = { name: string; version: string; resolution: string };

/** The packages of a lock file, each with how its bytes are known. */
function packagesOf(text: string): Locked[] {
  const section = text.slice(text.indexOf('\npackages:\n'), text.indexOf('\nsnapshots:\n'));
  const entry = /^ {2}'?((?:@[^/]+\/)?[^@'\n]+)@([^:'\n]+)'?:\n {4}resolution: \{([^}]*)\}/gm;
  return [...section.matchAll(entry)].map(([, name = '', version = '', resolution = '']) => ({
    name,
    version,
    resolution,
  }));
}

/** Packages that are not pinned to the SHA-512 of what the registry served. */
function unpinned(packages: readonly Locked[]): string[] {
  return packages
    .filter(({ resolution }) => !/^integrity: sha512-[A-Za-z0-9+/]{86}==$/.test(resolution))
    .map(({ name, version }) => `${name}@${version}`);
}

function belowFloor(packages: readonly Locked[]): string[] {
  return packages
    .filter(({ name, version }) => isOlder(version, floors[name] ?? '0'))
    .map(({ name, version }) => `${name}@${version} is below ${floors[name]}`);
}

/** By their three numbers; what is released before a version is older than it. */
function isOlder(version: string, floor: string): boolean {
  const [left, right] = [version, floor].map((text) => (text.split('-')[0] ?? '').split('.').map(Number));
  for (const place of [0, 1, 2]) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return version.includes('-');
}

describe('the lock file', () => {
  const packages = packagesOf(lockfile);

  test('is read: what the platform stands on is in it', () => {
    expect(packages.length).toBeGreaterThan(300);
    const names = new Set(packages.map(({ name }) => name));
    for (const name of ['fastify', '@fastify/jwt', 'fast-jwt', 'ws', 'drizzle-orm', 'zod']) {
      expect(names, name).toContain(name);
    }
    const entries = lockfile.slice(lockfile.indexOf('\npackages:\n'), lockfile.indexOf('\nsnapshots:\n'));
    expect(packages).toHaveLength(entries.match(/^ {4}resolution: /gm)?.length ?? 0);
  });

  test('pins every package to the hash of its bytes', () => {
    expect(unpinned(packages)).toEqual([]);
    const offence = [
      'packages:',
      '',
      '  evil@1.0.0:',
      '    resolution: {tarball: https://example.com/evil.tgz}',
      '',
      '  short@1.0.0:',
      '    resolution: {integrity: sha1-abc}',
      '',
      'snapshots:',
      '',
    ].join('\n');
    expect(unpinned(packagesOf(`\n${offence}`))).toEqual(['evil@1.0.0', 'short@1.0.0']);
  });

  test('holds nothing below a version that mended a known fault', () => {
    expect(belowFloor(packages)).toEqual([]);
    const old = (version: string) => belowFloor([{ name: 'ws', version, resolution: '' }]).length;
    expect(['8.20.9', '7.99.0', '8.21.0-beta.1', '8.21.0', '8.100.0', '9.0.0'].map(old)).toEqual([
      1, 1, 1, 0, 0, 0,
    ]);
  });
});

/** What a key of a service or a signed token looks like, wherever it stands. */
const secretForms: readonly { what: string; form: RegExp }[] = [
  { what: 'a private key', form: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}/ },
  { what: 'an access key of a cloud', form: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a token of a code host', form: /\bgh[oprsu]_[A-Za-z0-9]{36}\b|\bglpat-[A-Za-z0-9_-]{20}\b/ },
  { what: 'a token of a registry', form: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { what: 'a token of a chat', form: /\bxox[abprs]-[A-Za-z0-9-]{10,}/ },
  { what: 'a signed token', form: /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}/ },
];

function secretsIn(file: string, text: string): string[] {
  return secretForms.filter(({ form }) => form.test(text)).map(({ what }) => `${file}: ${what}`);
}

describe('no file of the repository', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\n')
    .filter((file) => file !== '' && file !== 'pnpm-lock.yaml' && existsSync(join(root, file)));

  test('holds a secret', () => {
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((file) => secretsIn(file, readFileSync(join(root, file), 'latin1')));
    expect(found).toEqual([]);
  });

  test('could hold one unseen: each form is found where it is planted', () => {
    const letters = 'aB3'.repeat(20);
    // Put together here, so that this file holds none itself.
    const planted = [
      ['-----BEGIN', 'PRIVATE KEY-----\n'].join(' ') + letters,
      ['AKIA', 'A'.repeat(16)].join(''),
      ['ghp_', letters.slice(0, 36)].join(''),
      ['npm_', letters.slice(0, 36)].join(''),
      ['xoxb-', letters].join(''),
      ['eyJ', '.eyJ', '.'].map((begin) => begin + letters).join(''),
    ];
    expect(planted.map((text) => secretsIn('f', text))).toEqual(
      secretForms.map(({ what }) => [`f: ${what}`]),
    );
  });
});
