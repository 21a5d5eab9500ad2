import { TelemetryRecord, finishRun } from '@spectra/run-engine';
import type { AttemptEnding, InterlockTrip, OutcomeDraft, ProcessTypes } from '@spectra/run-engine';
import type { Artifact, AttemptOutcome, Checkpoint, RunSpec, SimulatorSettings } from '@spectra/schemas';
import type { ProblemCode, Refusal } from '@spectra/schemas';
import type { ObjectStore } from '@spectra/object-store';
import { recordAtEnd } from '../compliance/record-at-end.ts';
import type { RunsInHand } from '../abort/runs-in-hand.ts';
import { recipeReference } from '../gates/document-gate.ts';
import { startGate } from '../gates/start-gate.ts';
import type { StartingRun } from '../gates/start-gate.ts';
import { runToRunHistory } from '../run-to-run/run-history.ts';
import { steerRun, steeringLines } from '../run-to-run/steer-run.ts';
import type { SteeredRun } from '../run-to-run/steer-run.ts';
import { startSpan, withinSpan, type TraceSpan } from '@spectra/service-kit';
import type { ServiceContext } from '../service-context.ts';
import { ToolSession } from '../tool/tool-session.ts';
import { attemptSpan, endAttemptSpan } from './attempt-span.ts';
import { learnAfterRun } from '../virtual-metrology/learn-safely.ts';
import { failureOutcome } from './failure-outcome.ts';
import { JobReporter } from './job-reporter.ts';
import type { StopReason } from './job-reporter.ts';
import { processWafers } from './process-wafers.ts';
import type { WaferRun, WafersEnd } from './process-wafers.ts';
import { recordOutcome } from './record-outcome.ts';
import { recordedFrames } from './recorded-frames.ts';
import { checkpointOf } from './run-checkpoint.ts';
import type { RunCheckpoint } from './run-checkpoint.ts';
import { RunLog } from './run-log.ts';
import { RunPublisher } from './run-publisher.ts';
import { runOutcome } from './run-outcome.ts';
import { storeArtifacts } from './store-artifacts.ts';
import { upstreamRecords } from './upstream.ts';

/** A granted claim. */
export interface ClaimedRun {
  readonly spec: RunSpec;
  readonly attempt: number;
  readonly leaseToken: number;
  readonly leaseTtlMs: number;
  /** From when on the lease counts, on this process's monotonic clock. */
  readonly leasedMs: number;
  readonly checkpoint: Checkpoint | null;
}

export interface WorkerContext<T extends ProcessTypes> extends ServiceContext<T> {
  readonly objectStore: ObjectStore;
  readonly toolAddress: { host: string; port: number };
  readonly runsInHand: RunsInHand;
}

/** One attempt at a run, from claim to recorded end. It never throws: every end is told to the orchestrator. */
export class RunAttempt<T extends ProcessTypes> {
  readonly #context: WorkerContext<T>;
  readonly #claim: ClaimedRun;
  readonly #span: TraceSpan;
  readonly #log: RunLog;
  readonly #record: TelemetryRecord;
  readonly reporter: JobReporter;
  readonly #publisher: RunPublisher;
  #exposed: boolean;
  #gatesPassedAt: string | null = null;
  #resumed = false;
  #wafersDone = 0;
  #trip: InterlockTrip | null = null;
  #draft: OutcomeDraft | null = null;

