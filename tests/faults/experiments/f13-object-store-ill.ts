import { join } from 'node:path';
import { filesBelow } from '../evidence/read-files.ts';
import { spoolMbMax } from '../platform/environments.ts';
import { serviceNames } from '../platform/service-process.ts';
import type { TcpProxy } from '../platform/tcp-proxy.ts';
import { pause, seen, until } from '../until.ts';
import type { Experiment, Round } from './experiment.ts';
import { runsEndedSince } from './f04-hub-killed.ts';

/** Longer than the longest pause between two tries of an upload, which is reached after half a minute. */
const longAwayMs = 70_000;
/** A worker waits 5 s for a write before it leaves it to its spool. */
const slowMs = { least: 1_000, most: 3_000 };
/** Each file of a run waits up to 5 s while the store is slow. */
const endsWithinMs = 120_000;
const halves = 'writes of which half arrived';

/**
 * The object store is away, slow, or breaks writes off half way, while runs end: none fails over it, and rows and
 * objects agree once it is well. On a machine without an S3 server the store is a folder, which can only be away.
 */
export const objectStoreIll: Experiment = {
  id: 'F13',
  title: 'object store down, slow, cut at half',
  platform: { objectStore: 's3' },
  load: { spreadMs: 4_000, paced: { runs: 10, timeScale: 10, anneals: 0.2 } },
  async strike(round) {
    const { platform, draw, note, tellKind } = round;
    const kind = draw.oneOf(['down', 'slow', 'cut'] as const);
    await pause(draw.between(300, 1_500));
    const illAt = new Date();
    const line = platform.objectServer?.line ?? null;
    const looking = { on: true };
    const watched = watchSpools(round, looking);
    if (line === null || kind === 'down') {
      const isLong = draw.happens(0.25);
      tellKind(isLong ? 'down for 70 s' : 'down');
      platform.takeObjectsAway();
      await pause(isLong ? longAwayMs : draw.between(1_000, 6_000));
    } else if (kind === 'slow') {
      tellKind('slow');
      line.delay(draw.between(slowMs.least, slowMs.most));
      await pause(draw.between(4_000, 8_000));
    } else {
      tellKind('cut at half');
      await cutWrites(line, round);
    }
    note('runs that ended meanwhile', await endedSince(round, illAt));
    looking.on = false;
    await watched;
    platform.bringObjectsBack();
  },
  proof: ({ notes }) => ({
    'runs that ended meanwhile': notes['runs that ended meanwhile'] ?? 0,
    'files in the spools': notes['files in the spools'] ?? 0,
    ...(halves in notes ? { [halves]: notes[halves] ?? 0 } : {}),
  }),
  breaches: ({ jobs, notes }) => [
    ...jobs
      .filter((job) => job.runId !== null && (job.status === 'failed' || job.status === 'held'))
      .map(
        (job) => `run ${job.runId} is ${job.status} over its files: ${job.heldReason ?? job.errorMessage}`,
      ),
    ...((notes['MB in a spool'] ?? 0) > spoolMbMax ? ['a spool grew beyond its bound'] : []),
  ],
};

function endedSince({ platform }: Round, at: Date): Promise<number> {
  return until('a run ends meanwhile', () => runsEndedSince(platform, at), endsWithinMs);
}

/** Half of what is written arrives, again and again. */
async function cutWrites(line: TcpProxy, { draw, note }: Round): Promise<void> {
  const before = line.counts.brokenOff;
  line.cut('broken-off');
  await pause(draw.between(1_000, 6_000));
  await seen(() => line.counts.brokenOff > before, 20_000);
  note(halves, line.counts.brokenOff - before);
}

/** How much waits for its upload at the most; each service has a spool of its own. */
async function watchSpools({ platform, noteMost }: Round, looking: { on: boolean }): Promise<void> {
  for (; looking.on; await pause(100)) {
    const spools = serviceNames.map((name) => filesBelow(join(platform.folder, 'spool', name)));
    noteMost(
      'files in the spools',
      spools.reduce((sum, { count }) => sum + count, 0),
    );
    noteMost('MB in a spool', Math.max(...spools.map(({ bytes }) => bytes)) / 1e6);
  }
}
