import { cancelSubject, toolEntry } from '@spectra/schemas';
import { createHealth, type Part, type Registry } from '@spectra/service-kit';
import type { ServiceHealth } from '@spectra/schemas';
import { createDependencyLoop, type DependencyLoop } from './background/settle-dependencies.ts';
import { createScheduleLoop } from './background/fire-schedules.ts';
import { createReaper } from './background/reap-attempts.ts';
import { createStreamReconciler } from './background/reconcile-streams.ts';
import { createRelay } from './background/relay-outbox.ts';
import { createSweeper } from './background/sweep.ts';
import { createCountKeeper } from './background/sum-up-counts.ts';
import { createReadyTeller, type ReadyTeller } from './background/tell-ready.ts';
import { createBeginner, createOfferListener } from './background/begin-with-workers.ts';
import { createCommandDesk } from './command-desk.ts';
import type { Foundation } from './context.ts';
import { createStandingWorkers, type StandingWorkers } from './core/standing-workers.ts';
import type { WakeLoop } from './core/wake-loop.ts';
import { createJobMetrics, outboxLagS, type JobMetrics } from './job-metrics.ts';
import { createRunBatchDesk, createRunDesk } from './run-desk.ts';
import { serveJobs } from './serve-jobs.ts';
import { createStartDesk } from './start-desk.ts';
import { createTakeDesk } from './take-desk.ts';
import { createToolBatchDesk, createToolDesk } from './tool-desk.ts';
import { createKnownJobs } from './store/known-jobs.ts';
import type { AfterCommit } from './store/run-commands.ts';
import type { CreateSettings, NewRun } from './store/run-rows.ts';
import type { NewToolJob } from './store/tool-rows.ts';

/** The running orchestrator: its parts in starting order, and its health. */
export type Orchestrator = { parts: Part[]; health: () => Promise<ServiceHealth> };

/** Past this age of an unpublished message, operators should look. */
const outboxLagMaxS = 30;

/** Puts the orchestrator together on its foundation; the one place that knows every piece. */
export function createOrchestrator(foundation: Foundation, registry: Registry): Orchestrator {
  const { database, messaging, settings } = foundation;
  const metrics = createJobMetrics(registry, database);
  const events = createRelay(foundation);
  const ready = createReadyTeller(foundation);
  const done = (after: AfterCommit) => followUp(after, { foundation, metrics, events, ready, dependencies });
  const decisions = {
    database,
    settings: { ...settings, chance: foundation.chance, newId: foundation.newId },
    known: createKnownJobs(),
  };
  const monotonicMs = () => foundation.clock.monotonicMs();
  const commands = createCommandDesk({ ...decisions, monotonicMs, done });
  const dependencies = createDependencyLoop(foundation, commands);
  const countWith = (queue: string, workerId: string) => decisions.known.countWith(queue, workerId);
  const standing = createStandingWorkers({ monotonicMs, countWith });
  const takes = createTakeDesk({
    ...decisions,
    done: ({ after, started, heldBack, emptied }) => {
      done(after);
      metrics.started(started);
      for (const queue of heldBack) ready.heldBack(queue);
      for (const queue of emptied) standing.lineEmpty(queue);
    },
  });
  const begin = createBeginner(foundation, { commands, standing, metrics });
  const startAtOnce = createStartDesk({ ...decisions, standing, begun: begin });
  const desks = openDesks(foundation, { ready, events, standing, startAtOnce });
  const schedules = openSchedules(foundation, { ready, events, metrics });
  const reaper = createReaper(foundation, commands);
  const reconciler = createStreamReconciler(foundation, () => events.wake());
  const health = healthOf(foundation);
  return {
    health,
    parts: [
      loopPart('event-relay', events),
      loopPart('ready-teller', ready),
      loopPart('stream-reconciler', reconciler),
      loopPart('dependencies', dependencies),
      loopPart('schedules', schedules),
      loopPart('reaper', reaper),
      loopPart('sweeper', createSweeper(foundation)),
      loopPart('count-keeper', createCountKeeper(foundation)),
      createOfferListener(foundation, standing),
      // Stopped after the requests: what was accepted is stored before the loops below end.
      {
        name: 'desks',
        start: async () => {},
        stop: async () =>
          void (await Promise.all([commands, takes, ...Object.values(desks)].map((desk) => desk.drain()))),
      },
      serveJobs({
        messaging,
        context: {
          database,
          commands,
          takes,
          ...desks,
          newId: foundation.newId,
          limits: settings.limits,
          estimate: ready.estimate,
          lookBehind: dependencies.lookBehind,
          schedulesChanged: () => schedules.wake(),
        },
        health,
      }),
    ],
  };
}