  constructor(context: WorkerContext<T>, claim: ClaimedRun) {
    const { clock, messaging } = context;
    const logger = context.logger.child({ run_id: claim.spec.run_id, attempt: claim.attempt });
    this.#context = { ...context, logger };
    this.#span = attemptSpan(`attempt ${context.definition.id}`, claim);
    this.#claim = { ...claim, spec: { ...claim.spec, traceparent: this.#span.traceparent } };
    this.#log = new RunLog(clock, logger);
    this.#record = new TelemetryRecord(context.definition.channels);
    const identity = {
      jobId: claim.spec.job_id,
      attempt: claim.attempt,
      leaseTtlMs: claim.leaseTtlMs,
      leasedMs: claim.leasedMs,
      traceparent: this.#span.traceparent,
    };
    this.reporter = new JobReporter(identity, { messaging, clock, logger, log: this.#log });
    this.#publisher = new RunPublisher(claim, this.#record, { messaging, clock, logger });
    this.#exposed = claim.checkpoint?.exposed === true;
  }

  askToStop(reason: StopReason): void {
    this.reporter.askToStop(reason);
  }

  async run(): Promise<void> {
    const { run_id: runId, org_id: orgId } = this.#claim.spec;
    const leave = this.#context.runsInHand.enter({ runId, orgId, abort: () => this.askToStop('cancelled') });
    await this.#toItsEnd().finally(leave);
  }

  async #toItsEnd(): Promise<void> {
    this.reporter.start();
    const outcome = await this.#attempt().catch((error: unknown) =>
      failureOutcome(error, {
        exposed: this.#exposed,
        interruptedWafer: this.#context.definition.interruptedWafer,
      }),
    );
    if (outcome.kind === 'failed') this.#log.error(outcome.error.message);
    if (outcome.kind === 'held') this.#log.warn(outcome.reason);
    await this.#publisher.flush();
    const artifacts = outcome.artifacts.length > 0 ? outcome.artifacts : await this.#storeLog();
    await recordAtEnd(this.#context, {
      spec: this.#claim.spec,
      ending: this.#ending({ ...outcome, artifacts }),
      stopReason: () => this.reporter.stopReason(),
    });
    await this.reporter.finish({ ...outcome, artifacts });
    endAttemptSpan(this.#span, outcome);
  }

