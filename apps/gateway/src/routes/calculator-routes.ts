import { defineRoute, type HttpRoute, type OtherMedia } from '@spectra/http-kit';
import {
  accept,
  annealRequestSchema,
  annealSchema,
  calculatorRpc,
  doseProfileRequestSchema,
  doseProfileSchema,
  type Result,
} from '@spectra/schemas';
import { z } from 'zod';
import type { Ask } from '../ask.ts';

const calculatorTimeoutMs = 10_000;
/** A calculator changes nothing, takes no job, and counts as a read. */
const calculator = { effect: 'read', rate: 'read', organisation: 'collection' } as const;

/** Numbers, or a chart of the profiles with units and a log axis. */
const formatQuery = z.strictObject({ format: z.enum(['json', 'svg']).default('json') });
const svgMediaType = 'image/svg+xml';

/** What a process answers without a tool and without a job. */
export function calculatorRoutes(ask: Ask): HttpRoute[] {
  return [doseProfile(ask), anneal(ask)];
}

function doseProfile(ask: Ask): HttpRoute {
  return defineRoute({
    ...calculator,
    method: 'POST',
    url: '/api/ion/simulate/dose_profile',
    access: { kind: 'permission', anyOf: ['ion:simulate'] },
    summary: 'Depth profile, channeling risk and sheet resistance of an implant',
    tag: 'ion',
    query: formatQuery,
    body: doseProfileRequestSchema,
    example: {
      body: { species: 'B', energy_kev: 20, dose_atoms_cm2: 5e14, tilt_deg: 7, twist_deg: 0 },
    },
    reply: { status: 200, schema: doseProfileSchema, otherMediaType: svgMediaType },
    handler: async (input) => {
      const question = { service: 'ion', body: input.body, timeoutMs: calculatorTimeoutMs };
      if (input.query.format === 'json') {
        return ask(input, { ...question, contract: calculatorRpc.doseProfile });
      }
      return drawn(await ask(input, { ...question, contract: calculatorRpc.doseProfileChart }));
    },
  });
}

function anneal(ask: Ask): HttpRoute {
  return defineRoute({
    ...calculator,
    method: 'POST',
    url: '/api/rtp/simulate/anneal',
    access: { kind: 'permission', anyOf: ['rtp:create_run', 'ion:simulate'] },
    summary: 'Profile, junction and sheet resistance after an anneal',
    tag: 'rtp',
    query: formatQuery,
    body: annealRequestSchema,
    example: {
      body: {
        implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
        thermal: { temp_c: 1000, time_s: 30 },
      },
    },
    reply: { status: 200, schema: annealSchema, otherMediaType: svgMediaType },
    handler: async (input) => {
      const question = { service: 'rtp', body: input.body, timeoutMs: calculatorTimeoutMs };
      if (input.query.format === 'json') {
        return ask(input, { ...question, contract: calculatorRpc.anneal });
      }
      return drawn(await ask(input, { ...question, contract: calculatorRpc.annealChart }));
    },
  });
}

function drawn(chart: Result<{ svg: string }>): Result<OtherMedia> {
  return chart.ok ? accept({ kind: 'other-media', body: chart.value.svg }) : chart;
}
