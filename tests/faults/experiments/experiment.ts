import type { Draw } from '../draw.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Call, FabClient } from '../load/fab-client.ts';
import type { Accepted, Load, LoadPlan } from '../load/load.ts';
import type { PlatformPlan } from '../platform/environments.ts';
import type { FaultPlatform } from '../platform/fault-platform.ts';

/** What an experiment works with while the load runs. */
export interface Round {
  readonly platform: FaultPlatform;
  readonly draw: Draw;
  /** The code of another version that the campaign was told; null without one. */
  readonly otherVersion: string | null;
  readonly load: Load;
  readonly engineers: readonly FabClient[];
  readonly admins: readonly FabClient[];
  /** Viewers that see something of a run which has not ended. */
  readonly watching: () => number;
  /** Calls that were refused for trouble, or got no answer, since a moment. */
  readonly failedSince: (ms: number) => number;
  /** Adds to what the round counted under this name. */
  readonly note: (name: string, count?: number) => void;
  /** The largest value seen under this name. */
  readonly noteMost: (name: string, value: number) => void;
  /** Which of its kinds the fault takes this time, for the report. */
  readonly tellKind: (kind: string) => void;
  /** Nobody speaks for this process from now on; the answer ends the silence. */
  readonly silence: (process: string) => () => void;
  /** Something accepted beside the load: it is held to the same promises. */
  readonly adopt: (accepted: Accepted) => void;
}

/** One row of the fault table. */
export interface Experiment {
  readonly id: string;
  readonly title: string;
  /** What differs from the usual load. */
  readonly load?: Partial<LoadPlan>;
  /** What differs from the usual platform. */
  readonly platform?: Partial<PlatformPlan>;
  /** The platform may not be used by another experiment afterwards. */
  readonly leavesTraces?: boolean;
  /** Lets the fault happen and heal, while the load runs. */
  strike(round: Round): Promise<void>;
  /** I13: what shows that the fault really hit. Each count must be at least one, or the round does not count. */
  proof(evidence: Evidence): Readonly<Record<string, number>>;
  /** What the row promises beyond the invariants; one sentence for each breach. */
  breaches?(evidence: Evidence): string[];
}

/** Jobs that have not ended. */
export async function openJobs(platform: FaultPlatform): Promise<number | null> {
  const rows = await platform.sql<{ count: number }>(
    `select count(*)::float8 count from orchestrator.jobs where status in ('running', 'queued', 'retrying')`,
  );
  return rows[0]?.count || null;
}

/** Refused or unanswered calls whose fault lay outside the given times. */
export function errorsOutside(evidence: Evidence, graceMs: number): string[] {
  const untilMs = evidence.healedMs + graceMs;
  return evidence.calls
    .filter((call) => call.startedMs > untilMs && isFailed(call))
    .map(
      (call) => `${call.method} ${call.path} failed ${call.startedMs - evidence.healedMs} ms after the heal`,
    );
}

/** Calls that the fault refused or left without an answer. */
export function failedCalls({ calls }: Evidence): number {
  return calls.filter(isFailed).length;
}

/** It was refused for trouble on the other side, or got no answer. */
export function isFailed({ status }: Call): boolean {
  return status === null || status >= 500;
}

/** While something is away, a refusal is a 503 problem document that says when to come back; never a 500. */
export function untoldRefusals({ calls }: Evidence): string[] {
  return calls
    .filter((call) => call.status !== null && call.status >= 500)
    .filter((call) => call.status !== 503 || call.code === null || !call.retryAfter)
    .map(
      (call) =>
        `${call.method} ${call.path} was answered ${call.status} ${call.code ?? 'without a code'}` +
        (call.retryAfter ? '' : ', without Retry-After'),
    );
}
