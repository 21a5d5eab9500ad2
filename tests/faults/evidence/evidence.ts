import type { Accepted } from '../load/load.ts';
import type { Call } from '../load/fab-client.ts';
import type { ViewerRecord } from '../load/viewers.ts';
import type { Footprint } from '../platform/service-process.ts';

/** One line of a tool's own journal. */
export interface JournalLine {
  readonly at: string;
  readonly event: string;
  readonly token: number;
  readonly run_id: string | null;
  readonly wafer_index: number | null;
  readonly tool_time_s: number;
  readonly detail?: string;
  readonly counted?: Readonly<Record<string, number>>;
}

export interface ToolJournal {
  readonly orgId: string;
  readonly equipmentId: string;
  readonly lines: readonly JournalLine[];
}

export interface JobFact {
  readonly jobId: string;
  readonly orgId: string;
  readonly runId: string | null;
  readonly process: string | null;
  readonly status: string;
  readonly attempt: number;
  readonly dispatch: number;
  readonly equipmentId: string | null;
  readonly cancelRequested: boolean;
  readonly heldReason: string | null;
  readonly errorMessage: string | null;
  readonly createdMs: number;
  readonly completedMs: number | null;
}

export interface RunFact {
  readonly runId: string;
  readonly orgId: string;
  readonly hasOutcome: boolean;
}

export interface AttemptFact {
  readonly jobId: string;
  readonly orgId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly equipmentId: string | null;
  readonly leaseToken: number;
  readonly startedMs: number;
  readonly endedMs: number | null;
  readonly ending: string | null;
  readonly error: string | null;
}

/** A run event as it left the transaction that made it, in the order of the outbox. */
export interface EventFact {
  readonly sequence: number;
  readonly orgId: string;
  readonly subject: string;
  readonly runId: string;
  readonly type: string;
  readonly status: string;
  readonly attempt: number;
}

/** A message of a run's stream as the hub stored it. */
export interface StreamFact {
  readonly orgId: string;
  readonly runId: string;
  readonly seq: number;
  readonly messageId: string;
  readonly type: string;
}

export interface ArtifactFact {
  readonly orgId: string;
  readonly jobId: string;
  readonly runId: string | null;
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface ObjectFact {
  readonly key: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface AuditFact {
  readonly orgId: string;
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly path: string;
  readonly outcome: string;
  readonly reason?: string | null;
  readonly traceId: string;
  readonly address: string;
  readonly bodySha256: string | null;
  readonly previousHash: string;
  readonly hash: string;
}

export interface DeadLetterFact {
  readonly jobId: string;
  readonly orgId: string;
  readonly reason: string;
}

/** Nobody spoke for this process from here on: its tools must take their energy off by themselves. */
export interface Silence {
  readonly process: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What somebody of one organisation got when they asked for a thing of another. */
export interface ForeignLook {
  readonly orgId: string;
  readonly path: string;
  readonly status: number | null;
}

/** What each organisation's own lists showed it. */
export interface Listed {
  readonly orgId: string;
  readonly runIds: readonly string[];
}

/** Everything that a round left behind, as plain facts: SQL, the clients' history, the tools' journals, the object store. */
export interface Evidence {
  readonly experiment: string;
  readonly seed: number;
  readonly startedMs: number;
  readonly healedMs: number;
  readonly accepted: readonly Accepted[];
  readonly refused: readonly string[];
  readonly calls: readonly Call[];
  readonly jobs: readonly JobFact[];
  readonly runs: readonly RunFact[];
  readonly attempts: readonly AttemptFact[];
  readonly events: readonly EventFact[];
  readonly stream: readonly StreamFact[];
  readonly deadLetters: readonly DeadLetterFact[];
  readonly artifacts: readonly ArtifactFact[];
  readonly objects: readonly ObjectFact[];
  readonly audit: readonly AuditFact[];
  readonly journals: readonly ToolJournal[];
  readonly viewers: readonly ViewerRecord[];
  readonly silences: readonly Silence[];
  readonly foreignLooks: readonly ForeignLook[];
  readonly listed: readonly Listed[];
  readonly outbox: { readonly waiting: number; readonly emptyAfterMs: number | null };
  readonly pendingAcks: number;
  readonly footprints: readonly { service: string; base: Footprint; now: Footprint }[];
  readonly databaseConnections: { readonly base: number; readonly now: number };
  /** What the experiment itself counted and timed, by name. */
  readonly notes: Readonly<Record<string, number>>;
}
