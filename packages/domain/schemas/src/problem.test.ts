import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { problemCatalogue } from './problem.ts';

const document = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');

describe('docs/errors.md', () => {
  it('has one section for each problem code, in the order of the catalogue', () => {
    const sections = [...document.matchAll(/^## (\S+)$/gm)].map((match) => match[1]);
    expect(sections).toEqual(Object.keys(problemCatalogue));
  });

  it('tells the status of each code, and something beside it', () => {
    for (const [code, { status }] of Object.entries(problemCatalogue)) {
      const section = document.split(`## ${code}\n`)[1]?.split('\n## ')[0]?.trim() ?? '';
      expect(section, code).toMatch(new RegExp(`^${status}\\. .{20,}`));
    }
  });
});
