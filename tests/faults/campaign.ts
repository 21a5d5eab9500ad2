import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { drawFrom, seedOfRound } from './draw.ts';
import type { Experiment } from './experiments/experiment.ts';
import { usualPlan } from './platform/environments.ts';
import type { FaultPlatform } from './platform/fault-platform.ts';
import { runRound } from './round.ts';
import type { RoundResult } from './round.ts';
import { openStage } from './stage.ts';
import type { Stage } from './stage.ts';

export interface CampaignOptions {
  readonly experiments: readonly Experiment[];
  readonly rounds: number;
  /** The first round to play; with `rounds: 1` a single one is replayed. */
  readonly firstRound: number;
  readonly seed: number;
  readonly jobs: number;
  /** Platforms side by side, each with experiments of its own: rounds wait more than they compute. */
  readonly parallel: number;
  /** The code that F20 rolls over to and back; without it the same version replaces itself. */
  readonly otherVersion?: string | null;
  /** Called after each round, so that a campaign that is stopped loses none. */
  readonly keep?: (experiment: Experiment, result: RoundResult) => void;
  readonly say: (line: string) => void;
}

/** How the rounds of one experiment went. */
export interface ExperimentResult {
  readonly id: string;
  readonly title: string;
  readonly rounds: readonly RoundResult[];
}

/** Half of the silence after which a tool's watchdog takes its energy off. */
const toldStillMs = 1_000;

/** What is kept of a campaign: logs of breaches, and its rounds. */
export const keptFolder = fileURLToPath(new URL('../../.spectra/faults', import.meta.url));

/**
 * Plays the rounds of each experiment, one after the other. A platform serves many rounds: the facts of earlier ones
 * are part of what the invariants look at. After a breach, and after experiments that leave traces, a new one is made.
 */
export async function runCampaign(options: CampaignOptions): Promise<ExperimentResult[]> {
  const waiting = [...options.experiments];
  const results: ExperimentResult[] = [];
  const lane = async () => {
    const seat: Seat = { stage: null };
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        results.push(await playRounds(next, seat, options));
    } finally {
      await seat.stage?.platform.close();
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: options.parallel }, lane));
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  const order = options.experiments.map(({ id }) => id);
  return results.toSorted((left, right) => order.indexOf(left.id) - order.indexOf(right.id));
}

/** The platform that the next round is played on; null when one has to be made. */
interface Seat {
  stage: Stage | null;
}

async function playRounds(
  experiment: Experiment,
  seat: Seat,
  options: CampaignOptions,
): Promise<ExperimentResult> {
  const rounds: RoundResult[] = [];
  for (let index = 0; index < options.rounds; index += 1) {
    const stage = await stageFor(experiment, seat);
    const round = options.firstRound + index;
    const draw = drawFrom(seedOfRound(options.seed, experiment.id, round));
    const { jobs, otherVersion = null } = options;
    const result = await runRound({ stage, experiment, round, draw, jobs, otherVersion });
    rounds.push(result);
    options.keep?.(experiment, result);
    const broken = result.breaches.length > 0;
    const logs = broken ? `\n  logs: ${keepLogs(stage.platform, experiment.id, round)}` : '';
    options.say(roundLine(experiment, result) + logs);
    if (!broken && experiment.leavesTraces !== true) continue;
    seat.stage = null;
    await stage.platform.close();
  }
  return { id: experiment.id, title: experiment.title, rounds };
}

/** The platform of the seat, or another one when the experiment needs it different. */
async function stageFor(experiment: Experiment, seat: Seat): Promise<Stage> {
  const plan = { ...usualPlan, ...experiment.platform };
  const { stage } = seat;
  if (stage !== null && isDeepStrictEqual(stage.platform.plan, plan)) return stage;
  seat.stage = null;
  await stage?.platform.close();
  return (seat.stage = await openStage(plan));
}

function roundLine({ id }: Experiment, result: RoundResult): string {
  const proof = Object.entries(result.proof).map(([name, count]) => `${name} ${count}`);
  const state = result.breaches.length > 0 ? 'BREACH' : result.hit ? 'ok' : 'missed';
  const kind = result.kind === null ? '' : ` (${result.kind})`;
  const took = `${result.jobs} jobs, ${(result.tookMs / 1000).toFixed(1)} s`;
  const still =
    result.stoodStillMs > toldStillMs ? `, stood still for ${(result.stoodStillMs / 1000).toFixed(1)} s` : '';
  const head = `${id} round ${result.round}${kind}: ${state}, ${took}${still}`;
  const breaches = result.breaches.slice(0, 12).map(({ id, breach }) => `\n    ${id}: ${breach}`);
  return `${head}; ${proof.join(', ')}${breaches.join('')}`;
}

/** What the services wrote, for whoever looks into a breach. */
function keepLogs(platform: FaultPlatform, experiment: string, round: number): string {
  const folder = join(keptFolder, `${experiment}-${round}`);
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(platform.folder).filter(
    (name) => name.endsWith('.log') || name === 'journals',
  ))
    cpSync(join(platform.folder, name), join(folder, name), { recursive: true });
  return folder;
}
