/** A run that this process drives now, as far as stopping it goes. */
export interface StoppableRun {
  readonly runId: string;
  readonly orgId: string;
  /** The tool is brought to its safe state at the next control step. */
  abort(): void;
}

/** The runs that this process drives now; what can be stopped without asking anybody else. */
export class RunsInHand {
  readonly #runs = new Map<string, StoppableRun>();

  /** Answers how the run leaves again. */
  enter(run: StoppableRun): () => void {
    this.#runs.set(run.runId, run);
    return () => {
      if (this.#runs.get(run.runId) === run) this.#runs.delete(run.runId);
    };
  }

  /** Stops a run of this organisation; false when this process does not drive it. */
  abort(orgId: string, runId: string): boolean {
    const run = this.#runs.get(runId);
    if (run === undefined || run.orgId !== orgId) return false;
    run.abort();
    return true;
  }
}
