import type { Evidence } from '../evidence/evidence.ts';

/** A promise of the platform, held against the evidence of a round. */
export interface Invariant {
  readonly id: string;
  readonly promise: string;
  /** Answers one sentence for each breach; nothing when the promise was kept. */
  readonly check: (evidence: Evidence) => string[];
}
