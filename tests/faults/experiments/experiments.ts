import type { Experiment } from './experiment.ts';
import { gatewayKilled } from './f01-gateway-killed.ts';
import { orchestratorKilled } from './f02-orchestrator-killed.ts';
import { workerKilled } from './f03-worker-killed.ts';
import { hubKilled } from './f04-hub-killed.ts';
import { natsRestarted } from './f05-nats-restarted.ts';
import { natsWiped } from './f06-nats-wiped.ts';
import { natsCut } from './f07-nats-cut.ts';
import { natsFull } from './f08-nats-full.ts';
import { postgresRestarted } from './f09-postgres-restarted.ts';
import { backendTerminated } from './f10-backend-terminated.ts';
import { postgresTakesNoWrites } from './f11-postgres-takes-no-writes.ts';
import { postgresSlow } from './f12-postgres-slow.ts';
import { objectStoreIll } from './f13-object-store-ill.ts';
import { clockWrong } from './f14-clock-wrong.ts';
import { workerFrozen } from './f15-worker-frozen.ts';
import { repeatedMessages } from './f16-repeated-messages.ts';
import { poison } from './f17-poison.ts';
import { cancelStorm } from './f18-cancel-storm.ts';
import { rollingRestart } from './f20-rolling-restart.ts';
import { toolReplyLost } from './f21-tool-reply-lost.ts';
import { abortAlone } from './f22-abort-alone.ts';
import { noLongerValid } from './f23-no-longer-valid.ts';
import { loopBlocked } from './f24-loop-blocked.ts';

/** The rows of the fault table that concern jobs, in its order. */
export const experiments: readonly Experiment[] = [
  gatewayKilled,
  orchestratorKilled,
  workerKilled,
  hubKilled,
  natsRestarted,
  natsWiped,
  natsCut,
  natsFull,
  postgresRestarted,
  backendTerminated,
  postgresTakesNoWrites,
  postgresSlow,
  objectStoreIll,
  clockWrong,
  workerFrozen,
  repeatedMessages,
  poison,
  cancelStorm,
  rollingRestart,
  toolReplyLost,
  abortAlone,
  noLongerValid,
  loopBlocked,
];
