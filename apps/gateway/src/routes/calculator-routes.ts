import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import {
  annealRequestSchema,
  annealSchema,
  calculatorRpc,
  doseProfileRequestSchema,
  doseProfileSchema,
  tuneRequestSchema,
  tuneSchema,
} from '@spectra/schemas';
import type { Ask } from '../ask.ts';

const calculatorTimeoutMs = 10_000;
/** A calculator changes nothing, takes no job, and counts as a read. */
const calculator = { effect: 'read', rate: 'read', organisation: 'collection' } as const;

/** What a process answers without a tool and without a job. */
export function calculatorRoutes(ask: Ask): HttpRoute[] {
  return [doseProfile(ask), anneal(ask), tuneController(ask)];
}

function doseProfile(ask: Ask): HttpRoute {
  return defineRoute({
    ...calculator,
    method: 'POST',
    url: '/api/ion/simulate/dose_profile',
    access: { kind: 'permission', anyOf: ['ion:simulate'] },
    summary: 'Depth profile, channeling risk and sheet resistance of an implant',
    tag: 'ion',
    body: doseProfileRequestSchema,
    example: {
      body: { species: 'B', energy_kev: 20, dose_atoms_cm2: 5e14, tilt_deg: 7, twist_deg: 0 },
    },
    reply: { status: 200, schema: doseProfileSchema },
    handler: (input) =>
      ask(input, {
        service: 'ion',
        contract: calculatorRpc.doseProfile,
        body: input.body,
        timeoutMs: calculatorTimeoutMs,
      }),
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
    body: annealRequestSchema,
    example: {
      body: {
        implant: { species: 'P', energy_kev: 40, dose_atoms_cm2: 1e15 },
        thermal: { temp_c: 1000, time_s: 30 },
      },
    },
    reply: { status: 200, schema: annealSchema },
    handler: (input) =>
      ask(input, {
        service: 'rtp',
        contract: calculatorRpc.anneal,
        body: input.body,
        timeoutMs: calculatorTimeoutMs,
      }),
  });
}

function tuneController(ask: Ask): HttpRoute {
  return defineRoute({
    ...calculator,
    method: 'POST',
    url: '/api/rtp/tune/controller',
    access: { kind: 'permission', anyOf: ['rtp:tune_controller'] },
    summary: 'Controller settings for a plant, for runs, for a recipe or for a model',
    tag: 'rtp',
    body: tuneRequestSchema,
    example: {
      body: {
        controller_type: 'pid',
        recipe: { segments: [{ target_temp_c: 1000, duration_s: 30 }] },
        optimization_target: 'minimize_overshoot',
      },
    },
    reply: { status: 200, schema: tuneSchema },
    handler: (input) =>
      ask(input, {
        service: 'rtp',
        contract: calculatorRpc.tuneController,
        body: input.body,
        timeoutMs: calculatorTimeoutMs,
      }),
  });
}
