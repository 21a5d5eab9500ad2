import type { Evidence, JournalLine } from '../evidence/evidence.ts';
import { readJournals } from '../evidence/read-files.ts';
import { until } from '../until.ts';
import type { Round } from './experiment.ts';
import type { ToolAtWork } from './tools-at-work.ts';

const safeWithinMs = 500;

/** An engineer stops a run at the door of the worker that drives it; returns once the tool is safe. */
export async function abortAtTheDoor(
  { platform, engineers, note, noteMost }: Round,
  worker: 'ion-service' | 'rtp-service',
  tool: ToolAtWork,
): Promise<void> {
  const engineer = engineers.find((one) => one.organisation.orgId === tool.orgId);
  const process = worker === 'ion-service' ? 'ion' : 'rtp';
  const askedMs = Date.now();
  const answer = await fetch(`${platform.service(worker).abortUrl}/api/${process}/runs/${tool.runId}/abort`, {
    method: 'POST',
    headers: { authorization: `Bearer ${engineer?.token}` },
  });
  await answer.arrayBuffer();
  if (answer.status !== 202) return note(`the abort door answered ${answer.status}`);
  const safe = await until(
    'the tool is safe',
    () => safeLine(platform.journalsFolder, tool, askedMs),
    10_000,
  );
  note('tools that went safe');
  note(`aborted ${tool.runId}`);
  noteMost('ms until the slowest tool was safe', Date.parse(safe.at) - askedMs);
}

/** Every abort was obeyed at once, and recorded afterwards. */
export function abortBreaches({ notes, events, jobs }: Evidence): string[] {
  const tookMs = notes['ms until the slowest tool was safe'] ?? 0;
  const aborted = Object.keys(notes).flatMap((name) => /^aborted (.+)$/.exec(name)?.[1] ?? []);
  return [
    ...(tookMs > safeWithinMs ? [`a tool was safe only ${Math.round(tookMs)} ms after the abort`] : []),
    ...Object.keys(notes).filter((name) => name.startsWith('the abort door answered')),
    ...aborted.flatMap((runId) => {
      const told = events.some((event) => event.runId === runId && event.type === 'spectra.run.cancelled');
      const job = jobs.find((one) => one.runId === runId);
      return told && job?.status === 'cancelled'
        ? []
        : [`the abort of ${runId} was not recorded: it is ${job?.status}`];
    }),
  ];
}

function safeLine(folder: string, tool: ToolAtWork, sinceMs: number): JournalLine | undefined {
  return readJournals(folder)
    .find((one) => one.orgId === tool.orgId && one.equipmentId === tool.equipmentId)
    ?.lines.findLast(
      (line) => Date.parse(line.at) >= sinceMs - 1 && ['safe', 'de_energised'].includes(line.event),
    );
}
