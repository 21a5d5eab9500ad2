import type { Database } from '@spectra/database';
import type { Messaging } from '@spectra/messaging';
import type { Clock, Logger } from '@spectra/service-kit';
import type { EstimateOf } from './core/estimate.ts';
import type { CommandDesk } from './command-desk.ts';
import type { RunBatchDesk, RunDesk } from './run-desk.ts';
import type { OrchestratorSettings } from './settings.ts';
import type { TakeDesk } from './take-desk.ts';
import type { ToolBatchDesk, ToolDesk } from './tool-desk.ts';

/** What the orchestrator stands on. */
export type Foundation = {
  database: Database;
  messaging: Messaging;
  clock: Clock;
  logger: Logger;
  /** Evenly drawn from [0, 1). */
  chance: () => number;
  newId: () => string;
  settings: OrchestratorSettings;
  /** Removes a stored file of an expired job; one that is not there is fine. */
  dropFile: (uri: string) => Promise<void>;
};

/** What the answers to requests are made with. */
export type AbilityContext = {
  database: Database;
  commands: CommandDesk;
  runs: RunDesk;
  tools: ToolDesk;
  takes: TakeDesk;
  runBatches: RunBatchDesk;
  toolBatches: ToolBatchDesk;
  newId: () => string;
  limits: OrchestratorSettings['limits'];
  estimate: EstimateOf;
  /** Somebody new waits for these jobs; they may have ended meanwhile. */
  lookBehind: (jobIds: readonly string[]) => void;
  /** A schedule may be due sooner than was known. */
  schedulesChanged: () => void;
};
