import { existsSync, readFileSync } from 'node:fs';
import { isAlive, type ProcessIdentity } from '@spectra/local-servers';
import { z } from 'zod';
import { filesOf } from './folders.ts';
import { writeAtomically } from './write-atomically.ts';

const identitySchema = z.object({ pid: z.int(), startedAt: z.string() });

const unitStateSchema = z.object({
  /** The living process, if there is one. */
  process: identitySchema.optional(),
  /** Starts after the first one. */
  restarts: z.int(),
  adminPort: z.int().optional(),
  logFile: z.string(),
  /** Why it is not running, when it is not. */
  fault: z.string().optional(),
});
export type UnitState = z.output<typeof unitStateSchema>;

const platformStateSchema = z.object({
  supervisor: identitySchema.optional(),
  /** Restarts the supervisor, as the supervisor restarts everything else. */
  guard: identitySchema.optional(),
  /** Set by `down`, so that nobody restarts anybody. */
  stopping: z.boolean(),
  gatewayUrl: z.string(),
  /** The settings that are running, to tell when others are asked for. */
  settings: z.record(z.string(), z.unknown()),
  units: z.record(z.string(), unitStateSchema),
});
export type PlatformState = z.output<typeof platformStateSchema>;

/** What the launcher wrote about the running platform, or undefined when nothing was ever started there. */
export function readState(dataFolder: string): PlatformState | undefined {
  const file = filesOf(dataFolder).state;
  if (!existsSync(file)) return undefined;
  const parsed = platformStateSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
  return parsed.success ? parsed.data : undefined;
}

/** Replaces the state; readers see the old one or the new one. */
export function writeState(dataFolder: string, state: PlatformState): void {
  writeAtomically(filesOf(dataFolder).state, JSON.stringify(state, null, 2));
}

/** True when that process is recorded and is still that process. */
export function lives(process: ProcessIdentity | undefined): process is ProcessIdentity {
  return process !== undefined && isAlive(process);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
