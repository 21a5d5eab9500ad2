import { accept, childRunsRpc, jobsRpc, processRpc, refuse } from '@spectra/schemas';
import type { ChildRun, JobType, PreparedRun, Result, RunOptions } from '@spectra/schemas';
import type { Messaging } from '@spectra/messaging';
import type { Clock } from '@spectra/service-kit';
import type { ToolCall, ToolWork } from './service-tool.ts';

/** One run of a chain. */
export interface ChainStep {
  /** Unlike any other of the same job: it names the run over all attempts. */
  readonly key: string;
  readonly process: string;
  readonly jobType: JobType;
  readonly recipe: Record<string, unknown>;
  readonly options: RunOptions;
}

/** Runs of the same wafers, each after the one before; when one is lost, those behind it are cancelled. */
export type Chain = readonly ChainStep[];

interface Services {
  readonly messaging: Pick<Messaging, 'call'>;
  readonly clock: Clock;
}
type Call = Pick<ToolCall<unknown>, 'caller' | 'traceparent'> & { jobId: string };
type Children = ReadonlyMap<string, ChildRun>;

const lookMs = 500;
const ended: readonly ChildRun['status'][] = ['completed', 'failed', 'cancelled'];

/**
 * Makes the runs of a job's chains and waits for their end. All gates are asked before the first run is made, so that
 * no wafer starts on a way that cannot be gone to its end. The key of each run is made of the job's id, so that a
 * further attempt finds the runs that exist and makes only those that are missing. Stopping leaves the runs alone:
 * the orchestrator cancels them when the job is cancelled, and the next attempt goes on with them otherwise.
 */
export async function runChains(
  services: Services,
  call: Call,
  { chains, work }: { chains: readonly Chain[]; work: Pick<ToolWork, 'report' | 'record' | 'signal'> },
): Promise<Result<Children>> {
  const steps = chains.flat();
  const present = await readChildren(services, call, steps);
  if (!present.ok) return present;
  const made = await makeMissing(services, call, { chains, present: present.value });
  if (!made.ok) return made;
  if (made.value > 0) work.record(0, `Made ${made.value} of ${steps.length} runs`);
  for (;;) {
    const now = await readChildren(services, call, steps);
    // Whoever does not answer for a moment is asked again; the runs go on.
    if (now.ok) {
      const runs = [...now.value.values()];
      if (runs.length === steps.length && runs.every((run) => ended.includes(run.status))) return now;
      work.report(...progressOf(runs, steps.length));
    } else if (now.refusal.code !== 'dependency_unavailable') return now;
    if (work.signal.aborted) return refuse('conflict', 'stopped while its runs go on');
    await pause(services.clock, work.signal);
  }
}

async function makeMissing(
  services: Services,
  call: Call,
  { chains, present }: { chains: readonly Chain[]; present: Children },
): Promise<Result<number>> {
  const prepared = new Map<string, PreparedRun>();
  for (const step of chains.flat().filter(({ key }) => !present.has(key))) {
    const gates = await prepare(services, call, step);
    if (!gates.ok) return gates;
    prepared.set(step.key, gates.value);
  }
  for (const chain of chains) {
    let before: string | null = null;
    for (const step of chain) {
      const gates = prepared.get(step.key);
      const runId: Result<string> =
        gates === undefined
          ? accept(present.get(step.key)?.run_id ?? '')
          : await make(services, call, { step, prepared: gates, before });
      if (!runId.ok) return runId;
      before = runId.value;
    }
  }
  return accept(prepared.size);
}

function prepare({ messaging }: Services, call: Call, step: ChainStep): Promise<Result<PreparedRun>> {
  const { caller, traceparent } = call;
  const { recipe, options } = step;
  return messaging.call(step.process, processRpc.prepareRun, {
    caller,
    traceparent,
    body: { recipe, options },
  });
}

async function make(
  { messaging }: Services,
  call: Call,
  { step, prepared, before }: { step: ChainStep; prepared: PreparedRun; before: string | null },
): Promise<Result<string>> {
  const { caller, traceparent, jobId } = call;
  const behind = before === null ? {} : { depends_on: [before], on_failure: 'cancel' as const };
  const key = `${jobId}.${step.key}`;
  const created = await messaging.call('jobs', jobsRpc.createRun, {
    caller,
    traceparent,
    body: {
      process: step.process,
      job_type: step.jobType,
      prepared,
      options: { ...step.options, ...behind },
      parent_job_id: jobId,
      // A job's parameters never change, so its id and the step say all.
      idempotency: { key, body_hash: key },
    },
  });
  return created.ok ? accept(created.value.run_id) : created;
}

/** The runs of the job by the keys of its steps: a step is known by its process and its first wafer. */
async function readChildren(
  { messaging }: Services,
  { caller, traceparent, jobId }: Call,
  steps: readonly ChainStep[],
): Promise<Result<Children>> {
  const found = await messaging.call('jobs', childRunsRpc.listChildRuns, {
    caller,
    traceparent,
    body: { parent_job_id: jobId },
  });
  if (!found.ok) return found;
  const children = new Map<string, ChildRun>();
  for (const step of steps) {
    const wafer = step.options.wafers?.[0]?.wafer_id;
    const run = found.value.runs.find((one) => one.process === step.process && one.wafer_ids[0] === wafer);
    if (run !== undefined) children.set(step.key, run);
  }
  return accept(children);
}

function progressOf(runs: readonly ChildRun[], count: number): [number, string] {
  const share = runs.reduce((sum, run) => sum + run.progress / 100, 0) / Math.max(1, count);
  const held = runs.find((run) => run.status === 'held');
  if (held !== undefined) return [share, `${held.run_id} waits for a person: ${held.held_reason ?? 'held'}`];
  const done = runs.filter((run) => run.status === 'completed').length;
  const running = runs.find((run) => run.status === 'running');
  const now = running === undefined ? '' : `; ${running.run_id}: ${running.current_step}`;
  return [share, `${done} of ${count} runs done${now}`.slice(0, 500)];
}

function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(lookMs, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        resolve();
      },
      { once: true },
    );
  });
}
