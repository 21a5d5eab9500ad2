import { accept, refuse, type Result } from '@spectra/schemas';
import { processDoors } from './process-doors.ts';
import type { Page } from './views/list-page.ts';

/**
 * One list out of the lists of several processes, one after the other. When one of them cannot answer, the whole
 * list is refused rather than told short.
 */
export async function listAcross<Item>(
  processes: readonly string[],
  page: Page,
  read: (process: string, page: Page) => Promise<Result<{ items: Item[]; total: number }>>,
): Promise<Result<{ items: Item[]; total: number }>> {
  const items: Item[] = [];
  let before = 0;
  for (const process of processes) {
    const wanted = page.limit - items.length;
    const offset = Math.max(0, page.offset - before);
    // A full page still asks for one item, to learn how many there are.
    const found = await read(process, { limit: Math.max(1, wanted), offset });
    if (!found.ok) return found;
    if (wanted > 0) items.push(...found.value.items.slice(0, wanted));
    before += found.value.total;
  }
  return accept({ items, total: before });
}

/** The first process that has the thing; each is asked at most once. */
export async function findAcross<Value>(
  read: (process: string) => Promise<Result<Value>>,
): Promise<Result<Value & { process: string }>> {
  const answers = await Promise.all(
    processDoors.map(async ({ process }) => ({ process, answer: await read(process) })),
  );
  for (const { process, answer } of answers) {
    if (answer.ok) return accept({ ...answer.value, process });
  }
  const failed = answers.find(({ answer }) => !answer.ok && answer.refusal.code !== 'not_found');
  if (failed !== undefined && !failed.answer.ok) return failed.answer;
  return refuse('not_found', 'There is nothing with this id.');
}

/** The processes that a list is asked for: one, or all. */
export function processesAsked(process: string | undefined): readonly string[] {
  return process === undefined ? processDoors.map((door) => door.process) : [process];
}

/** Asks the process that has a thing, once it is known which one that is. */
export async function askOwner<Value>(
  owner: Promise<Result<{ process: string }>>,
  question: (process: string) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const found = await owner;
  return found.ok ? question(found.value.process) : found;
}
