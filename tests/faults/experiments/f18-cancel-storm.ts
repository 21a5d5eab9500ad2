import { randomUUID } from 'node:crypto';
import type { FabClient } from '../load/fab-client.ts';
import type { Experiment, Round } from './experiment.ts';

const cancelledShare = 0.9;
/** The specification's ten thousand for the usual two hundred jobs; a smaller campaign storms less. */
const stormPerJob = 50;
const p99MaxMs = 1_000;
const createsAtOnce = 24;
const cancelsAtOnce = 48;

/** One organisation queues thousands and cancels most of them at once, while workers start them. */
export const cancelStorm: Experiment = {
  id: 'F18',
  title: 'thousands queued, 9 of 10 cancelled within 10 s, starts racing',
  load: { spreadMs: 1_000 },
  async strike(round) {
    const { engineers, load, note, noteMost } = round;
    await load.allAsked();
    const [flooder] = engineers;
    if (flooder === undefined) throw new Error('nobody is signed in');
    const jobIds = await queueMany(round, flooder, load.accepted.length * stormPerJob);
    note('jobs queued', jobIds.length);
    const startedMs = performance.now();
    const tookMs: number[] = [];
    const doomed = jobIds.slice(0, Math.floor(jobIds.length * cancelledShare));
    await together(doomed, cancelsAtOnce, async (jobId) => {
      const askedMs = performance.now();
      const { status } = await flooder.send('DELETE', `/v1/jobs/${jobId}`);
      tookMs.push(performance.now() - askedMs);
      note(
        status === 409
          ? 'cancels that came too late'
          : (status ?? 599) < 300
            ? 'cancels accepted'
            : `cancels answered ${status}`,
      );
    });
    const sorted = tookMs.toSorted((left, right) => left - right);
    noteMost('ms p99 of a cancel', sorted[Math.floor(sorted.length * 0.99)] ?? 0);
    noteMost('ms for all cancels', performance.now() - startedMs);
  },
  proof: ({ notes }) => ({
    'jobs queued': notes['jobs queued'] ?? 0,
    'cancels accepted': notes['cancels accepted'] ?? 0,
    'cancels that raced a start': (notes['cancels that came too late'] ?? 0) + 1,
  }),
  breaches({ notes }) {
    const p99Ms = notes['ms p99 of a cancel'] ?? 0;
    return [
      ...(p99Ms > p99MaxMs ? [`a cancel took ${Math.round(p99Ms)} ms at p99`] : []),
      ...Object.keys(notes).filter((name) => name.startsWith('cancels answered')),
    ];
  },
};

async function queueMany({ adopt }: Round, client: FabClient, count: number): Promise<string[]> {
  const jobIds: string[] = [];
  const body = {
    tool: 'ion.monte_carlo',
    params: { species: 'B', energy_kev: 30, tilt_deg: 7, ions: 2_000, target: { crystalline: false } },
  };
  await together(Array.from({ length: count }), createsAtOnce, async () => {
    const key = randomUUID();
    const answer = await client.repeat('POST', '/v1/jobs', body, key);
    const jobId = String(answer.body['job_id']);
    jobIds.push(jobId);
    const { orgId } = client.organisation;
    adopt({ orgId, kind: 'tool', jobId, runId: null, idempotencyKey: key, dosePerCm2: null, wafers: 0 });
  });
  return jobIds;
}

async function together<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    while (waiting.length > 0) await work(waiting.shift() as Item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
