import type { JournalLine } from '../evidence/evidence.ts';
import { readJournals } from '../evidence/read-files.ts';
import { pause, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';
import { energisedTools, toolsInTheMiddle } from './tools-at-work.ts';
import type { ToolAtWork } from './tools-at-work.ts';

const safeWithinMs = 500;

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
    await Promise.all(tools.map((tool) => abort(round, name, tool)));
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
  breaches: ({ notes, events, jobs }) => {
    const tookMs = notes['ms until the slowest tool was safe'] ?? 0;
    const aborted = Object.keys(notes).flatMap((name) => /^aborted (.+)$/.exec(name)?.[1] ?? []);
    return [
      ...(tookMs > safeWithinMs ? [`a tool was safe only ${Math.round(tookMs)} ms after the abort`] : []),
      ...Object.keys(notes).filter((name) => name.startsWith('the abort door answered')),
      ...aborted.flatMap((runId) => {
        const told = events.some((event) => event.runId === runId && event.type === 'spectra.run.cancelled');
        const job = jobs.find((one) => one.runId === runId);
        return told && job?.status === 'cancelled'
          ? []
          : [`the abort of ${runId} was not recorded: it is ${job?.status}`];
      }),
    ];
  },
};

async function abort(
  { platform, engineers, note, noteMost }: Round,
  name: string,
  tool: ToolAtWork,
): Promise<void> {
  const engineer = engineers.find((one) => one.organisation.orgId === tool.orgId);
  const process = name === 'ion-service' ? 'ion' : 'rtp';
  const askedMs = Date.now();
  const answer = await fetch(`${platform.service(name).abortUrl}/api/${process}/runs/${tool.runId}/abort`, {
    method: 'POST',
    headers: { authorization: `Bearer ${engineer?.token}` },
  });
  await answer.arrayBuffer();
  if (answer.status !== 202) return note(`the abort door answered ${answer.status}`);
  const safe = await until(
    'the tool is safe',
    () => safeLine(platform.journalsFolder, tool, askedMs),
    10_000,
  );
  note('tools that went safe');
  note(`aborted ${tool.runId}`);
  noteMost('ms until the slowest tool was safe', Date.parse(safe.at) - askedMs);
}

function safeLine(folder: string, tool: ToolAtWork, sinceMs: number): JournalLine | undefined {
  return readJournals(folder)
    .find((one) => one.orgId === tool.orgId && one.equipmentId === tool.equipmentId)
    ?.lines.findLast(
      (line) => Date.parse(line.at) >= sinceMs - 1 && ['safe', 'de_energised'].includes(line.event),
    );
}

/** Runs at the pace of a real tool would take minutes; what is left has shown what it had to show. */
async function cancelTheRest({ load, engineers }: Round): Promise<void> {
  for (const { runId, kind, orgId } of load.accepted) {
    const engineer = engineers.find((one) => one.organisation.orgId === orgId);
    if (runId !== null) await engineer?.repeat('DELETE', `/api/${kind}/runs/${runId}`);
  }
}
