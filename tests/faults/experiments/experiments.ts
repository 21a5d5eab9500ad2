import type { Experiment } from './experiment.ts';
import { orchestratorKilled } from './f02-orchestrator-killed.ts';
import { workerKilled } from './f03-worker-killed.ts';
import { natsRestarted } from './f05-nats-restarted.ts';

/** The rows of the fault table that concern jobs, in its order. */
export const experiments: readonly Experiment[] = [orchestratorKilled, workerKilled, natsRestarted];
