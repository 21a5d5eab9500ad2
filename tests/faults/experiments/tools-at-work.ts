import { readJournals } from '../evidence/read-files.ts';
import type { JournalLine } from '../evidence/evidence.ts';
import type { FaultPlatform } from '../platform/fault-platform.ts';
import { pause, seen, until } from '../until.ts';

/** A tool with energy on at this moment, by its own journal. */
export interface ToolAtWork {
  readonly orgId: string;
  readonly equipmentId: string;
  readonly token: number;
  readonly runId: string;
}

const prefixOf: Readonly<Record<string, string>> = { 'ion-service': 'IMP', 'rtp-service': 'RTP' };

/** The tools of a worker's process that have energy now. */
export function energisedTools(platform: FaultPlatform, worker: string): ToolAtWork[] {
  const prefix = prefixOf[worker] ?? '';
  return readJournals(platform.journalsFolder).flatMap(({ orgId, equipmentId, lines }) => {
    const last = lines.findLast((line) => line.event === 'energised' || line.event === 'de_energised');
    if (!equipmentId.startsWith(prefix) || last?.event !== 'energised' || last.run_id === null) return [];
    return [{ orgId, equipmentId, token: last.token, runId: last.run_id }];
  });
}

/** Waits until a tool of the worker has energy, lets some time pass, and answers those that have it then. */
export async function toolsInTheMiddle(
  platform: FaultPlatform,
  worker: string,
  laterMs: number,
): Promise<ToolAtWork[]> {
  const atWork = () => {
    const tools = energisedTools(platform, worker);
    return tools.length > 0 && tools;
  };
  await until('a tool has energy', atWork, 40_000);
  await pause(laterMs);
  return until('a tool has energy still', atWork, 40_000);
}

/** A tool took its energy off by itself since the moment, as its journal shows within the time. */
export function sawTrip(platform: FaultPlatform, sinceMs: number, limitMs: number): Promise<boolean> {
  return seen(
    () => linesSince(readJournals(platform.journalsFolder), 'watchdog_trip', sinceMs).length > 0,
    limitMs,
  );
}

/** Lines that the tools wrote since a moment, of one kind. */
export function linesSince(
  journals: readonly { lines: readonly JournalLine[] }[],
  event: string,
  sinceMs: number,
): JournalLine[] {
  return journals
    .flatMap(({ lines }) => lines)
    .filter((line) => line.event === event && Date.parse(line.at) >= sinceMs);
}