  async #attempt(): Promise<AttemptOutcome> {
    const { definition } = this.#context;
    const { spec, attempt } = this.#claim;
    this.#log.info(`Attempt ${attempt} on ${spec.equipment_id}`);
    const parsed = definition.recipe.parse(spec.recipe);
    if (!parsed.ok) return failed('recipe_invalid', parsed.refusal.detail);
    const { recipe } = parsed.value;
    const values = definition.recipe.limitValues(recipe);
    const gate = await this.#phase('gates', () => startGate(this.#context, startingRun(spec, values)));
    if (!gate.ok) {
      if (gate.refusal.code === 'dependency_unavailable')
        return failed(gate.refusal.code, gate.refusal.detail, true);
      return notStarted(gate.refusal, spec.equipment_id);
    }
    this.#gatesPassedAt = new Date(this.#context.clock.nowMs()).toISOString();
    await this.reporter.announce(definition.progress.validated, 'Recipe, calibrations and SOP checked');
    const steered = await this.#phase('run-to-run', () => steerRun(this.#context, spec));
    if (!steered.ok) return { kind: 'held', reason: `Not started: ${steered.refusal.detail}`, artifacts: [] };
    for (const line of steeringLines(steered.value.steering)) this.#log.info(line);
    const tool = await this.#phase('attach tool', () => this.#attach());
    await this.reporter.announce(definition.progress.toolReady, 'Tool attached');
    const { factors, uncertaintyPct, row } = gate.value;
    const { recipe: used, wire } = steered.value;
    const end = await this.#processWafers({ tool, recipe: used, wire, factors, simulator: row.simulator });
    return end.kind === 'done'
      ? this.#completed({ asked: recipe, steered: steered.value, results: end.results, uncertaintyPct })
      : this.#notCompleted(end);
  }

  /** A named part of the attempt, as a span below its own. */
  #phase<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    return withinSpan({ name, kind: 'internal', under: this.#span }, work);
  }

  #attach(): Promise<ToolSession<T>> {
    const { definition, toolAddress } = this.#context;
    const { spec, leaseToken } = this.#claim;
    return ToolSession.attach<T>({
      address: toolAddress,
      process: definition.id,
      equipment: `${spec.org_id}/${spec.equipment_id}`,
      token: leaseToken,
    });
  }

  async #processWafers(parts: {
    tool: ToolSession<T>;
    recipe: T['recipe'];
    wire: Record<string, unknown>;
    factors: Readonly<Record<string, number>>;
    simulator: SimulatorSettings;
  }): Promise<WafersEnd<T>> {
    const { definition, clock } = this.#context;
    const { spec, checkpoint } = this.#claim;
    await this.reporter.announce(definition.progress.controllersReady, 'Controllers ready');
    const run: WaferRun<T> = {
      ...parts,
      definition,
      // The tool is told the recipe as used.
      spec: { ...spec, recipe: parts.wire },
      clock,
      record: this.#record,
      reporter: this.reporter,
      publisher: this.#publisher,
      log: this.#log,
      finished: (wafers) => {
        this.#wafersDone = wafers;
      },
    };
    try {
      const from = checkpointOf(definition, checkpoint);
      this.#wafersDone = from.waferIndex;
      this.#resumed = from.started;
      if (from.started) await this.#recoverTelemetry(from);
      this.#exposed = true;
      const end = await processWafers(run, from);
      await parts.tool.detach();
      return end;
    } finally {
      parts.tool.drop();
    }
  }

  /** The record goes on where the interrupted attempt's frames end, as the archive has them. */
  async #recoverTelemetry(from: RunCheckpoint<T>): Promise<void> {
    const frames = await recordedFrames(this.#context, this.#claim.spec, from.waferStartsS);
    if (!frames.ok) this.#log.warn(`Earlier telemetry is not at hand: ${frames.refusal.detail}`);
    else for (const frame of frames.value) this.#record.append(frame);
    this.#publisher.skipRecorded();
  }

  async #completed(processed: {
    asked: T['recipe'];
    steered: SteeredRun<T>;
    results: readonly T['waferResult'][];
    uncertaintyPct: Readonly<Record<string, number | null>>;
  }): Promise<AttemptOutcome> {
    const { definition } = this.#context;
    const { spec } = this.#claim;
    await this.#publisher.flush();
    const upstream = await upstreamRecords(this.#context, spec);
    const { asked, steered } = processed;
    const runToRun = await runToRunHistory(this.#context, spec, { asked, inputs: steered.inputs });
    const telemetry = this.#record.whole();
    const steps = finishRun(definition, {
      recipe: steered.recipe,
      wafers: spec.wafers,
      results: processed.results,
      calibrationUncertaintyPct: processed.uncertaintyPct,
      telemetry,
      upstream,
      runToRun,
    });
    let artifacts: Artifact[] = [];
    let draft: OutcomeDraft;
    for (;;) {
      const span = startSpan({ name: 'finish step', kind: 'internal', under: this.#span });
      const next = steps.next();
      draft = next.done ? next.value : next.value.outcome;
      if (next.done) break;
      span.rename(next.value.text);
      if (next.value.storesArtifacts) artifacts = await this.#store(draft, true);
      await this.reporter.announce(next.value.progress, next.value.text);
      span.end();
    }
    this.#draft = draft;
    const finished = { asked, upstream, outcome: draft, telemetry };
    const { verdict, predictions } = await this.#phase('record outcome', () =>
      recordOutcome(this.#context, spec, finished),
    );
    await learnAfterRun(this.#context, spec);
    for (const { alarm, state } of verdict.alarms) {
      this.#publisher.alarm(alarm, state, this.#record.lastTimeS ?? 0);
    }
    draft = { ...draft, spcAlertsCount: draft.spcAlertsCount + verdict.flagged };
    this.reporter.report(100, 'Completed', 0);
    return {
      kind: 'completed',
      outcome: runOutcome(spec, draft, { predictions, steering: steered.steering }),
      artifacts,
    };
  }

  async #notCompleted(end: Exclude<WafersEnd<T>, { kind: 'done' }>): Promise<AttemptOutcome> {
    const artifacts = await this.#store(null, false);
    if (end.kind === 'uncertain') return { kind: 'held', reason: end.reason, artifacts };
    if (end.kind === 'tripped') {
      const { trip } = end;
      this.#trip = trip;
      const reason = `Interlock ${trip.id}: ${trip.message} (${trip.value}, limit ${trip.limit})`;
      return { kind: 'held', reason: `${reason}; safe state at ${end.safeStateAt}`, artifacts };
    }
    if (end.reason === 'cancelled') {
      return {
        kind: 'cancelled',
        message: 'Cancelled while running',
        safe_state_at: end.safeStateAt,
        artifacts,
      };
    }
    if (this.#context.definition.interruptedWafer === 'hold') {
      return {
        kind: 'held',
        reason: `Interrupted (${end.reason}); safe state at ${end.safeStateAt}`,
        artifacts,
      };
    }
    return { ...failed(end.reason, `Interrupted: ${end.reason}`, true), artifacts };
  }

  /** What the rules of compliance look at. */
  #ending(outcome: AttemptOutcome): AttemptEnding {
    const { spec, attempt, leaseToken } = this.#claim;
    const stop = this.reporter.stopReason();
    return {
      ...endOf(outcome),
      attempt,
      gatesPassedAt: this.#gatesPassedAt,
      leaseToken,
      leaseKept: stop !== 'lease_lost' && stop !== 'stale',
      wafersAsked: spec.wafers.length,
      wafersDone: this.#wafersDone,
      exposed: this.#exposed,
      resumed: this.#resumed,
      trip: this.#trip,
      outcome: this.#draft,
      framesRecorded: this.#record.length,
      files: outcome.artifacts.map(({ kind, name, sha256 }) => ({ kind, name, sha256 })),
    };
  }

  #store(draft: OutcomeDraft | null, completed: boolean): Promise<Artifact[]> {
    const { definition, objectStore, clock } = this.#context;
    return storeArtifacts({
      objectStore,
      definition,
      spec: this.#claim.spec,
      attempt: this.#claim.attempt,
      telemetry: this.#record.whole(),
      drafts: draft?.artifacts ?? [],
      logText: () => this.#log.text(),
      lost: (message) => this.#log.error(message),
      nowMs: clock.nowMs(),
      completed,
    });
  }

  async #storeLog(): Promise<Artifact[]> {
    try {
      return await this.#store(null, false);
    } catch (error) {
      // The end of the attempt matters more than its files; the log lines are with the job as well.
      this.#log.error(`Artifacts could not be stored: ${String(error)}`);
      return [];
    }
  }
}

