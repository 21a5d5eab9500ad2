import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { organisations } from '../platform/environments.ts';
import { pause, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';

const slowerAtMost = 3;
const slackMs = 300;

/** Messages that nobody can use, on the subjects of runs and of requests: they are refused and counted, and hurt nobody. */
export const poison: Experiment = {
  id: 'F17',
  title: 'poison: bad JSON, wrong schema, 1 MB, wrong org, unknown version',
  load: { spreadMs: 8_000 },
  async strike(round) {
    const { platform, draw, note, noteMost } = round;
    noteMost('ms of a read before', await medianReadMs(round));
    const before = await refusedByTheHub(platform.service('telemetry-hub').adminUrl);
    const connection = await connect({ servers: platform.natsUrl });
    try {
      await until('a run is accepted', () => round.load.accepted.some((job) => job.runId !== null), 20_000);
      for (let left = draw.between(20, 60); left > 0; left -= 1) {
        note('poisonous messages', poisonOnce(connection, round));
        await pause(draw.between(5, 60));
      }
      await connection.flush();
      noteMost('ms of a read meanwhile', await medianReadMs(round));
    } finally {
      await connection.close();
    }
    await pause(1_500);
    note('refused by the hub', (await refusedByTheHub(platform.service('telemetry-hub').adminUrl)) - before);
  },
  proof: ({ notes }) => ({
    'poisonous messages': notes['poisonous messages'] ?? 0,
    'refused by the hub': notes['refused by the hub'] ?? 0,
  }),
  breaches({ notes }) {
    const [before, meanwhile] = [notes['ms of a read before'] ?? 0, notes['ms of a read meanwhile'] ?? 0];
    return meanwhile > before * slowerAtMost + slackMs
      ? [`a read took ${Math.round(meanwhile)} ms beside the poison and ${Math.round(before)} ms without`]
      : [];
  },
};

/** One of each kind in turn, on the subject of a real run or on a request's. */
function poisonOnce(connection: NatsConnection, { draw, load }: Round): number {
  const job = draw.oneOf(load.accepted.filter((one) => one.runId !== null));
  const other = organisations.find(({ orgId }) => orgId !== job.orgId)?.orgId ?? '';
  const subject = (orgId: string, kind: string) => `fab.${orgId}.${job.kind}.${job.runId}.${kind}`;
  const kind = draw.oneOf(['event', 'telemetry', 'alert']);
  const messages = [
    { subject: subject(job.orgId, kind), text: '{"this is not JSON' },
    {
      subject: subject(job.orgId, kind),
      text: JSON.stringify({ kind: 'telemetry', run_id: job.runId, batch: 'one' }),
    },
    { subject: subject(job.orgId, kind), text: JSON.stringify({ filler: 'x'.repeat(1_000_000) }) },
    {
      subject: subject(other, kind),
      text: JSON.stringify({ specversion: '9.9', data: { run_id: 'of somebody else' } }),
    },
    {
      subject: subject(job.orgId, 'event'),
      text: JSON.stringify({ specversion: '2.0', type: 'spectra.run.rewritten' }),
    },
    { subject: 'rpc.jobs.finish', text: 'null' },
    { subject: 'rpc.jobs.heartbeat', text: JSON.stringify({ group: [{ body: {} }, 7] }) },
    { subject: 'rpc.jobs.take', text: JSON.stringify({ body: { queue: 7 } }) },
  ];
  const message = draw.oneOf(messages);
  connection.publish(message.subject, message.text);
  return 1;
}

async function refusedByTheHub(adminUrl: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => !one.startsWith('#') && /refused/.test(one));
  return Number(line?.split(' ').at(-1) ?? 0);
}

async function medianReadMs({ engineers }: Round): Promise<number> {
  const tookMs: number[] = [];
  for (let index = 0; index < 9; index += 1) {
    const startedMs = performance.now();
    await engineers[index % engineers.length]?.get('/api/ion/runs?limit=5');
    tookMs.push(performance.now() - startedMs);
  }
  return tookMs.toSorted((left, right) => left - right)[4] ?? 0;
}
