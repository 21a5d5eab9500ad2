import type {
  ComplianceEvidence,
  ComplianceFinding,
  ComplianceStage,
  NamedNumbers,
  RunWarning,
} from '@spectra/schemas';

/** One rule that a run is judged by. Pure: the same facts give the same judgement. */
export interface ComplianceRule {
  readonly id: string;
  readonly title: string;
  /** What has to hold, and by which rule book. */
  readonly requirement: string;
  /** A broken required rule makes the run not compliant; a broken advised one is a warning. */
  readonly weight: 'required' | 'advised';
  /** When it is judged. What is judged at the creation is judged again at the end: records change in between. */
  readonly stages: readonly ComplianceStage[];
  judge(facts: ComplianceFacts): Judgement;
}

export type Judgement = Pick<ComplianceFinding, 'status' | 'detail' | 'evidence'>;

/** What rules may look at. Times are judged already: a calibration carries its state. */
export interface ComplianceFacts {
  readonly evidence: ComplianceEvidence;
  /** Every one of these must be valid on a tool that takes the run. */
  readonly calibrationTypes: readonly string[];
  /** The recipe as stored, looked at anew: its hash, and why the process would refuse it, if it would. */
  readonly recipe: {
    readonly hashNow: string;
    readonly fault: string | null;
    readonly warnings: readonly RunWarning[];
  };
  /** Null at the creation. */
  readonly ending: AttemptEnding | null;
}

/** How an attempt ended, as its worker knows it, or as the orchestrator's records tell when no worker lived to tell. */
export interface AttemptEnding {
  readonly kind: 'completed' | 'failed' | 'held' | 'cancelled';
  readonly reason: string | null;
  readonly attempt: number;
  /** When the gates were passed once more, just before the start; null when they were not, or nobody can tell. */
  readonly gatesPassedAt: string | null;
  /** Null when no attempt ever took a tool. */
  readonly leaseToken: number | null;
  /** False when the worker lost the lease or was told that another attempt goes on. */
  readonly leaseKept: boolean;
  readonly wafersAsked: number;
  readonly wafersDone: number;
  /** A wafer may have seen energy, in this attempt or before. */
  readonly exposed: boolean;
  /** An earlier attempt was interrupted after exposure and this one went on. */
  readonly resumed: boolean;
  /** The interlock that forced the safe state; unknown when the worker was lost before it could tell of one. */
  readonly trip:
    | {
        readonly id: string;
        readonly parameter: string;
        readonly message: string;
        readonly value: number;
        readonly limit: number;
      }
    | 'unknown'
    | null;
  /** Null unless the run was completed. */
  readonly outcome: {
    readonly waferMetrics: readonly NamedNumbers[];
    readonly spc: readonly { chart: string; value: number; rule: string | null }[];
    readonly spcAlertsCount: number;
  } | null;
  /** Null when nobody counted. */
  readonly framesRecorded: number | null;
  readonly files: readonly { readonly kind: string; readonly name: string; readonly sha256: string }[];
}

/** All is as it has to be. */
export function passed(detail: string, evidence: Readonly<Record<string, unknown>>): Judgement {
  return { status: 'passed', detail, evidence };
}

/** The rule is broken. */
export function failed(detail: string, evidence: Readonly<Record<string, unknown>>): Judgement {
  return { status: 'failed', detail, evidence };
}

/** The rule holds, but a person should look. */
export function warned(detail: string, evidence: Readonly<Record<string, unknown>>): Judgement {
  return { status: 'warning', detail, evidence };
}

/** The rule does not concern this run. */
export function notApplicable(detail: string): Judgement {
  return { status: 'not_applicable', detail, evidence: {} };
}

/** The evidence is missing; that is not a pass. */
export function notDetermined(detail: string): Judgement {
  return { status: 'not_determined', detail, evidence: {} };
}
