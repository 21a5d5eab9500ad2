import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// What no linter knows about this repository.

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
const sources = files.filter((file) => file.endsWith('.ts') && !file.startsWith('tests/rules/'));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const manifests = files.filter((file) => /^(apps|packages)\/.*package\.json$/.test(file));

test('the checks look at something', () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(manifests.length).toBeGreaterThan(20);
});

test('every app and package has a README of about one screen', () => {
  const faults = manifests.flatMap((manifest) => {
    const readme = join(dirname(manifest), 'README.md');
    if (!existsSync(join(root, readme))) return [`${readme} is missing`];
    const lines = read(readme).split('\n').length;
    return lines > 90 ? [`${readme} has ${lines} lines`] : [];
  });
  expect(faults).toEqual([]);
});

test('a README names no source that is gone', () => {
  const pages = files.filter((file) => file.endsWith('README.md') || file === 'ARCHITECTURE.md');
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.flatMap((page) => goneSources(page, read(page)))).toEqual([]);
  expect(goneSources('page', 'first `core/job.ts`, then `src/never-written.ts`')).toEqual([
    'page: src/never-written.ts',
  ]);
});

/** Sources in back quotes that no file of the repository is named like; pages name them from their own folder. */
function goneSources(page: string, text: string): string[] {
  const named = [...text.matchAll(/`([\w./-]+\.(?:ts|sh|sql))`/g)].map((match) => match[1] ?? '');
  return named
    .filter((name) => !files.some((file) => file.split('/').at(-1) === name.split('/').at(-1)))
    .map((name) => `${page}: ${name}`);
}

test('every package has one door, and the door names what it shows', () => {
  const faults = manifests
    .filter((manifest) => manifest.startsWith('packages/'))
    .flatMap((manifest) => {
      const { exports } = JSON.parse(read(manifest)) as { exports?: Record<string, string> };
      if (JSON.stringify(Object.keys(exports ?? {})) !== '["."]')
        return [`${manifest}: exports more than "."`];
      const door = read(join(dirname(manifest), 'src/index.ts'));
      return /export \*/.test(door) ? [`${manifest}: index.ts re-exports *`] : [];
    });
  expect(faults).toEqual([]);
});

test('every metric stands in docs/metrics.md, and nothing that is none', () => {
  const measuring = sources.filter(
    (file) => !/\.test\.ts$|\/test\//.test(file) && /\b(Counter|Gauge|Histogram)\b/.test(read(file)),
  );
  const made = measuring.flatMap((file) =>
    [...read(file).matchAll(/'((?:spectra|http)_[a-z_]+)'/g)].map(([, name]) => name ?? ''),
  );
  const told = [...read('docs/metrics.md').matchAll(/^\| `([a-z_]+)` +\|/gm)].map(([, name]) => name ?? '');
  expect(made.length).toBeGreaterThan(20);
  expect(told.toSorted()).toEqual([...new Set(made)].toSorted());
});

test('the test kit is never a run-time dependency', () => {
  const faults = manifests.filter((manifest) => {
    const { dependencies } = JSON.parse(read(manifest)) as { dependencies?: Record<string, string> };
    return dependencies?.['@spectra/testkit'] !== undefined;
  });
  expect(faults).toEqual([]);
});

test('no process is named in the engine or the host', () => {
  const shared = sources.filter((file) =>
    /^packages\/(domain\/run-engine|platform\/process-host)\/src\//.test(file),
  );
  expect(shared.length).toBeGreaterThan(20);
  const named = /\b(ion|rtp|implant|implanter|anneal|annealing)\b/i;
  const faults = shared.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (named.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(faults).toEqual([]);
});

test('a promise for later carries the number of its issue', () => {
  const faults = sources.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        /\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/.test(line) ? [`${file}:${index + 1}`] : [],
      ),
  );
  expect(faults).toEqual([]);
});

test('no test sleeps', () => {
  const faults = sources
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => /setTimeout\(\s*resolve|timers\/promises/.test(read(file)));
  expect(faults).toEqual([]);
});

describe('files', () => {
  test('are named in kebab-case', () => {
    const faults = sources.filter(
      (file) => !/^[a-z0-9-]+(\.(test|config|d|bench))?\.ts$/.test(file.split('/').at(-1) ?? ''),
    );
    expect(faults).toEqual([]);
  });

  test('are not called after nothing', () => {
    const faults = sources.filter((file) =>
      /(^|[-/])(utils?|helpers?|misc|common|manager|data|info)\.ts$/.test(file),
    );
    expect(faults).toEqual([]);
  });
});

test('migrations stand in the order in which they are applied', () => {
  const journals = files.filter((file) => file.endsWith('migrations/meta/_journal.json'));
  expect(journals.length).toBeGreaterThan(3);
  expect(journals.flatMap((journal) => journalFaults(journal, read(journal)))).toEqual([]);
});

test('a migration out of order would be found', () => {
  const entries = [
    { idx: 0, tag: '0000_first', when: 2 },
    { idx: 1, tag: '0001_second', when: 1 },
  ];
  expect(journalFaults('journal', JSON.stringify({ entries }))).toEqual(['journal: 0001_second']);
});

/** A database applies only what is younger than the last that it has: a migration dated earlier is passed over for ever. */
function journalFaults(journal: string, text: string): string[] {
  const { entries } = JSON.parse(text) as { entries: { idx: number; tag: string; when: number }[] };
  return entries
    .filter(({ idx, tag, when }, index) => {
      const before = entries[index - 1]?.when ?? 0;
      return idx !== index || when <= before || !tag.startsWith(`${String(idx).padStart(4, '0')}_`);
    })
    .map(({ tag }) => `${journal}: ${tag}`);
}