function openSchedules(
  foundation: Foundation,
  { ready, events, metrics }: { ready: ReadyTeller; events: WakeLoop; metrics: JobMetrics },
) {
  return createScheduleLoop({
    foundation,
    settings: createSettings(foundation),
    created: (queue) => {
      ready.tell([queue]);
      events.wake();
    },
    told: metrics.firing,
  });
}

type Starting = { standing: StandingWorkers; startAtOnce: ReturnType<typeof createStartDesk> };

/** The doors for creations: of single ones and of batches. */
function openDesks(
  foundation: Foundation,
  { ready, events, standing, startAtOnce }: { ready: ReadyTeller; events: WakeLoop } & Starting,
) {
  const { database, settings } = foundation;
  const runDesk = {
    database,
    settings: createSettings(foundation),
    estimate: ready.estimate,
    created: (wanted: readonly NewRun[]) => {
      ready.tell(wanted.map(({ process }) => process));
      events.wake();
    },
  };
  const toolDesk = {
    database,
    settings: { newId: foundation.newId, ageingStepMs: settings.limits.ageingStepMs },
    estimate: ready.estimate,
    created: (wanted: readonly NewToolJob[]) => {
      const queues = wanted.filter(({ ended }) => ended === null).map(({ tool }) => toolEntry(tool).queue);
      for (const queue of queues) standing.lineSeen(queue);
      ready.tell(queues);
    },
  };
  return {
    runs: createRunDesk(runDesk),
    runBatches: createRunBatchDesk(runDesk),
    tools: createToolDesk({ ...toolDesk, startAtOnce }),
    toolBatches: createToolBatchDesk(toolDesk),
  };
}

function createSettings({ chance, newId, settings }: Foundation): CreateSettings {
  return { chance, newId, maxRetries: settings.maxRetries, ageingStepMs: settings.limits.ageingStepMs };
}

function healthOf({ database, messaging, clock }: Foundation): () => Promise<ServiceHealth> {
  return createHealth({
    service: 'job-orchestrator',
    version: '0.1.0',
    clock,
    dependencies: {
      postgres: () => database.ping(),
      nats: async () => messaging.isConnected(),
      outbox: async () => ({ status: (await outboxLagS(database)) > outboxLagMaxS ? 'degraded' : 'healthy' }),
    },
  });
}

/** What a commit leads to, outside the transaction. Each of it has a slower net below that finds it again. */
function followUp(
  after: AfterCommit,
  to: {
    foundation: Foundation;
    metrics: JobMetrics;
    events: WakeLoop;
    ready: ReadyTeller;
    dependencies: DependencyLoop;
  },
): void {
  const { messaging, logger } = to.foundation;
  if (after.publish) to.events.wake();
  if (after.freed || after.readyQueues.length > 0) to.ready.tell(after.readyQueues);
  to.dependencies.lookBehind(after.endedJobIds);
  if (after.cancelledJobIds.length > 0) to.dependencies.wake();
  to.metrics.transitions(after.transitions);
  to.metrics.deadLetters(after.deadLetters);
  if (!messaging.isConnected()) return;
  for (const jobId of after.cancelledJobIds) messaging.connection.publish(cancelSubject(jobId));
  for (const { subject, event } of after.progressed) {
    // Progress is told as it happens and not kept: the next heartbeat tells it anew.
    messaging
      .publish(subject, event, { messageId: event.id })
      .catch((error: unknown) => logger.debug({ err: error, subject }, 'progress was not published'));
  }
}

function loopPart(name: string, loop: WakeLoop): Part {
  return { name, start: async () => loop.start(), stop: () => loop.stop() };
}
