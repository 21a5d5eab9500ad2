import { appendFileSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a tool writes down for itself. Times are the tool's wall clock and the plant's own time. */
export interface JournalEntry {
  readonly event:
    | 'lease'
    | 'loaded'
    | 'energised'
    | 'de_energised'
    | 'safe'
    | 'watchdog_trip'
    | 'refused'
    | 'detached';
  readonly token: number;
  readonly run_id: string | null;
  readonly wafer_index: number | null;
  readonly tool_time_s: number;
  readonly detail?: string;
  readonly counted?: Readonly<Record<string, number>>;
}

/**
 * A tool's journal: one JSON text a line, appended and forced to disk before the tool goes on. It is what a fab would
 * read from the equipment itself, so no service writes to it, and it outlives every process.
 */
export class ToolJournal {
  readonly #file: string;
  readonly #nowMs: () => number;

  constructor(folder: string, equipment: string, nowMs: () => number) {
    mkdirSync(folder, { recursive: true });
    this.#file = join(folder, `${equipment.replaceAll(/[^A-Za-z0-9._-]/g, '_')}.jsonl`);
    this.#nowMs = nowMs;
  }

  write(entry: JournalEntry): void {
    const file = openSync(this.#file, 'a');
    try {
      appendFileSync(file, `${JSON.stringify({ at: new Date(this.#nowMs()).toISOString(), ...entry })}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** The highest token that this tool ever granted; 0 for a new tool. A line cut short by a crash is passed over. */
  highestToken(): number {
    if (!existsSync(this.#file)) return 0;
    const tokens = readFileSync(this.#file, 'utf8').split('\n').map(tokenOf);
    return tokens.reduce((highest, token) => Math.max(highest, token), 0);
  }
}

function tokenOf(line: string): number {
  if (line === '') return 0;
  try {
    const entry: unknown = JSON.parse(line);
    if (entry === null || typeof entry !== 'object' || !('event' in entry) || !('token' in entry)) return 0;
    // A refused token was never granted.
    return entry.event !== 'refused' && typeof entry.token === 'number' ? entry.token : 0;
  } catch {
    return 0;
  }
}
