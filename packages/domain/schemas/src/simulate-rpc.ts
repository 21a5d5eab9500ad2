import { z } from 'zod';
import { rpcContract } from './rpc.ts';
import {
  annealRequestSchema,
  annealSchema,
  doseProfileRequestSchema,
  doseProfileSchema,
} from './simulate.ts';

/** A chart as SVG text. */
const chartSchema = z.object({ svg: z.string() });

/** What only one process can answer: calculators without a tool and without a job. */
export const calculatorRpc = {
  doseProfile: rpcContract('dose-profile', doseProfileRequestSchema, doseProfileSchema),
  doseProfileChart: rpcContract('dose-profile-chart', doseProfileRequestSchema, chartSchema),
  anneal: rpcContract('anneal', annealRequestSchema, annealSchema),
  annealChart: rpcContract('anneal-chart', annealRequestSchema, chartSchema),
} as const;
