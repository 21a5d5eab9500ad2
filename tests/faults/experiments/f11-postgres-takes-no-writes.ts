import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, seen } from '../until.ts';
import { abortAtTheDoor, abortBreaches } from './abort-at-the-door.ts';
import { failedCalls, untoldRefusals } from './experiment.ts';
import type { Experiment, Round } from './experiment.ts';
import { toolsInTheMiddle } from './tools-at-work.ts';

const readOnly = 'read-only';
const noSpace = 'writes that Postgres found no space for';

/**
 * Postgres takes no writes, because it is read-only or because the disk of its tables is full: they are refused with a
 * problem document and a time to come back, reads are fine, and a tool at work can be stopped.
 */
export const postgresTakesNoWrites: Experiment = {
  id: 'F11',
  title: 'Postgres read-only, or its disk full',
  load: { spreadMs: 8_000, paced: { runs: 9, timeScale: 1.5, anneals: 0.3 } },
  async strike(round) {
    const { platform, draw, load, failedSince } = round;
    const refuseWrites = await preparedFault(round, draw.happens(0.5) ? readOnly : 'disk full');
    const worker = draw.oneOf(['ion-service', 'rtp-service'] as const);
    const [tool] = await toolsInTheMiddle(platform, worker, draw.between(0, 1_000));
    const refusedMs = Date.now();
    const takeWritesAgain = await refuseWrites();
    // Before the lease of the tool runs out for want of heartbeats.
    await pause(draw.between(0, 1_000));
    if (tool !== undefined) await abortAtTheDoor(round, worker, tool);
    const refused = () => {
      load.askNow();
      return failedSince(refusedMs) > 0;
    };
    await seen(refused, 10_000);
    await readFor(round, draw.between(1_500, 5_000));
    await takeWritesAgain();
  },
  proof: (evidence) => ({
    'writes refused': failedCalls(evidence),
    'reads answered': evidence.notes['reads answered'] ?? 0,
    'tools that went safe': evidence.notes['tools that went safe'] ?? 0,
    ...(noSpace in evidence.notes ? { [noSpace]: evidence.notes[noSpace] ?? 0 } : {}),
  }),
  breaches: (evidence) => [
    ...untoldRefusals(evidence),
    ...abortBreaches(evidence),
    ...((evidence.notes['reads refused'] ?? 0) > 0
      ? [`${evidence.notes['reads refused']} reads were refused`]
      : []),
  ],
};

/** Lets the fault happen; its answer ends it. */
type Fault = () => Promise<() => Promise<void>>;

/** Everything that takes time is done before the fault. */
async function preparedFault(round: Round, kind: string): Promise<Fault> {
  const { platform, note, tellKind } = round;
  const disk = kind === readOnly ? null : await platform.databaseDisk();
  if (disk === null) {
    tellKind(kind === readOnly ? kind : `${readOnly}, as no disk could be mounted`);
    return () => turnReadOnly(round);
  }
  tellKind(kind);
  return async () => {
    const before = timesWithoutSpace(platform);
    disk.fill();
    return async () => {
      disk.free();
      note(noSpace, timesWithoutSpace(platform) - before);
    };
  };
}

/** As the server's own log tells it. */
function timesWithoutSpace({ folder }: Round['platform']): number {
  const log = readFileSync(join(folder, 'postgres/postgres.log'), 'utf8');
  return log.split('No space left on device').length - 1;
}

async function turnReadOnly({ platform }: Round): Promise<() => Promise<void>> {
  await platform.sql('alter system set default_transaction_read_only = on');
  await platform.sql('select pg_reload_conf()');
  return async () => {
    await platform.sql('alter system reset default_transaction_read_only');
    await platform.sql('select pg_reload_conf()');
  };
}

async function readFor({ engineers, note }: Round, forMs: number): Promise<void> {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs) {
    for (const engineer of engineers) {
      const { status } = await engineer.get('/api/ion/runs?limit=5');
      note(status === 200 ? 'reads answered' : 'reads refused');
    }
    await pause(150);
  }
}
