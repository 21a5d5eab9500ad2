import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalLine, ObjectFact, ToolJournal } from './evidence.ts';

/** The journals of all tools. A last line that a crash cut short is passed over, as the tool itself does. */
export function readJournals(folder: string): ToolJournal[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => {
      const [, orgId = '', equipmentId = ''] = /^([0-9a-f-]{36})_(.+)\.jsonl$/.exec(name) ?? [];
      return { orgId, equipmentId, lines: linesOf(readFileSync(join(folder, name), 'utf8')) };
    });
}

/** Finished objects under these runs and jobs, with the checksum of what is really there. */
export function readObjects(folder: string, ids: ReadonlySet<string>): ObjectFact[] {
  const found: ObjectFact[] = [];
  const walk = (path: string, key: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inner = key === '' ? entry.name : `${key}/${entry.name}`;
      if (entry.isDirectory()) walk(join(path, entry.name), inner);
      else if (isOf(inner, ids)) found.push(objectAt(join(path, entry.name), inner));
    }
  };
  if (existsSync(folder)) walk(folder, '');
  return found;
}

/** `org/<org>/runs/<run>/…` and `org/<org>/jobs/<job>/…`, wherever the store keeps them below its folder. */
export function isOf(key: string, ids: ReadonlySet<string>): boolean {
  const [, id = ''] = /(?:^|\/)org\/[^/]+\/(?:runs|jobs)\/([^/]+)\//.exec(key) ?? [];
  return ids.has(id);
}

function objectAt(path: string, key: string): ObjectFact {
  const content = readFileSync(path);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { key: key.slice(key.indexOf('org/')), sizeBytes: content.length, sha256 };
}

function linesOf(text: string): JournalLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalLine];
    } catch {
      return [];
    }
  });
}

/** Files anywhere below a folder, and what they hold; none where there is no folder. */
export function filesBelow(folder: string): { count: number; bytes: number } {
  if (!existsSync(folder)) return { count: 0, bytes: 0 };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const sizes = files.map(({ parentPath, name }) =>
    statSync(join(parentPath, name), { throwIfNoEntry: false }),
  );
  return { count: files.length, bytes: sizes.reduce((sum, file) => sum + (file?.size ?? 0), 0) };
}
