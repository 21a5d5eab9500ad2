import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawFrom, seedOfRound } from './draw.ts';
import type { Experiment } from './experiments/experiment.ts';
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
  readonly say: (line: string) => void;
}

/** How the rounds of one experiment went. */
export interface ExperimentResult {
  readonly id: string;
  readonly title: string;
  readonly rounds: readonly RoundResult[];
}

const keptFolder = fileURLToPath(new URL('../../.spectra/faults', import.meta.url));

/**
 * Plays the rounds of each experiment, one after the other. A platform serves many rounds: the facts of earlier ones
 * are part of what the invariants look at. After a breach, and after experiments that leave traces, a new one is made.
 */
export async function runCampaign(options: CampaignOptions): Promise<ExperimentResult[]> {
  const results: ExperimentResult[] = [];
  let stage: Stage | null = null;
  try {
    for (const experiment of options.experiments) {
      const rounds: RoundResult[] = [];
      for (let index = 0; index < options.rounds; index += 1) {
        stage ??= await openStage();
        const round = options.firstRound + index;
        const seed = seedOfRound(options.seed, experiment.id, round);
        const result = await runRound({ stage, experiment, round, draw: drawFrom(seed), jobs: options.jobs });
        rounds.push(result);
        options.say(roundLine(experiment, result));
        if (result.breaches.length === 0 && experiment.leavesTraces !== true) continue;
        if (result.breaches.length > 0)
          options.say(`  logs: ${keepLogs(stage.platform, experiment.id, round)}`);
        await stage.platform.close();
        stage = null;
      }
      results.push({ id: experiment.id, title: experiment.title, rounds });
    }
  } finally {
    await stage?.platform.close();
  }
  return results;
}

function roundLine({ id }: Experiment, result: RoundResult): string {
  const proof = Object.entries(result.proof).map(([name, count]) => `${name} ${count}`);
  const state = result.breaches.length > 0 ? 'BREACH' : result.hit ? 'ok' : 'missed';
  const head = `${id} round ${result.round}: ${state}, ${result.jobs} jobs, ${(result.tookMs / 1000).toFixed(1)} s`;
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
