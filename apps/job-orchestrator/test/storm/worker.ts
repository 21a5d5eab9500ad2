import type { AttemptOutcome } from '@spectra/schemas';
import type { Bus } from './bus.ts';
import { leaseTtlMs, type Orchestrator, type Taken, type Told } from './orchestrator.ts';
import type { Tool, ToolAnswer } from './tool.ts';
import type { World } from './world.ts';

/** What a whole wafer gets, in steps; a run never gives more. */
export const setpoint = 12;
const stepMs = 250;
const heartbeatMs = 400;
const answerWithinMs = 1_000;
const askEveryMs = 300;

export const trueWorkerRules = {
  /** Stops by itself when no heartbeat was answered for most of its lease. */
  looksAtItsLease: true,
  /** Takes a lease as young as the moment at which its answer was read, however long that lay about. */
  countsFromTheAnswer: false,
  /** Before a wafer sees energy, that fact is stored. */
  storesExposureFirst: true,
  /** After an interruption the tool itself says how far the wafer came. */
  readsTheTool: true,
  /** A command without an answer is never sent again. */
  resendsBlindly: false,
};
export type WorkerRules = typeof trueWorkerRules;

type Attempt = Taken & {
  answeredMs: number;
  stop: string | null;
  sequence: number;
  dose: number;
  over: boolean;
};

