import { cancelSubject, toolEntry } from '@spectra/schemas';
import { createHealth, type Part, type Registry } from '@spectra/service-kit';
import type { ServiceHealth } from '@spectra/schemas';
import { createReaper } from './background/reap-attempts.ts';
import { createStreamReconciler } from './background/reconcile-streams.ts';
import { createRelay } from './background/relay-outbox.ts';
import { createSweeper } from './background/sweep.ts';
import { createReadyTeller, type ReadyTeller } from './background/tell-ready.ts';
import { createCommandDesk } from './command-desk.ts';
import type { Foundation } from './context.ts';
import type { WakeLoop } from './core/wake-loop.ts';
import { createJobMetrics, outboxLagS, type JobMetrics } from './job-metrics.ts';
import { createRunDesk } from './run-desk.ts';
import { serveJobs } from './serve-jobs.ts';
import { createTakeDesk } from './take-desk.ts';
import { createToolDesk } from './tool-desk.ts';
import type { AfterCommit } from './store/run-commands.ts';

/** The running orchestrator: its parts in starting order, and its health. */
export type Orchestrator = { parts: Part[]; health: () => Promise<ServiceHealth> };

/** Past this age of an unpublished message, operators should look. */
const outboxLagMaxS = 30;

/** Puts the orchestrator together on its foundation; the one place that knows every piece. */
export function createOrchestrator(foundation: Foundation, registry: Registry): Orchestrator {
  const { database, messaging, clock, settings } = foundation;
  const metrics = createJobMetrics(registry, database);
  const events = createRelay(foundation);
  const ready = createReadyTeller(foundation);
  const done = (after: AfterCommit) => followUp(after, { foundation, metrics, events, ready });
  const decisionSettings = { ...settings, chance: foundation.chance, newId: foundation.newId };
  const commands = createCommandDesk({ database, settings: decisionSettings, done });
  const takes = createTakeDesk({
    database,
    settings: decisionSettings,
    done: ({ after, heldBack }) => {
      done(after);
      for (const queue of heldBack) ready.heldBack(queue);
    },
  });
  const runs = createRunDesk({
    database,
    settings: { ...foundation, maxRetries: settings.maxRetries, ageingStepMs: settings.limits.ageingStepMs },
    estimate: ready.estimate,
    created: (wanted) => {
      ready.tell(wanted.map(({ process }) => process));
      events.wake();
    },
  });
  const tools = createToolDesk({
    database,
    settings: { newId: foundation.newId, ageingStepMs: settings.limits.ageingStepMs },
    estimate: ready.estimate,
    created: (wanted) =>
      ready.tell(wanted.filter(({ ended }) => ended === null).map(({ tool }) => toolEntry(tool).queue)),
  });
  const reaper = createReaper(foundation, commands);
  const reconciler = createStreamReconciler(foundation, () => events.wake());
  const health = createHealth({
    service: 'job-orchestrator',
    version: '0.1.0',
    clock,
    dependencies: {
      postgres: () => database.ping(),
      nats: async () => messaging.isConnected(),
      outbox: async () => ({ status: (await outboxLagS(database)) > outboxLagMaxS ? 'degraded' : 'healthy' }),
    },
  });
  return {
    health,
    parts: [
      loopPart('event-relay', events),
      loopPart('ready-teller', ready),
      loopPart('stream-reconciler', reconciler),
      loopPart('reaper', reaper),
      loopPart('sweeper', createSweeper(foundation)),
      // Stopped after the requests: what was accepted is stored before the loops below end.
      {
        name: 'desks',
        start: async () => {},
        stop: async () =>
          void (await Promise.all([commands.drain(), runs.drain(), tools.drain(), takes.drain()])),
      },
      serveJobs({ messaging, context: { database, commands, runs, tools, takes }, health }),
    ],
  };
}

/** What a commit leads to, outside the transaction. Each of it has a slower net below that finds it again. */
function followUp(
  after: AfterCommit,
  to: { foundation: Foundation; metrics: JobMetrics; events: WakeLoop; ready: ReadyTeller },
): void {
  const { messaging, logger } = to.foundation;
  if (after.publish) to.events.wake();
  if (after.readyQueues.length > 0) to.ready.tell(after.readyQueues);
  to.metrics.transitions(after.transitions);
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
