import { defineRoute, type HttpRoute } from '@spectra/http-kit';
import { accept, tuneRequestSchema, tuneSchema } from '@spectra/schemas';
import { z } from 'zod';
import { answerOrJob } from '../answer-or-job.ts';
import type { Ask } from '../ask.ts';
import { startedToolJob, startedToolJobSchema } from '../views/tool-job-view.ts';

/** With the way there and back an answer takes at most ten seconds (C22). */
const answerWithinMs = 9_000;

/** The tuning advisor. It may create a job, so it counts as a change and is audited; its rate is that of a question. */
export function tuneRoutes(ask: Ask): HttpRoute[] {
  return [tuneController(ask)];
}

function tuneController(ask: Ask): HttpRoute {
  return defineRoute({
    method: 'POST',
    url: '/api/rtp/tune/controller',
    access: { kind: 'permission', anyOf: ['rtp:tune_controller'] },
    repeats: 'handed_on',
    organisation: 'collection',
    rate: 'read',
    summary:
      'Controller settings for a plant, for runs, for a recipe or for a model; 202 with a job when that takes more than 10 s',
    tag: 'rtp',
    body: tuneRequestSchema,
    example: {
      body: {
        controller_type: 'pid',
        recipe: { segments: [{ target_temp_c: 1000, duration_s: 30 }] },
        optimization_target: 'minimize_overshoot',
      },
    },
    reply: { status: 200, orStatus: 202, schema: z.union([tuneSchema, startedToolJobSchema]) },
    async handler(input) {
      const question = { tool: 'rtp.tune' as const, params: input.body, withinMs: answerWithinMs };
      const found = await answerOrJob(ask, input, question);
      if (!found.ok) return found;
      if (found.value.kind === 'answer') return accept(tuneSchema.parse(found.value.value));
      return { ...accept(startedToolJob(found.value.job)), status: 202 };
    },
  });
}