/** A worker with one slot: takes, drives its tool step by step, tells how it ended. It may sleep, or die. */
export function createWorker(
  world: World,
  parts: {
    id: string;
    bus: Bus;
    orchestrator: Orchestrator;
    tools: ReadonlyMap<string, Tool>;
    rules: WorkerRules;
  },
): { sleep(ms: number): void; cutOff(ms: number): void; kill(): void } {
  const { bus, orchestrator, rules } = parts;
  const state = { life: 0, awakeMs: 0, cutUntilMs: 0, sleepsAfterAskingMs: 0, busy: false, asking: false };

  /** Something that this life of the process does when it is awake. */
  const later = (delayMs: number, run: () => void) => {
    const { life } = state;
    const whenAwake = () => {
      if (state.life !== life) return;
      if (world.nowMs < state.awakeMs) world.after(state.awakeMs - world.nowMs, whenAwake);
      else run();
    };
    world.after(delayMs, whenAwake);
  };
  const ask = <Value>(
    serve: () => Told<Value> | null,
    heard: (told: Told<Value>, sentMs: number) => void,
  ) => {
    const answered = { done: false };
    const sentMs = world.nowMs;
    const isCut = () => world.nowMs < state.cutUntilMs;
    bus.request(
      () => (isCut() ? null : serve()),
      (told) =>
        later(0, () => {
          if (answered.done) return;
          answered.done = true;
          heard(told, rules.countsFromTheAnswer ? world.nowMs : sentMs);
        }),
    );
    if (state.sleepsAfterAskingMs > 0) {
      state.awakeMs = Math.max(state.awakeMs, world.nowMs + state.sleepsAfterAskingMs);
      state.sleepsAfterAskingMs = 0;
    }
    later(answerWithinMs, () => {
      if (answered.done) return;
      answered.done = true;
      heard({ ok: false }, sentMs);
    });
  };

  const look = () => {
    later(askEveryMs, look);
    if (state.busy || state.asking) return;
    state.asking = true;
    ask(
      () => orchestrator.take(parts.id),
      (told, sentMs) => {
        state.asking = false;
        if (told.ok && told.value !== null) begin(told.value, sentMs);
      },
    );
  };
  const begin = (taken: Taken, sentMs: number) => {
    state.busy = true;
    const attempt = { ...taken, answeredMs: sentMs, stop: null, sequence: 0, dose: 0, over: false };
    beat(attempt);
    if (rules.storesExposureFirst) storeExposure(attempt, 0);
    else attach(attempt);
  };
  const heartbeat = (attempt: Attempt, exposed: boolean) => {
    const progress = Math.min(99, attempt.dose * 8);
    const checkpoint = exposed ? { exposed: true, state: { interruptedWafer: 'resume' } } : null;
    const command = {
      attempt: attempt.attempt,
      progress,
      currentStep: 'x',
      etaS: null,
      checkpoint,
      logs: [],
    };
    return () => orchestrator.heartbeat(attempt.jobId, command);
  };
  const beat = (attempt: Attempt) => {
    if (attempt.over) return;
    ask(heartbeat(attempt, false), (told, sentMs) => {
      if (told.ok) hear(attempt, told.value, sentMs);
    });
    later(heartbeatMs, () => beat(attempt));
  };
  const hear = (attempt: Attempt, reply: { stale: boolean; cancelRequested: boolean }, sentMs: number) => {
    attempt.answeredMs = Math.max(attempt.answeredMs, sentMs);
    if (reply.stale) attempt.stop ??= 'stale';
    if (reply.cancelRequested) attempt.stop ??= 'cancelled';
  };
  const storeExposure = (attempt: Attempt, tries: number) => {
    ask(heartbeat(attempt, true), (told, sentMs) => {
      if (told.ok) {
        hear(attempt, told.value, sentMs);
        return attach(attempt);
      }
      if (tries < 3) return storeExposure(attempt, tries + 1);
      end(attempt, failed('the checkpoint could not be stored'));
    });
  };
  const attach = (attempt: Attempt) => {
    if (stopped(attempt)) return;
    const tool = toolOf(attempt);
    const found = tool.attach(attempt.token);
    if (!found.ok) return end(attempt, failed(found.why));
    attempt.sequence = found.sequence;
    const remembered = found.loaded === attempt.jobId;
    attempt.dose = remembered && rules.readsTheTool ? found.dose : 0;
    if (!remembered && attempt.exposed) return end(attempt, held('the tool does not remember the wafer'));
    if (!remembered) tool.load(attempt.token, attempt.jobId);
    step(attempt);
  };
  const step = (attempt: Attempt) => {
    if (stopped(attempt)) return;
    if (attempt.dose >= setpoint) {
      toolOf(attempt).safe(attempt.token);
      return end(attempt, completed);
    }
    const answer = command(attempt);
    if (answer === 'unknown') return end(attempt, held('the outcome of a command is unknown'));
    if (!answer.ok) return end(attempt, failed(answer.why));
    attempt.dose = answer.dose;
    later(stepMs, () => step(attempt));
  };
  const command = (attempt: Attempt): ToolAnswer | 'unknown' => {
    attempt.sequence += 1;
    const order = { token: attempt.token, sequence: attempt.sequence, dose: 1 };
    const answer = toolOf(attempt).advance(order);
    if (!world.stormy || !world.happens(0.01)) return answer;
    world.hit("a tool's reply lost");
    return rules.resendsBlindly ? toolOf(attempt).advance(order) : 'unknown';
  };
  /** The worker's own look at its lease and at what it was told. */
  const stopped = (attempt: Attempt): boolean => {
    const silentMs = world.nowMs - attempt.answeredMs;
    if (rules.looksAtItsLease && silentMs > leaseTtlMs * 0.7) attempt.stop ??= 'lease_lost';
    if (attempt.stop === null) return false;
    world.hit(`worker stopped: ${attempt.stop}`);
    toolOf(attempt).safe(attempt.token);
    end(attempt, attempt.stop === 'cancelled' ? cancelled : failed(attempt.stop));
    return true;
  };
  const end = (attempt: Attempt, outcome: AttemptOutcome) => {
    attempt.over = true;
    ask(
      () => orchestrator.finish(attempt.jobId, attempt.attempt, outcome),
      (told) => {
        if (!told.ok) return later(500, () => end(attempt, outcome));
        if (!told.value.accepted) world.hit('stale finish');
        state.busy = false;
      },
    );
  };
  const toolOf = (attempt: Attempt): Tool => {
    const tool = parts.tools.get(attempt.tool);
    if (tool === undefined) throw new Error(`there is no tool ${attempt.tool}`);
    return tool;
  };
  look();
  return {
    sleep: (ms) => {
      world.hit('worker slept');
      // The worst moment: a question is out, and its answer will lie about until the worker wakes.
      if (world.happens(0.5)) state.sleepsAfterAskingMs = ms;
      else state.awakeMs = Math.max(state.awakeMs, world.nowMs + ms);
    },
    cutOff: (ms) => {
      world.hit('worker cut off');
      state.cutUntilMs = Math.max(state.cutUntilMs, world.nowMs + ms);
    },
    kill: () => {
      world.hit('worker killed');
      Object.assign(state, {
        life: state.life + 1,
        busy: false,
        asking: false,
        awakeMs: world.nowMs + 1_000,
      });
      look();
    },
  };
}

const outcome = { metrics: {}, vm_prediction: {}, spc_alerts_count: 0, spc: [], advice: [], wafers: [] };
const completed: AttemptOutcome = { kind: 'completed', outcome, artifacts: [] };
const cancelled: AttemptOutcome = { kind: 'cancelled', message: 'safe', safe_state_at: null, artifacts: [] };
const failed = (message: string): AttemptOutcome => ({
  kind: 'failed',
  error: { code: 'x', message, transient: true },
  artifacts: [],
});
const held = (reason: string): AttemptOutcome => ({ kind: 'held', reason, artifacts: [] });
