import { rpcContract } from './rpc.ts';
import {
  annealRequestSchema,
  annealSchema,
  doseProfileRequestSchema,
  doseProfileSchema,
  tuneRequestSchema,
  tuneSchema,
} from './simulate.ts';

/** What only one process can answer: calculators without a tool and without a job. */
export const calculatorRpc = {
  doseProfile: rpcContract('dose-profile', doseProfileRequestSchema, doseProfileSchema),
  anneal: rpcContract('anneal', annealRequestSchema, annealSchema),
  tuneController: rpcContract('tune-controller', tuneRequestSchema, tuneSchema),
} as const;
