import type { Evidence, EventFact, JobFact, StreamFact } from '../evidence/evidence.ts';
import type { Invariant } from './invariant.ts';

/** Written down here once more on purpose: a checker that asks the code what is legal agrees with every mistake. */
const legalChanges = new Set(
  (
    '>queued queued>running queued>held queued>cancelled running>completed running>failed running>retrying ' +
    'running>held running>cancelled retrying>running retrying>held retrying>cancelled held>queued ' +
    'held>cancelled failed>queued'
  ).split(' '),
);
const statusAfter: Readonly<Record<string, string>> = {
  'spectra.run.queued': 'queued',
  'spectra.run.started': 'running',
  'spectra.run.retrying': 'retrying',
  'spectra.run.held': 'held',
  'spectra.run.completed': 'completed',
  'spectra.run.failed': 'failed',
  'spectra.run.cancelled': 'cancelled',
};
const terminal = new Set(['completed', 'failed', 'cancelled']);

/** One terminal event per run, legal changes only, the state is what the events add up to, streams without a hole. */
export const oneEnding: Invariant = {
  id: 'I2',
  promise: 'one terminal event per run, legal transitions, seq without hole, state = fold(events)',
  check(evidence) {
    const eventsOf = Map.groupBy(evidence.events, (event) => event.runId);
    const streamOf = Map.groupBy(evidence.stream, (message) => message.runId);
    return evidence.jobs.flatMap((job) => {
      if (job.runId === null) return toolEnding(job, evidence);
      const events = eventsOf.get(job.runId) ?? [];
      return [...foldBreaches(job, events), ...streamBreaches(job, events, streamOf.get(job.runId) ?? [])];
    });
  },
};

function foldBreaches(job: JobFact, events: readonly EventFact[]): string[] {
  const breaches: string[] = [];
  let status = '';
  let endings = 0;
  let reopened = 0;
  for (const event of events) {
    const next = statusAfter[event.type];
    if (next === undefined) continue;
    if (!legalChanges.has(`${status}>${next}`)) breaches.push(`run ${job.runId}: ${status} became ${next}`);
    if (event.status !== next) breaches.push(`run ${job.runId}: ${event.type} says ${event.status}`);
    if (terminal.has(next)) endings += 1;
    if (next === 'queued' && status === 'failed') reopened += 1;
    status = next;
  }
  if (status !== job.status) breaches.push(`run ${job.runId} is ${job.status}, its events say ${status}`);
  if (endings > reopened + 1) breaches.push(`run ${job.runId} has ${endings} terminal events`);
  if (terminal.has(job.status) && endings === 0) breaches.push(`run ${job.runId} ended without an event`);
  return breaches;
}

/** The hub numbers what it stores: from 1, without a hole, each message once, every event of the run among them. */
function streamBreaches(job: JobFact, events: readonly EventFact[], stream: readonly StreamFact[]): string[] {
  const breaches: string[] = [];
  stream.forEach((message, index) => {
    if (message.seq !== index + 1)
      breaches.push(`run ${job.runId}: seq ${message.seq} stands at place ${index + 1}`);
  });
  const ids = new Set(stream.map((message) => message.messageId));
  if (ids.size !== stream.length) breaches.push(`run ${job.runId}: a message is stored twice in its stream`);
  const endings = stream.filter(
    ({ type }) => type === 'completed' || type === 'cancelled' || type === 'error',
  );
  const ended = terminal.has(job.status);
  if (ended && events.length > 0 && endings.length === 0)
    breaches.push(`run ${job.runId} is ${job.status} and its stream does not say so`);
  return breaches.slice(0, 3);
}

/** A job without a run tells no events: its attempts and its result speak for it. */
function toolEnding(job: JobFact, { attempts }: Evidence): string[] {
  const completed = attempts.filter((one) => one.jobId === job.jobId && one.ending === 'completed');
  if (completed.length > 1) return [`job ${job.jobId} was completed ${completed.length} times`];
  if (job.status === 'completed' && job.attempt > 0 && completed.length === 0)
    return [`job ${job.jobId} is completed and no attempt completed it`];
  return [];
}
