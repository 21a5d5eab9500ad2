import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

// A checker that looks at nothing also reports nothing: each rule gets an offence and must name it.

const root = fileURLToPath(new URL('../..', import.meta.url));
const planted: string[] = [];

afterEach(() => {
  for (const file of planted.splice(0)) rmSync(file, { force: true });
});

function plant(file: string, text: string): string {
  const path = join(root, file);
  if (existsSync(path)) throw new Error(`${file} exists: choose another name for the offence`);
  mkdirSync(dirname(path), { recursive: true });
  planted.push(path);
  writeFileSync(path, text);
  return path;
}

function run(tool: string, ...args: string[]): { status: number | null; output: string } {
  const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };
  const result = spawnSync(join(root, 'node_modules/.bin', tool), args, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
  });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

const lint = (file: string) => run('oxlint', '--type-aware', file);

describe('the linter refuses', () => {
  const inDomain = 'packages/domain/run-engine/src/planted-offence.ts';
  test.each([
    ['a clock in the domain', inDomain, 'export const now = () => Date.now();\n', 'no-restricted-globals'],
    [
      'a timer in the domain',
      inDomain,
      'export const later = () => setTimeout(() => {}, 1);\n',
      'no-restricted-globals',
    ],
    [
      'the environment in the domain',
      inDomain,
      'export const home = () => process.env;\n',
      'no-restricted-globals',
    ],
    [
      'a logger in the domain',
      inDomain,
      'export const say = () => console.log(1);\n',
      'no-restricted-globals',
    ],
    [
      'chance in the domain',
      inDomain,
      'export const chance = () => Math.random();\n',
      'no-restricted-properties',
    ],
    ['any', inDomain, 'export const some = (value: any) => [value];\n', 'no-explicit-any'],
    ['a default export', inDomain, 'export default function planted() {}\n', 'no-default-export'],
    [
      'a function longer than a screen',
      inDomain,
      `export function long(): number {\n  let sum = 0;\n${'  sum += 1;\n'.repeat(75)}  return sum;\n}\n`,
      'max-lines-per-function',
    ],
    [
      'five parameters',
      inDomain,
      'export const many = (a: 1, b: 2, c: 3, d: 4, e: 5) => [a, b, c, d, e];\n',
      'max-params',
    ],
    [
      'a promise that nobody waits for',
      'packages/platform/process-host/src/planted-offence.ts',
      'export function forget(): void {\n  Promise.resolve(1);\n}\n',
      'no-floating-promises',
    ],
  ])('%s', (_name, file, text, rule) => {
    const { status, output } = lint(plant(file, text));
    expect(output).toContain(rule);
    expect(status).not.toBe(0);
  });

  test('a circle of imports, type-only ones included', () => {
    plant(
      'packages/domain/run-engine/src/planted-left.ts',
      "import type { Right } from './planted-right.ts';\nexport type Left = Right[];\n",
    );
    const right = plant(
      'packages/domain/run-engine/src/planted-right.ts',
      "import type { Left } from './planted-left.ts';\nexport type Right = Left | 1;\n",
    );
    expect(lint(right).output).toContain('no-cycle');
  });
});

describe('the package fence refuses', () => {
  test.each([
    ['a domain package that imports a platform package', 'packages/domain/run-engine', '@spectra/messaging'],
    ['a platform package that imports an app', 'packages/platform/process-host', '@spectra/gateway'],
    ['an app that imports an app', 'apps/gateway', '@spectra/job-orchestrator'],
  ])('%s', (_name, folder, imported) => {
    plant(
      `${folder}/src/planted-offence.ts`,
      `import * as planted from '${imported}';\nexport const offence = planted;\n`,
    );
    const { status, output } = run('turbo', 'boundaries');
    expect(output).toContain('planted-offence.ts');
    expect(status).not.toBe(0);
  });

  test("a file of another package's src", () => {
    plant(
      'apps/gateway/src/planted-offence.ts',
      "export { accept } from '../../../packages/domain/schemas/src/problem.ts';\n",
    );
    const { status, output } = run('turbo', 'boundaries');
    expect(output).toContain('planted-offence.ts');
    expect(status).not.toBe(0);
  });
});

describe('the type checker refuses', () => {
  test('node in the domain', () => {
    plant(
      'packages/domain/run-engine/src/planted-offence.ts',
      "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
    );
    const { status, output } = run('tsc', '-p', 'packages/domain/tsconfig.json');
    expect(output).toContain('planted-offence.ts');
    expect(status).not.toBe(0);
  });

  test('an index that may be missing, used as if it were there', () => {
    plant(
      'packages/platform/process-host/src/planted-offence.ts',
      'export const first = (list: number[]): number => list[0];\n',
    );
    expect(run('tsc', '-p', 'tsconfig.json').output).toContain('planted-offence.ts');
  });
});
