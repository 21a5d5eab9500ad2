import { pause, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';
import { toolsInTheMiddle } from './tools-at-work.ts';

/** Commands reach the tool and its answers do not come back: nobody sends them again; a person decides, and reads the tool. */
export const toolReplyLost: Experiment = {
  id: 'F21',
  title: 'command sent to the tool, reply lost',
  load: { spreadMs: 1_500, paced: { runs: 14, timeScale: 3, anneals: 0.2 } },
  async strike(round) {
    const { platform, draw, note } = round;
    await toolsInTheMiddle(platform, 'ion-service', draw.between(0, 1_500));
    const line = platform.linesOf('ion-service').tools;
    const before = line.counts.lostBytes;
    line.cut('replies-lost');
    // The worker waits 5 s for an answer; then the outcome is unknown.
    await pause(draw.between(5_500, 7_000));
    note('bytes of replies lost', line.counts.lostBytes - before);
    line.heal();
    await decide(round);
  },
  proof: ({ notes }) => ({
    'bytes of replies lost': notes['bytes of replies lost'] ?? 0,
    'runs held because the outcome is unknown': notes['held'] ?? 0,
    'runs that went on after reading the tool': notes['resumed'] ?? 0,
  }),
};

/** An engineer looks at each held run and lets it go on: the next attempt reads from the tool how far the wafer came. */
async function decide({ platform, engineers, load, note }: Round): Promise<void> {
  await load.allAsked();
  const held = await until('a run is held', () => heldRuns(platform), 40_000);
  note('held', held.length);
  for (const { jobId, orgId } of held) {
    const engineer = engineers.find((one) => one.organisation.orgId === orgId);
    const body = { decision: 'resume', comment: 'the tool was read' };
    const answer = await engineer?.send('POST', `/api/jobs/${jobId}/resolve`, body);
    note(answer?.status === 200 ? 'resumed' : `resolve answered ${answer?.status}`);
  }
}

async function heldRuns(platform: Round['platform']): Promise<{ jobId: string; orgId: string }[] | null> {
  const held = await platform.sql<{ jobId: string; orgId: string }>(
    `select job_id "jobId", org_id "orgId" from orchestrator.jobs
     where status = 'held' and process = 'ion' and held_reason like '%unknown%'`,
  );
  return held.length > 0 ? held : null;
}
