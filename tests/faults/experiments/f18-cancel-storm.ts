import { randomUUID } from 'node:crypto';
import type { FabClient } from '../load/fab-client.ts';
import { toolJob } from '../load/load.ts';
import { pause, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

const cancelledShare = 0.9;
/** The specification's ten thousand for the usual two hundred jobs; a smaller campaign storms less. */
const stormPerJob = 50;
const stormMs = 10_000;
const p99MaxMs = 1_000;
const createsAtOnce = 24;
const cancelsAtOnce = 32;
const fewJobs = 8;
const waitsLongerAtMost = 2;
/** What a look at a job's status may add. */
const slackMs = 250;

/** One organisation queues thousands and cancels most of them at once, while workers start them; another does not notice. */
export const cancelStorm: Experiment = {
  id: 'F18',
  title: 'thousands queued, 9 of 10 cancelled within 10 s, starts racing',
  load: { spreadMs: 1_000 },
  async strike(round) {
    const { engineers, load, note, noteMost } = round;
    await load.allAsked();
    const [flooder, neighbour] = engineers;
    if (flooder === undefined || neighbour === undefined) throw new Error('nobody is signed in');
    noteMost('ms of the neighbour alone', await msOfFew(round, neighbour));
    const jobIds = await queueMany(round, flooder, load.accepted.length * stormPerJob);
    note('jobs queued', jobIds.length);
    noteMost('ms of the neighbour behind the queue', await msOfFew(round, neighbour));
    await storm(round, flooder, jobIds.slice(0, Math.floor(jobIds.length * cancelledShare)));
  },
  proof: ({ notes }) => ({
    'jobs queued': notes['jobs queued'] ?? 0,
    'cancels accepted': notes['cancels accepted'] ?? 0,
    'ms p99 of a cancel': Math.ceil(notes['ms p99 of a cancel'] ?? 0),
    'ms for all cancels': Math.ceil(notes['ms for all cancels'] ?? 0),
  }),
  breaches({ notes }) {
    const p99Ms = notes['ms p99 of a cancel'] ?? 0;
    const [alone, behind] = [
      notes['ms of the neighbour alone'] ?? 0,
      notes['ms of the neighbour behind the queue'] ?? 0,
    ];
    return [
      ...(p99Ms > p99MaxMs ? [`a cancel took ${Math.round(p99Ms)} ms at p99`] : []),
      ...(behind > waitsLongerAtMost * alone + slackMs
        ? [`${fewJobs} jobs of a neighbour took ${Math.round(behind)} ms instead of ${Math.round(alone)} ms`]
        : []),
      ...Object.keys(notes).filter((name) => name.startsWith('cancels answered')),
    ];
  },
};

async function queueMany(round: Round, client: FabClient, count: number): Promise<string[]> {
  const jobIds: string[] = [];
  const wanted = Array.from({ length: count }, () => randomUUID());
  const worker = async () => {
    for (let key = wanted.pop(); key !== undefined; key = wanted.pop())
      jobIds.push(await ask(round, client, key));
  };
  await Promise.all(Array.from({ length: createsAtOnce }, worker));
  return jobIds;
}

async function ask({ adopt }: Round, client: FabClient, key: string): Promise<string> {
  const answer = await client.repeat('POST', '/v1/jobs', toolJob, key);
  const jobId = String(answer.body['job_id']);
  const { orgId } = client.organisation;
  adopt({ orgId, kind: 'tool', jobId, runId: null, idempotencyKey: key, dosePerCm2: null, wafers: 0 });
  return jobId;
}

/** From the first request to the last end of a few jobs of an organisation that has no others. */
async function msOfFew(round: Round, client: FabClient): Promise<number> {
  const startedMs = performance.now();
  const jobIds = await Promise.all(Array.from({ length: fewJobs }, () => ask(round, client, randomUUID())));
  await until(
    'the jobs of the neighbour have ended',
    async () => {
      const rows = await round.platform.sql<{ open: number }>(
        `select count(*)::float8 open from orchestrator.jobs where job_id = any($1) and completed_at is null`,
        [jobIds],
      );
      return rows[0]?.open === 0;
    },
    120_000,
  );
  return performance.now() - startedMs;
}

/** At an even pace for ten seconds, or as fast as so many at a time are answered. */
async function storm({ note, noteMost }: Round, client: FabClient, jobIds: readonly string[]): Promise<void> {
  const startedMs = performance.now();
  const tookMs: number[] = [];
  const waiting = jobIds.map((jobId, index) => ({ jobId, afterMs: (index / jobIds.length) * stormMs }));
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const waitMs = startedMs + next.afterMs - performance.now();
      if (waitMs > 1) await pause(waitMs);
      const askedMs = performance.now();
      const { status } = await client.send('DELETE', `/v1/jobs/${next.jobId}`);
      tookMs.push(performance.now() - askedMs);
      note(nameOf(status));
    }
  };
  await Promise.all(Array.from({ length: cancelsAtOnce }, worker));
  const sorted = tookMs.toSorted((left, right) => left - right);
  noteMost('ms p99 of a cancel', sorted[Math.floor(sorted.length * 0.99)] ?? 0);
  noteMost('ms for all cancels', performance.now() - startedMs);
}

function nameOf(status: number | null): string {
  if (status === 409) return 'cancels that came too late';
  return (status ?? 599) < 300 ? 'cancels accepted' : `cancels answered ${status}`;
}