function startingRun(spec: RunSpec, values: StartingRun['values']): StartingRun {
  return {
    orgId: spec.org_id,
    equipmentId: spec.equipment_id,
    sopId: spec.sop_id,
    named: recipeReference(spec),
    values,
  };
}

/** Gates that look at the tool: another one may pass them. */
const toolRefusals: ReadonlySet<ProblemCode> = new Set([
  'equipment_unavailable',
  'calibration_expired',
  'calibration_missing',
]);

function notStarted({ code, detail }: Refusal, equipmentId: string): AttemptOutcome {
  const unfit = toolRefusals.has(code) ? { unfit_equipment_id: equipmentId } : {};
  return { kind: 'held', reason: `Not started: ${detail}`, artifacts: [], ...unfit };
}

function failed(code: string, message: string, transient = false): AttemptOutcome & { kind: 'failed' } {
  return { kind: 'failed', error: { code, message, transient }, artifacts: [] };
}

function endOf(outcome: AttemptOutcome): Pick<AttemptEnding, 'kind' | 'reason'> {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'completed', reason: null };
    case 'failed':
      return { kind: 'failed', reason: outcome.error.message };
    case 'cancelled':
      return { kind: 'cancelled', reason: outcome.message };
    case 'held':
      return { kind: 'held', reason: outcome.reason };
    case 'answered':
      throw new Error('a run does not answer like a tool');
  }
}
