import { pause } from '../until.ts';
import { abortAtTheDoor, abortBreaches } from './abort-at-the-door.ts';
import type { Experiment, Round } from './experiment.ts';
import { energisedTools, toolsInTheMiddle } from './tools-at-work.ts';

/** NATS and Postgres are down; an engineer stops what runs at the worker's own door, and it is recorded afterwards. */
export const abortAlone: Experiment = {
  id: 'F22',
  title: 'abort with NATS and Postgres down',
  load: { spreadMs: 1_000, paced: { runs: 9, timeScale: 1, anneals: 0.4 } },
  async strike(round) {
    const { platform, draw, note } = round;
    await round.load.allAsked();
    const name = draw.oneOf(['ion-service', 'rtp-service'] as const);
    await toolsInTheMiddle(platform, name, draw.between(0, 800));
    await Promise.all([platform.stopNats('SIGKILL'), platform.stopPostgres('immediate')]);
    await pause(draw.between(0, 1_500));
    const tools = energisedTools(platform, name);
    await Promise.all(tools.map((tool) => abortAtTheDoor(round, name, tool)));
    note('runs aborted', tools.length);
    await pause(draw.between(500, 3_000));
    await Promise.all([platform.startNats(), platform.startPostgres()]);
    await platform.heal();
    await cancelTheRest(round);
  },
  proof: ({ notes }) => ({
    'runs aborted': notes['runs aborted'] ?? 0,
    'tools that went safe': notes['tools that went safe'] ?? 0,
  }),
  breaches: abortBreaches,
};

/** Runs at the pace of a real tool would take minutes; what is left has shown what it had to show. */
async function cancelTheRest({ load, engineers }: Round): Promise<void> {
  for (const { runId, kind, orgId } of load.accepted) {
    const engineer = engineers.find((one) => one.organisation.orgId === orgId);
    if (runId !== null) await engineer?.repeat('DELETE', `/api/${kind}/runs/${runId}`);
  }
}
